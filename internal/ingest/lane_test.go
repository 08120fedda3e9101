package ingest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { close(p.closed); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// laned is a Lane over connections in memory, and what it gives to the server. It lives in a bubble.
type laned struct {
	*Lane
	below  *pipes
	served chan net.Conn
}

func newLaned(t *testing.T, h *Handler, first, idle time.Duration) *laned {
	l := &laned{below: &pipes{make(chan net.Conn), make(chan struct{})}, served: make(chan net.Conn, 100)}
	l.Lane = h.Lane(l.below, first, idle)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			l.served <- c
		}
	}()
	t.Cleanup(func() { _ = l.Shutdown(t.Context()) })
	return l
}

// dial returns the client's end of a new connection.
func (l *laned) dial(t *testing.T) *peer {
	ours, theirs := net.Pipe()
	l.below.conns <- theirs
	t.Cleanup(func() { ours.Close() })
	return &peer{t: t, conn: ours, in: bufio.NewReader(ours)}
}

// post sends a plain delivery.
func (p *peer) post(id string) {
	p.t.Helper()
	p.send(head+"Logplex-Frame-Id: %s\nContent-Length: 4\n\nbody", id)
}

// ended says whether the connection is closed by now.
func (p *peer) ended() bool {
	p.conn.SetReadDeadline(time.Now().Add(time.Nanosecond))
	defer p.conn.SetReadDeadline(time.Time{})
	_, err := p.in.ReadByte()
	return errors.Is(err, io.EOF)
}

// Plain deliveries never reach the server. The first request that isn't one does, whole, with what was
// sent behind it, and so does all that follows.
func TestALaneServesPlainDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &record{}
		h, reg := newHandler(t, Options{Sink: sink})
		l := newLaned(t, h, time.Minute, time.Minute)
		p := l.dial(t)
		for _, id := range []string{"1", "2", "1", "3"} {
			p.post(id)
			p.want(204)
		}
		if n := metric(t, reg, `drain_ingest_requests_total{code="204"}`); n != 4 {
			t.Errorf("%v are counted, want 4", n)
		}
		if n := len(sink.deliveries()); n != 3 || len(l.served) != 0 {
			t.Fatalf("%d were judged, want 3; %d connections are the server's, want none", n, len(l.served))
		}
		const rest = "GET /healthz HTTP/1.1\r\nHost: drain\r\n\r\nPOST /logs/enketo HTTP/1.1\r\n"
		go p.send(strings.ReplaceAll(rest, "\r\n", "\n"))
		server := <-l.served
		defer server.Close()
		got := make([]byte, len(rest))
		if _, err := io.ReadFull(server, got); err != nil || string(got) != rest {
			t.Errorf("the server reads %q, %v", got, err)
		}
		synctest.Wait() // it lets go once the server has it
		l.mu.Lock()
		if n := len(l.open); n != 0 {
			t.Errorf("the lane has %d connections, want none", n)
		}
		l.mu.Unlock()
		time.Sleep(2 * time.Minute) // the server has its own patience
		go p.send("Host: drain\n")
		if n, err := server.Read(got); err != nil || string(got[:n]) != "Host: drain\r\n" {
			t.Errorf("then the server reads %q, %v", got[:n], err)
		}
		p.conn.Close()
	})
}

// What isn't plain for this reason or that is the server's, and nothing of it was judged or counted.
func TestALaneLeavesTheRestToTheServer(t *testing.T) {
	f := func(name, request string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := &record{}
				h, reg := newHandler(t, Options{Sink: sink, MaxBody: 8 << 10})
				l := newLaned(t, h, time.Minute, time.Minute)
				p := l.dial(t)
				go p.send(request)
				server := <-l.served
				defer server.Close()
				first := make([]byte, 1)
				if _, err := server.Read(first); err != nil || first[0] != request[0] {
					t.Errorf("the server reads %q, %v", first, err)
				}
				if n := len(sink.deliveries()); n != 0 || h.InFlight() != 0 {
					t.Errorf("%d judged, %d in flight", n, h.InFlight())
				}
				for _, code := range []string{"204", "401", "404"} {
					if n := metric(t, reg, `drain_ingest_requests_total{code="`+code+`"}`); n != 0 {
						t.Errorf("%v counted with code %s", n, code)
					}
				}
				p.conn.Close()
			})
		})
	}
	f("another method", "GET /logs/enketo HTTP/1.1\nHost: drain\n\n")
	f("another path", strings.Replace(head, "/logs/enketo", "/-/reload", 1)+"Content-Length: 0\n\n")
	f("no app's name", strings.Replace(head, "/logs/enketo", "/logs/Enketo", 1)+"Content-Length: 0\n\n")
	f("a wrong password", strings.Replace(head, "secret", "wrong", 1)+"Content-Length: 0\n\n")
	f("too large", head+"Content-Length: 8193\n\n")
	f("packed", head+"Content-Encoding: gzip\nContent-Length: 0\n\n")
	f("chunked", head+"Transfer-Encoding: chunked\n\n")
	f("half a head", head)
	f("noise", "\x16\x03\x01\x02")
}

// A connection is closed when its time is over, and not before.
func TestALaneIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{})
		l := newLaned(t, h, 10*time.Second, 6*time.Minute)
		silent, used := l.dial(t), l.dial(t)
		time.Sleep(9 * time.Second)
		used.post("1")
		used.want(204)
		if silent.ended() {
			t.Error("closed before its first byte is due")
		}
		time.Sleep(2 * time.Second)
		if !silent.ended() {
			t.Error("open after its first byte was due")
		}
		for _, id := range []string{"2", "3", "4"} {
			time.Sleep(5 * time.Minute)
			used.post(id)
			used.want(204)
		}
		time.Sleep(6*time.Minute + time.Second)
		if !used.ended() {
			t.Error("open after the next request was due")
		}
	})
}

// The time for a body ends with the body: judging for longer costs nothing.
func TestALaneLimitsTheBodyAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{BodyTimeout: time.Second, Sink: sinkFunc(func(*Delivery) int {
			time.Sleep(3 * time.Second)
			return 0
		})})
		l := newLaned(t, h, time.Minute, time.Minute)
		p := l.dial(t)
		for range 2 {
			p.send(head + "Content-Length: 4\n\nbo")
			time.Sleep(900 * time.Millisecond)
			p.send("dy")
			p.want(204)
		}
		p.send(head + "Content-Length: 4\n\nbo")
		start := time.Now()
		p.want(503)
		if took := time.Since(start); took != time.Second {
			t.Errorf("given up after %v, want a second", took)
		}
		p.conn.Close()
	})
}

// What a client still sends as its connection ends is read for a moment: a reset could overtake the answer.
func TestALaneLingers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{BodyTimeout: time.Second})
		l := newLaned(t, h, time.Minute, time.Minute)
		p := l.dial(t)
		p.send(head + "Content-Length: 1000\n\nbody")
		p.want(503)
		p.send("more")
		time.Sleep(lingering + time.Millisecond)
		if _, err := p.conn.Write([]byte("more")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("sent: %v, want the connection closed", err)
		}
	})
}

// The Date is that of the answer.
func TestALaneDatesItsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{})
		l := newLaned(t, h, time.Minute, time.Minute)
		p := l.dial(t)
		for _, id := range []string{"1", "2", "3"} {
			p.post(id)
			answer, err := http.ReadResponse(p.in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := answer.Header.Get("Date"), time.Now().UTC().Format(http.TimeFormat); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			time.Sleep(700 * time.Millisecond)
		}
		p.conn.Close()
	})
}

// The answers are what net/http would write, but for the order of their headers.
func TestALaneAnswersAsNetHTTPDoes(t *testing.T) {
	var got [][]string
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		h, _ := newHandler(t, Options{})
		p := dial(t, listen(t, h))
		p.post("1")
		answer, err := http.ReadResponse(p.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		date, err := http.ParseTime(answer.Header.Get("Date"))
		if age := time.Since(date); err != nil || age < 0 || age > time.Minute {
			t.Errorf("Date: %v, %v", date, err)
		}
		lines := []string{answer.Proto, answer.Status}
		for name := range answer.Header {
			lines = append(lines, name)
		}
		slices.Sort(lines)
		got = append(got, lines)
	})
	if !slices.Equal(got[0], got[1]) {
		t.Errorf("net/http: %q, lane: %q", got[0], got[1])
	}
}
