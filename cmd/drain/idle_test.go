//go:build unix

package main

import (
	"bufio"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// idleBytes is what a connection may cost that waits for its next POST, as the process grows: 4 KiB to
// read into, 4 KiB to write from, a stack, and what net/http knows of it. The kernel's part is its own.
const idleBytes = 24 << 10

// The log of an app comes from several nodes of Logplex, and each keeps its connection for minutes.
func TestTenThousandIdleConnections(t *testing.T) {
	want := 10_000
	if testing.Short() {
		want = 1000
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	// Go has raised the limit as far as it goes; the server is a process of its own, with as many.
	n := min(want, int(files.Cur)-200)
	if n < 1000 {
		t.Skipf("%d files may be open, 1200 are needed", files.Cur)
	}
	b := buildBinary(t)
	b.start(t)
	defer b.kill(t)
	before := b.own(t)
	conns := make([]net.Conn, 0, n)
	request := "POST /logs/enketo HTTP/1.1\r\nHost: drain\r\nAuthorization: Bearer p4ss\r\nContent-Length: " +
		strconv.Itoa(len(threeLines)) + "\r\n\r\n" + threeLines
	for range n {
		conn, err := net.Dial("tcp", "127.0.0.1:"+b.port)
		if err != nil {
			t.Fatalf("connection %d: %v", len(conns), err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	for _, conn := range conns {
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 256), nil)
		if err != nil || resp.StatusCode != http.StatusNoContent {
			t.Fatalf("%v, %v; want 204", resp, err)
		}
	}
	each := (b.own(t) - before) / int64(n)
	t.Logf("%d idle connections take %d bytes each", n, each)
	if each > idleBytes {
		t.Errorf("an idle connection takes %d bytes, want at most %d", each, idleBytes)
	}

	// Others are served as if there were none, and those that slept go on.
	lines := b.routerLines(t)
	began := time.Now()
	firstDelivery(t, b.url("/logs/enketo"), began)
	if took := time.Since(began); took > time.Second {
		t.Errorf("a POST of somebody else took %v", took)
	}
	woken := conns[:100]
	for _, conn := range woken {
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 256), nil)
		if err != nil || resp.StatusCode != http.StatusNoContent {
			t.Fatalf("%v, %v; want 204", resp, err)
		}
	}
	if got := b.routerLines(t) - lines; got < int64(3*len(woken)) {
		t.Errorf("%d lines counted, want at least %d", got, 3*len(woken))
	}
}

// own is the memory that the process has in use, but for pages of files, which come and go.
func (b *binary) own(t *testing.T) int64 {
	t.Helper()
	all, ofFiles := b.resident(t)
	return all - ofFiles
}
