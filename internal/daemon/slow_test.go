package daemon

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
)

// startImpatient waits a second for a request's header: in that time a client must have sent a whole one.
func startImpatient(t *testing.T) *running {
	return startWith(t, Options{Env: config.Env{DrainPassword: "p"}}, func(d *Daemon) {
		if d.server.ReadHeaderTimeout != headerTimeout {
			t.Errorf("the header has %v, want %v", d.server.ReadHeaderTimeout, headerTimeout)
		}
		d.server.ReadHeaderTimeout = time.Second
	})
}

// Connections that say nothing, or say it slowly, are closed, and hold up nobody meanwhile.
func TestSlowHeaders(t *testing.T) {
	r := startImpatient(t)
	var slow []*peer
	for i := range 300 {
		p := r.dial(t)
		switch i % 3 {
		case 1:
			p.send("POST /logs/enketo HTTP/1.1\nHost: dr", nil)
		case 2:
			p.frame("", nil, auth) // one answer, and then half a request more
			p.want(204)
			p.send("POST /logs/enketo HTTP/1.1\n"+auth+"\nContent-Length: 4", nil)
		}
		slow = append(slow, p)
	}
	r.ordinary(t, "p")
	for _, p := range slow {
		if status := p.answer(); status != 0 && status != http.StatusRequestTimeout {
			t.Errorf("half a request was answered %d", status)
		}
		if _, err := p.in.ReadByte(); err == nil || isTimeout(err) {
			t.Errorf("the connection is still open: %v", err)
		}
	}
	if said := r.loud(); strings.Count(said, "\n") > 3 { // it starts, and has something to say of passwords
		t.Errorf("logged: %s", said)
	}
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

// Bodies that don't come hold their places no longer than others wait for one.
func TestSlowBodies(t *testing.T) {
	r := startGuarded(t)
	r.post(t, "/logs/enketo", "wrong", "", h12) // the log tells of one a minute
	r.ordinary(t, "p")
	var slow []*peer
	for i := range 64 { // 16 of 4 MiB fill the room for all bodies, however they are announced
		if i == 16 { // before the first of them is given up
			waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") == 64<<20 })
		}
		p := r.dial(t)
		switch length := "Content-Length: 4194304"; {
		case i >= 16: // a stranger's fill none
			p.send("POST /logs/enketo HTTP/1.1\nHost: drain\n"+length+"\n\n", []byte("1"))
		case i%2 == 0:
			p.frame("", []byte("1"), auth, length)
		default:
			p.frame("", []byte("1\r\n1\r\n"), auth, "Transfer-Encoding: chunked")
		}
		slow = append(slow, p)
	}
	r.quietly(t, func() { r.ordinary(t, "p") })
	for i, p := range slow {
		want := 503
		if i >= 16 {
			want = 401
		}
		p.want(want)
	}
	if got := r.metric(t, "drain_ingest_in_flight_bytes"); got != 0 {
		t.Errorf("%g bytes are still reserved", got)
	}
}
