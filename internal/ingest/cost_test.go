package ingest

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"testing"
	"time"
)

// connection stands for net/http's ResponseWriter, and a reusable request's body.
type connection struct {
	bytes.Reader
	header http.Header
	status int
}

func (c *connection) Header() http.Header             { return c.header }
func (c *connection) Write(p []byte) (int, error)     { return len(p), nil }
func (c *connection) WriteHeader(status int)          { c.status = status }
func (c *connection) SetReadDeadline(time.Time) error { return nil }
func (c *connection) Close() error                    { return nil }

// poster posts the same body again and again, each time with a new frame id.
type poster struct {
	h    *Handler
	conn connection
	r    *http.Request
	body []byte
	ids  []string
	next int
}

func newPoster(tb testing.TB, size int) *poster {
	h, _ := newHandler(tb, Options{
		FrameIDs: 1000,
		Sink:     sinkFunc(func(d *Delivery) int { return d.MsgCount }),
	})
	p := &poster{h: h, body: bytes.Repeat([]byte("x"), size)}
	for i := range 2000 {
		p.ids = append(p.ids, hex.EncodeToString([]byte{byte(i >> 8), byte(i), 13: 0}))
	}
	p.r = post("/logs/enketo", "", "Authorization: Bearer "+AppPassword("secret", "enketo"),
		"Logplex-Msg-Count: 100", "Logplex-Drain-Token: d.73ea7440-270a-435a-a0ea-adf50b4e5f5a", "Logplex-Frame-Id: x")
	p.r.Body = io.NopCloser(&p.conn)
	p.r.ContentLength = int64(size)
	return p
}

func (p *poster) post(tb testing.TB) {
	p.conn.Reset(p.body)
	p.r.Header["Logplex-Frame-Id"][0] = p.ids[p.next%len(p.ids)]
	p.next++
	p.h.ServeHTTP(&p.conn, p.r)
	if p.conn.status != http.StatusNoContent {
		tb.Fatalf("status %d", p.conn.status)
	}
}

// The smallest of several runs counts: the garbage collector and the race detector empty the pools now
// and then.
func TestAPostDoesNotAllocate(t *testing.T) {
	p := newPoster(t, 30_000)
	for range 2000 {
		p.post(t)
	}
	least := 1e9
	for range 20 {
		least = min(least, testing.AllocsPerRun(1, func() { p.post(t) }))
	}
	if least != 0 {
		t.Errorf("%v allocations a POST, want 0", least)
	}
}

func BenchmarkPost(b *testing.B) {
	p := newPoster(b, 355)
	b.ReportAllocs()
	for b.Loop() {
		p.post(b)
	}
}
