// Package redistest starts a real Redis for a test of what is kept in one.
//
// Each has a port of its own on loopback, is empty, writes nothing to disk, and ends with its test. It
// isn't for anything but tests.
package redistest

import (
	"net"
	"os/exec"
	"testing"
	"time"
)

// Start returns the URL of a Redis that listens. Where none is installed it skips the test.
func Start(t testing.TB) string {
	t.Helper()
	return New(t).URL()
}

// Server is a Redis that can be stopped, and started again. It is for one goroutine.
type Server struct {
	t             testing.TB
	path, address string
	process       *exec.Cmd // nil: it is stopped
}

// New returns a Server that listens. Where none is installed it skips the test.
func New(t testing.TB) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (Debian's package redis-server has it)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, path: path, address: l.Addr().String()}
	l.Close()
	t.Cleanup(s.Stop)
	s.Start()
	return s
}

// URL is where it listens, for as long as it does.
func (s *Server) URL() string { return "redis://" + s.address }

// Stop ends it with all that it holds.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill() // it may be over already
	_ = s.process.Wait()
	s.process = nil
}

// Start has it listen again, at the same address and empty.
func (s *Server) Start() {
	_, port, _ := net.SplitHostPort(s.address)
	s.process = exec.Command(s.path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", s.t.TempDir())
	if err := s.process.Start(); err != nil {
		s.t.Error(err)
		s.process = nil
		return
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			s.t.Error(err)
			return
		}
	}
}
