package proof

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// process is a server that the test runs.
type process struct {
	*exec.Cmd
	log   bytes.Buffer // read it once the process has ended
	ended bool
}

func run(t *testing.T, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(path, args...)}
	p.Env = env
	p.Stdout, p.Stderr = &p.log, &p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !p.ended {
			_ = p.Process.Kill()
			_ = p.Wait() // it was killed
		}
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(path), &p.log)
		}
	})
	return p
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ended = true
	if err := p.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}
