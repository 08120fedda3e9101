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
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (Debian's package redis-server has it)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	l.Close()
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill() // it may be over already
		_ = server.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return "redis://" + addr
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
