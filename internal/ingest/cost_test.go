package ingest

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
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
	for n := 0; least > 0 && n < 200; n++ {
		least = min(least, testing.AllocsPerRun(1, func() { p.post(t) }))
	}
	if least != 0 {
		t.Errorf("%v allocations a POST, want 0", least)
	}
}

// endless is a connection that brings the same POST with ever new frame ids, n times.
type endless struct {
	net.Conn
	request []byte
	next    int // frame id
	left    int
	bytes   int // answered
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	e.left--
	at := bytes.Index(e.request, []byte("Frame-Id: ")) + len("Frame-Id: ")
	strconv.AppendInt(e.request[at:at], int64(e.next), 10)
	e.next++
	return copy(p, e.request), nil
}

func (e *endless) Write(p []byte) (int, error)      { e.bytes += len(p); return len(p), nil }
func (e *endless) SetReadDeadline(time.Time) error  { return nil }
func (e *endless) SetWriteDeadline(time.Time) error { return nil }
func (e *endless) Close() error                     { return nil }

// post has a Lane answer n POSTs of a line each.
func (e *endless) post(l *Lane, n int) {
	e.left = n
	c := &laneConn{lane: l, conn: &conn{Conn: e, began: time.Now()}}
	c.serve()
}

func newEndless(tb testing.TB) (*endless, *Lane) {
	h, _ := newHandler(tb, Options{FrameIDs: 1000, Sink: sinkFunc(func(d *Delivery) int { return d.MsgCount })})
	return &endless{
		next: 1e8, request: []byte(strings.Replace(logplexHead, "350", "355", 1) + strings.Repeat("x", 355)),
	}, h.Lane(nil, time.Minute, time.Minute)
}

// A POST on a Lane costs one allocation, its head.
func TestAPostOnALaneAllocatesItsHead(t *testing.T) {
	conn, lane := newEndless(t)
	if conn.post(lane, 1000); conn.bytes < 1000*len("HTTP/1.1 204 No Content\r\n\r\n") {
		t.Fatalf("%d bytes are answered", conn.bytes)
	}
	fewest := func(posts int) float64 { // those of the connection among them
		least := 1e9
		for range 500 {
			least = min(least, testing.AllocsPerRun(1, func() { conn.post(lane, posts) }))
		}
		return least
	}
	if one, two := fewest(1), fewest(2); two-one != 1 {
		t.Errorf("%v allocations for two POSTs, %v for one", two, one)
	}
}

func BenchmarkPostOnALane(b *testing.B) {
	conn, lane := newEndless(b)
	b.ReportAllocs()
	conn.post(lane, b.N)
}

func BenchmarkPost(b *testing.B) {
	p := newPoster(b, 355)
	b.ReportAllocs()
	for b.Loop() {
		p.post(b)
	}
}
