//go:build unix

package deploy

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody owns nothing on the machine, as the user that DynamicUser= makes up.
const nobody = 65532

// buildDrain builds the binary as a release has it.
func buildDrain(t *testing.T) string {
	t.Helper()
	path := filepath.Join(openDir(t), "drain")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/drain")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// openDir is a temporary directory that another user can get to; t.TempDir's can't be.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "drain")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// settings are the unit's, in order of appearance by name.
func settings(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("drain.service")
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string][]string)
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			m[name] = append(m[name], value)
		}
	}
	return m
}

func TestUnitIsWellFormedAndTight(t *testing.T) {
	const connections = 16_384 // taken at the most; docs/ARCHITECTURE.md
	if n, err := strconv.Atoi(settings(t)["LimitNOFILE"][0]); err != nil || n < connections+1000 {
		t.Errorf("LimitNOFILE=%d, %v: no files are left beside %d connections", n, err, connections)
	}
	analyze := tool(t, "systemd-analyze", "systemd")
	b, err := os.ReadFile("drain.service")
	if err != nil {
		t.Fatal(err)
	}
	// verify wants to find the program.
	unit := filepath.Join(t.TempDir(), "drain.service")
	text := strings.ReplaceAll(string(b), "=/usr/local/bin/drain", "=/bin/true")
	if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify", "--man=no", unit}, {"security", "--offline=yes", "--no-pager", "--threshold=11", unit}} {
		out, err := exec.Command(analyze, args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %q: %v\n%s", args, err, out)
		}
		if _, level, ok := strings.Cut(string(out), "Overall exposure level for "); ok {
			t.Log("exposure of", strings.TrimSpace(level))
		}
	}
}

// The program runs as the unit says, with this test in the place of systemd: its variables,
// credentials and state directory, as a user that owns nothing else.
func TestProgramRunsAsTheUnitSays(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start a process as another user")
	}
	unit := settings(t)
	dir, program := openDir(t), buildDrain(t)
	addr := freeAddr(t) // not before the build: somebody else may get the port meanwhile
	state, credentials := filepath.Join(dir, "state"), filepath.Join(dir, "credentials")
	mkdir(t, state)
	mkdir(t, filepath.Join(state, unit["StateDirectory"][0]))
	mkdir(t, credentials)
	for _, credential := range unit["LoadCredential"] {
		name, _, _ := strings.Cut(credential, ":")
		file := filepath.Join(credentials, name)
		if err := os.WriteFile(file, []byte(drainPassword+"\n"), 0o400); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	notify := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notify, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	if err := os.Chmod(notify, 0o777); err != nil {
		t.Fatal(err)
	}

	command := strings.Fields(unit["ExecStart"][0])
	if command[0] != "/usr/local/bin/drain" {
		t.Fatalf("ExecStart %q", command)
	}
	cmd := exec.Command(program, command[1:]...)
	cmd.Env = []string{"NOTIFY_SOCKET=" + notify, "WATCHDOG_USEC=" + unit["WatchdogSec"][0] + "000000"}
	for _, pair := range unit["Environment"] {
		pair = strings.NewReplacer("%S", state, "%d", credentials, "127.0.0.1:8080", addr).Replace(pair)
		cmd.Env = append(cmd.Env, pair)
	}
	file := filepath.Join(dir, "drain.yaml")
	mustWrite(t, file, "disable: [app-crashed]\n")
	cmd.Env = append(cmd.Env, "DRAIN_CONFIG="+file)
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // it has ended, unless the test fails
	ready := make([]byte, 64)
	if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	told := func(want string) {
		t.Helper()
		got := "WATCHDOG=1" // which comes whenever it is time for it
		for got == "WATCHDOG=1" {
			n, err := socket.Read(ready)
			if err != nil {
				t.Fatalf("told nothing, %v; want %s\n%s", err, want, &log)
			}
			got = string(ready[:n])
		}
		if got != want {
			t.Errorf("told %q, want %s", got, want)
		}
	}
	told("READY=1")
	deliverOne(t, addr)

	if err := reload(t, unit, cmd); err != nil {
		t.Errorf("reload: %v", err)
	}
	told("RELOADING=1")
	told("READY=1")
	mustWrite(t, file, "ruls: []\n")
	if err := reload(t, unit, cmd); err == nil || !strings.Contains(err.Error(), "did you mean rules?") {
		t.Errorf("reload of a broken file: %v", err)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, &log)
	}
	if _, err := os.Stat(filepath.Join(state, "drain", "ledger")); err != nil {
		t.Errorf("no ledger: %v", err)
	}
	if strings.Contains(log.String(), drainPassword) || !strings.Contains(log.String(), `"durable":true`) {
		t.Errorf("the log:\n%s", &log)
	}
}

// reload runs what the unit has for it, one after another until one fails, as the process's user and on
// a machine with nothing but a shell.
func reload(t *testing.T, unit map[string][]string, process *exec.Cmd) error {
	t.Helper()
	for _, line := range unit["ExecReload"] {
		line = strings.NewReplacer("/usr/local/bin/drain", process.Path, "$MAINPID", strconv.Itoa(process.Process.Pid)).Replace(line)
		args := strings.SplitN(line, " ", 3)
		if len(args) == 3 {
			args[2] = strings.Trim(args[2], "'")
		}
		if args[0] != "/bin/sh" && args[0] != process.Path {
			return fmt.Errorf("%s: a machine may lack %s", line, args[0])
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(process.Env, "PATH=")
		cmd.SysProcAttr = process.SysProcAttr
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", line, err, out)
		}
	}
	return nil
}

func mustWrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
}

// deliverOne posts a line under the password of the tests.
func deliverOne(t *testing.T, addr string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+addr+"/logs/enketo", bytes.NewReader(body("app web.1 hello")))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("drain", drainPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("status %d, want 204", resp.StatusCode)
	}
}
