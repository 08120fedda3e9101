package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The real binary, with this test in the place of systemd.
func TestSystemdIsTold(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	expect := func(want string) {
		t.Helper()
		b := make([]byte, 256)
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		for { // signs of life come in between
			n, err := conn.Read(b)
			if err != nil {
				t.Fatalf("waiting for %s: %v", want, err)
			}
			if got := string(b[:n]); got == want {
				return
			} else if got != "WATCHDOG=1" {
				t.Fatalf("told %s, want %s", got, want)
			}
		}
	}

	file := filepath.Join(dir, "drain.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("disable: [app-crashed]\n")
	b := buildBinary(t)
	b.command("DRAIN_CONFIG="+file, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=100000")
	if err := b.process.Start(); err != nil {
		t.Fatal(err)
	}
	defer b.process.Process.Kill() // it has ended, unless the test failed

	expect("READY=1")
	resp, err := http.Get(b.url("/readyz")) // no try before may be needed
	if err != nil {
		t.Fatalf("after READY=1: %v", err)
	}
	resp.Body.Close()
	expect("WATCHDOG=1")
	for _, text := range []string{"disable: [log-messages-lost]\n", "nonsense: 1\n"} {
		write(text)
		send(t, b, syscall.SIGHUP)
		expect("RELOADING=1")
		expect("READY=1") // with the new configuration, or with the old one
	}
	if text := get(t, b.url("/metrics")); !strings.Contains(text, "\ndrain_config_last_reload_successful 0\n") {
		t.Error("a broken configuration was taken for a good one")
	}
	send(t, b, syscall.SIGTERM)
	expect("STOPPING=1")
	if err := b.process.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, &b.log)
	}
	if n := strings.Count(b.log.String(), "the configuration was reloaded"); n != 1 {
		t.Errorf("%d reloads, want 1:\n%s", n, &b.log)
	}
}

func send(t *testing.T, b *binary, s syscall.Signal) {
	t.Helper()
	if err := b.process.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
