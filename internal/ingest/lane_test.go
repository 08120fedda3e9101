package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
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

// Shutdown closes what is idle at once, answers what is under way and says that it was the last.
func TestALaneFinishesWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h, _ := newHandler(t, Options{Sink: g})
		l := newLaned(t, h, time.Minute, time.Minute)
		idle, under := l.dial(t), l.dial(t)
		go under.post("1")
		<-g.judging
		done := make(chan error, 1)
		go func() { done <- l.Shutdown(context.Background()) }()
		synctest.Wait()
		if !idle.ended() {
			t.Error("an idle connection is open")
		}
		if len(done) > 0 {
			t.Fatal("it doesn't wait for the request under way")
		}
		g.verdict <- true
		under.want(204)
		if err := <-done; err != nil || !under.closes {
			t.Errorf("%v, and the answer says that the connection ends: %t", err, under.closes)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept: %v", err)
		}
	})
}

// A connection whose answer was under way when the Lane closed has none to follow.
func TestALaneClosesAfterAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{})
		l := newLaned(t, h, time.Minute, time.Minute)
		p := l.dial(t)
		p.post("1")
		synctest.Wait() // nobody has read the answer
		done := make(chan error, 1)
		start := time.Now()
		go func() { done <- l.Shutdown(context.Background()) }()
		synctest.Wait()
		p.want(204)
		if err := <-done; err != nil || time.Since(start) > 0 || !p.ended() {
			t.Errorf("%v after %v, or the connection is open", err, time.Since(start))
		}
	})
}

// Shutdown cuts off what takes longer than there is time, and what waits.
func TestALaneCutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		h, _ := newHandler(t, Options{Sink: g, MaxWait: time.Hour})
		l := newLaned(t, h, time.Minute, time.Minute)
		p, again := l.dial(t), l.dial(t)
		go p.post("1")
		<-g.judging
		go again.post("1")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := l.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		synctest.Wait()
		if !p.ended() || !again.ended() {
			t.Error("a connection is open")
		}
		if n := h.InFlight(); n != 1 {
			t.Errorf("%d are in flight, want the one that is judged", n)
		}
		g.verdict <- true
	})
}

// A panic ends its own connection and nothing else, and is told.
func TestALaneOutlivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h, _ := newHandler(t, Options{Log: zerolog.New(&log), Repeat: func(*Delivery) { panic("looking at a repeat") }})
		l := newLaned(t, h, time.Minute, time.Minute)
		p, other := l.dial(t), l.dial(t)
		p.post("1")
		p.want(204)
		p.post("1")
		if _, err := p.in.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("the connection: %v, want its end", err)
		}
		synctest.Wait()
		if n := h.InFlight(); n != 0 || !strings.Contains(log.String(), "looking at a repeat") {
			t.Errorf("%d in flight; logged: %q", n, &log)
		}
		other.post("2")
		other.want(204)
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A connection that couldn't be accepted is the server's affair, and the next one is taken.
func TestALaneOutlivesAnError(t *testing.T) {
	h, _ := newHandler(t, Options{})
	broken := errors.New("too many open files")
	ours, theirs := net.Pipe()
	defer ours.Close()
	below := &failing{pipes: pipes{make(chan net.Conn, 1), make(chan struct{})}, err: broken}
	below.conns <- theirs
	l := h.Lane(below, time.Minute, time.Minute)
	if _, err := l.Accept(); !errors.Is(err, broken) {
		t.Fatalf("Accept: %v", err)
	}
	go io.WriteString(ours, "GET / HTTP/1.1\r\n")
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := l.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// A connection that is the server's when there is no server any more is closed.
func TestALaneWithoutAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{})
		below := &pipes{make(chan net.Conn, 2), make(chan struct{})}
		l := h.Lane(below, time.Minute, time.Minute)
		one, p := &peer{t: t}, &peer{t: t}
		for _, p := range []*peer{one, p} {
			var theirs net.Conn
			p.conn, theirs = net.Pipe()
			p.in = bufio.NewReader(p.conn)
			below.conns <- theirs
			go p.send("GET / HTTP/1.1\n")
		}
		served, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer served.Close()
		synctest.Wait() // the other one waits for an Accept
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if one.ended() == p.ended() {
			t.Error("want the one closed that nobody accepted, and only that")
		}
	})
}

// A connection that comes in as the Lane closes is closed.
func TestAClosedLaneTakesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{})
		ours, theirs := net.Pipe()
		late := &late{pipes{closed: make(chan struct{})}, theirs}
		l := h.Lane(late, time.Minute, time.Minute)
		go l.Accept()
		synctest.Wait()
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("its client reads: %v", err)
		}
	})
}

// late accepts a connection once it is closed.
type late struct {
	pipes
	conn net.Conn
}

func (l *late) Accept() (net.Conn, error) {
	<-l.closed
	return l.conn, nil
}

// failing fails once.
type failing struct {
	pipes
	err error
}

func (f *failing) Accept() (net.Conn, error) {
	if err := f.err; err != nil {
		f.err = nil
		return nil, err
	}
	return f.pipes.Accept()
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
