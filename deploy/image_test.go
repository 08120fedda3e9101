//go:build unix

package deploy

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// instruction is one of a Dockerfile's.
type instruction struct{ name, args string }

// stages splits the Dockerfile at each FROM.
func stages(t *testing.T) [][]instruction {
	t.Helper()
	b, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var list [][]instruction
	for line := range strings.Lines(strings.ReplaceAll(string(b), "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, args, _ := strings.Cut(line, " ")
		if name == "FROM" {
			list = append(list, nil)
		}
		list[len(list)-1] = append(list[len(list)-1], instruction{name, args})
	}
	return list
}

func find(stage []instruction, name string) string {
	for _, i := range stage {
		if i.name == name {
			return i.args
		}
	}
	return ""
}

func TestImageHoldsTheProgramAlone(t *testing.T) {
	all := stages(t)
	final := all[len(all)-1]
	if from := find(final, "FROM"); from != "scratch" {
		t.Errorf("the last stage is from %s", from)
	}
	if user := find(final, "USER"); !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("USER %q: want numbers, since scratch has no names, and not root's", user)
	}
	copies := 0
	for _, i := range final {
		switch i.name {
		case "RUN", "ADD", "CMD", "SHELL":
			t.Errorf("%s %s: there is no shell, and nothing else to start", i.name, i.args)
		case "COPY":
			copies++
			if !strings.HasPrefix(i.args, "--from=build ") {
				t.Errorf("COPY %s: not from the build", i.args)
			}
		}
	}
	if entry := find(final, "ENTRYPOINT"); entry != `["/drain"]` || copies != 3 {
		t.Errorf("ENTRYPOINT %s, %d things copied", entry, copies)
	}
}

// Where docker can't be had, its last stage can: the files that the Dockerfile's own commands make, in
// a root directory with nothing else, entered by its user.
func TestImageRuns(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can enter another root directory")
	}
	const bundle = "/etc/ssl/certs/ca-certificates.crt"
	if _, err := os.Stat(bundle); err != nil {
		t.Skip("no CA bundle on this machine (Debian's package ca-certificates has it)")
	}
	all := stages(t)
	final := all[len(all)-1]
	work := openDir(t)
	out, root := filepath.Join(work, "out"), filepath.Join(work, "root")
	var run string
	for _, i := range all[0] {
		if i.name == "RUN" && i.args != "go mod download" {
			run = i.args
		}
	}
	build := exec.Command("sh", "-ec", strings.ReplaceAll(run, "/out", out))
	build.Dir = ".."
	build.Env = append(os.Environ(), "VERSION=v1.2.3")
	if b, err := build.CombinedOutput(); err != nil {
		t.Fatalf("RUN %s: %v\n%s", run, err, b)
	}
	for _, i := range final {
		if i.name != "COPY" {
			continue
		}
		args := strings.Fields(i.args)
		from, to := args[len(args)-2], filepath.Join(root, args[len(args)-1])
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if b, err := exec.Command("cp", "-r", strings.Replace(from, "/out", out, 1), to).CombinedOutput(); err != nil {
			t.Fatalf("COPY %s: %v\n%s", i.args, err, b)
		}
	}
	state := filepath.Join(root, "var", "lib", "drain")
	if err := os.Chown(state, nobody, nobody); err != nil {
		t.Fatal(err)
	}

	_, port, err := net.SplitHostPort(freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/drain")
	cmd.Dir = "/"
	cmd.Env = []string{
		strings.Replace(find(final, "ENV"), ":8080", ":"+port, 1),
		"DRAIN_PASSWORD=" + drainPassword, "ADMIN_PASSWORD=4dm1n", "DRAIN_LEDGER=/var/lib/drain/ledger",
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // it has ended, unless the test fails
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("it doesn't listen\n%s", &log)
		}
	}
	deliverOne(t, "127.0.0.1:"+port)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, &log)
	}
	if !strings.Contains(log.String(), `"version":"v1.2.3"`) {
		t.Errorf("the log:\n%s", &log)
	}
}
