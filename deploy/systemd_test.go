//go:build unix

package deploy

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// machine is a systemd that runs as the first process of its own.
type machine struct {
	t   *testing.T
	pid int // of systemd, seen from here
}

// bootSystemd boots one on this machine's files. It skips the test where that isn't possible.
func bootSystemd(t *testing.T) *machine {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can boot systemd")
	}
	tool(t, "systemd-analyze", "systemd")
	cmd := exec.Command("testdata/boot", openDir(t), "basic.target")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		<-ended
		if t.Failed() || t.Skipped() {
			t.Logf("systemd:\n%s", &log)
		}
	})
	m := &machine{t: t}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			t.Skipf("systemd can't be booted here: %v\n%s", err, &log)
		default:
		}
		if unshare := child(cmd.Process.Pid); unshare != 0 {
			m.pid = child(unshare)
		}
		if m.pid != 0 && comm(m.pid) == "systemd" { // not before: systemctl would ask this machine's own
			// Degraded is by a unit of this machine, not by ours: it isn't started yet.
			if out, _ := m.run("systemctl", "is-system-running"); out == "running" || out == "degraded" {
				return m
			}
		}
	}
	t.Skip("systemd does not come up here, and ours isn't even started") // -v shows how far it came
	return nil
}

// child is the only child of a process; 0 if it has none or several.
func child(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // it may have ended
	only, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return only
}

// comm is a process's name; "" if there is no such process.
func comm(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return strings.TrimSpace(string(b))
}

// run runs a command on the machine.
func (m *machine) run(command ...string) (string, error) {
	args := append([]string{"-t", strconv.Itoa(m.pid), "-a", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, command...)
	out, err := exec.Command("nsenter", args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (m *machine) must(command ...string) string {
	m.t.Helper()
	out, err := m.run(command...)
	if err != nil {
		m.t.Fatalf("%q: %v\n%s", command, err, out)
	}
	return out
}

// write puts a file on the machine.
func (m *machine) write(name, text string, mode os.FileMode) {
	m.t.Helper()
	file := fmt.Sprintf("/proc/%d/root%s", m.pid, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// drain is a property of the unit.
func (m *machine) drain(property string) string {
	m.t.Helper()
	return m.must("systemctl", "show", "-P", property, "drain")
}

// restarted waits until another process than before has said that it is ready.
func (m *machine) restarted(before string) {
	m.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if now := m.drain("MainPID"); now != before && now != "0" && m.drain("ActiveState") == "active" {
			return
		}
	}
	m.t.Fatalf("not restarted: %s", m.drain("ActiveState"))
}

// A real systemd installs the unit by its own words, and starts, reloads, watches and stops it.
func TestUnitUnderSystemd(t *testing.T) {
	m := bootSystemd(t)
	program, err := os.ReadFile(buildDrain(t))
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("drain.service")
	if err != nil {
		t.Fatal(err)
	}
	m.write("/usr/local/bin/drain", string(program), 0o755)
	m.write("/etc/systemd/system/drain.service", string(unit), 0o644)
	m.write("/etc/drain/drain-password", drainPassword+"\n", 0o600)
	m.write("/etc/drain/admin-password", "4dm1n\n", 0o600)
	m.write("/etc/drain/env", "DRAIN_CONFIG=/etc/drain.yaml\n", 0o600)
	m.write("/etc/drain.yaml", "disable: [app-crashed]\n", 0o644)
	m.write("/etc/systemd/system/drain.service.d/quick.conf", "[Service]\nWatchdogSec=5\n", 0o644)
	m.must("systemctl", "daemon-reload")
	m.must("systemctl", "start", "drain")

	lines := string(body("app web.1 hello"))
	post := fmt.Sprintf("POST /logs/enketo HTTP/1.1\r\nHost: drain\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		drainPassword, len(lines), lines)
	m.write("/post", post, 0o600)
	deliver := func() {
		t.Helper()
		if out := m.must("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && cat /post >&3 && cat <&3"); !strings.HasPrefix(out, "HTTP/1.1 204 ") {
			t.Errorf("answered %.200q, want 204", out)
		}
	}
	deliver() // as soon as systemctl says that it runs
	status := m.must("cat", "/proc/"+m.drain("MainPID")+"/status")
	for _, want := range []string{"NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"} {
		if !strings.Contains(status, want) {
			t.Errorf("the process has no %q:\n%s", want, status)
		}
	}
	if strings.Contains(status, "Uid:\t0") {
		t.Error("the process is root's")
	}

	m.must("systemctl", "reload", "drain")
	m.write("/etc/drain.yaml", "ruls: []\n", 0o644)
	if out, err := m.run("systemctl", "reload", "drain"); err == nil {
		t.Errorf("a broken file was reloaded: %s", out)
	}
	if state := m.drain("ActiveState"); state != "active" {
		t.Fatalf("%s after a reload that failed", state)
	}
	deliver()
	m.write("/etc/drain.yaml", "disable: [app-crashed]\n", 0o644)

	for _, signal := range []string{"-KILL", "-STOP"} { // the second is for the watchdog to see
		before := m.drain("MainPID")
		m.must("bash", "-c", "kill "+signal+" "+before)
		m.restarted(before)
		deliver()
	}
	m.must("systemctl", "stop", "drain")
	if result := m.drain("Result"); result != "success" {
		t.Errorf("stopped with %s", result)
	}
}
