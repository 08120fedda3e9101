package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

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

// A client that sends and sends and reads no answer keeps neither its connection nor what it has borrowed.
func TestALaneGivesUpWhoDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{})
		l := newLaned(t, h, time.Minute, time.Minute)
		p := l.dial(t)
		p.post("1")
		p.want(204)
		time.Sleep(sending / 2)
		p.post("2") // which nobody reads the answer of
		time.Sleep(2 * sending)
		synctest.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.open) > 0 {
			t.Errorf("it has its connection %v after its delivery", 2*sending)
		}
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
