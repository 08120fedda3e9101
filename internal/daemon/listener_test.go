package daemon

import (
	"context"
	"net"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ingest"
)

// One connection too many waits until another ends, and is served then.
func TestConnectionsAreLimited(t *testing.T) {
	r := startWith(t, Options{Env: config.Env{DrainPassword: "p"}}, func(d *Daemon) {
		if got := cap(d.listener.places); got != maxConnections {
			t.Errorf("%d connections may be open, want %d", got, maxConnections)
		}
		d.listener = limit(d.listener.TCPListener, 3)
	})
	var open []*peer
	for range 3 {
		p := r.dial(t)
		p.frame("", body(h12), auth)
		p.want(204)
		open = append(open, p)
	}
	late := r.dial(t)
	late.frame("", body(h12), auth)
	_ = late.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := late.in.Peek(1); !isTimeout(err) {
		t.Fatalf("answered before there was a place, or failed: %v", err)
	}
	_ = late.SetReadDeadline(time.Now().Add(time.Minute))
	open[0].Close()
	late.want(204)

	// Stopping waits for no place.
	for _, p := range append(open, late) {
		p.frame("", nil, auth)
	}
	began := time.Now()
	if err := r.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

// A large delivery is read with one call, where the lane is told that it may.
func TestConnectionsAreReadDirectly(t *testing.T) {
	l, err := listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, ok := conn.(ingest.DirectReader); !ok {
		t.Errorf("%T is no ingest.DirectReader", conn)
	}
}
