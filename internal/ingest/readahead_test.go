package ingest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// bodyOf is a body that no other is like, of n bytes.
func bodyOf(id, n int) []byte {
	b := make([]byte, n)
	random := rand.New(rand.NewPCG(uint64(id), 0))
	for i := range b {
		b[i] = 'a' + byte(random.Uint32()%26)
	}
	return b
}

func plainPost(id int, body []byte) []byte {
	return append([]byte(strings.ReplaceAll(fmt.Sprintf(head+"Logplex-Frame-Id: %d\nContent-Length: %d\n\n", id, len(body)), "\n", "\r\n")), body...)
}

// Bodies of all sizes are judged as they were sent: alone, one behind the other, and in pieces. None of what
// was borrowed for them is kept.
func TestWhatIsReadAheadIsJudgedAsSent(t *testing.T) {
	sink := &record{}
	h, _ := newHandler(t, Options{Sink: sink})
	p := dial(t, listenLane(t, h))
	random := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 3000, 5000, 20_000, 32_000, 33_000, 70_000, 150_000, 300_000, 10, 40_000}
	var sent [][]byte
	for round := range 60 {
		var text []byte
		posts := 1 + random.IntN(3)
		for range posts {
			body := bodyOf(len(sent), sizes[(round/3+random.IntN(3))%len(sizes)])
			text = append(text, plainPost(len(sent), body)...)
			sent = append(sent, body)
		}
		go func() {
			half := len(text)
			if round%4 == 0 {
				half /= 2
			}
			p.conn.Write(text[:half])
			if half < len(text) {
				time.Sleep(time.Millisecond) // so that mostly a part is read alone
				p.conn.Write(text[half:])
			}
		}()
		for range posts {
			p.want(204)
		}
	}
	got := sink.deliveries()
	if len(got) != len(sent) {
		t.Fatalf("%d were judged of %d", len(got), len(sent))
	}
	for i := range sent {
		if !bytes.Equal(got[i].Body, sent[i]) {
			t.Errorf("the %dth, of %d bytes, is judged as %d others", i, len(sent[i]), len(got[i].Body))
		}
	}
	wantNothingLent(t, h)
}

// wantNothingLent allows a connection the moment in which it looks, buffer in hand, whether something is there.
func wantNothingLent(t *testing.T, h *Handler) {
	t.Helper()
	for soon := time.Now().Add(10 * time.Second); h.lent.Load() != 0; runtime.Gosched() {
		if time.Now().After(soon) {
			t.Fatalf("%d buffers are lent to idle connections", h.lent.Load())
		}
	}
}

// However many connections read ahead, only MaxJudging of them have a buffer for it.
func TestReadingAheadIsBounded(t *testing.T) {
	judging, goOn := make(chan struct{}), make(chan struct{})
	patient := time.Minute // or a machine that is slow would have one refused, and the test would wait for it
	h, _ := newHandler(t, Options{MaxJudging: 2, MaxWait: patient, BodyTimeout: patient, Sink: sinkFunc(func(*Delivery) int {
		judging <- struct{}{}
		<-goOn
		return 1
	})})
	addr := listenLane(t, h)
	const conns = 10
	var peers []*peer
	post := func(id int) {
		for i, p := range peers {
			if _, err := p.conn.Write(plainPost(conns*id+i, bodyOf(0, 50_000))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range conns {
		peers = append(peers, dial(t, addr))
	}
	for round := range 3 {
		post(round)
		for range conns {
			<-judging
			if lent := h.lent.Load(); lent > 2 {
				t.Errorf("%d buffers are lent, want 2 at most", lent)
			}
			goOn <- struct{}{}
		}
		for _, p := range peers {
			p.want(204)
		}
	}
	wantNothingLent(t, h)
}

// Not even for a moment do more have a buffer, or wait, than may: who comes in that moment would be turned away.
func TestCountsAreBoundedAtEveryMoment(t *testing.T) {
	h, _ := newHandler(t, Options{MaxJudging: 1, MaxWaiting: 1})
	h.lent.Store(1)
	h.entrance.waiting.Store(1)
	lane := h.Lane(nil, time.Minute, time.Minute)
	f := func(what string, n *atomic.Int64, more func() bool) {
		t.Helper()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for range 100_000 {
					if got, now := more(), n.Load(); got || now != 1 {
						t.Errorf("%d %s, want 1", now, what)
						return
					}
				}
			})
		}
		all.Wait()
	}
	f("buffers are lent", &h.lent, func() bool { return (&laneConn{lane: lane, usual: 100_000}).borrow() })
	f("wait", &h.entrance.waiting, func() bool { return (&queue{entrance: h.entrance, request: t.Context()}).join() })
}

// Once something is there, all of it is read at once, if others haven't borrowed too much. What turns out to be
// the server's counts until the server has read it or closes the connection.
func TestTheServerGetsWhatWasReadAhead(t *testing.T) {
	f := func(size int, usual, others, borrowed, given int64, readAll bool) {
		t.Helper()
		h, _ := newHandler(t, Options{MaxJudging: 2})
		h.lent.Store(others)
		client, ours := tcpPair(t)
		c := &laneConn{lane: h.Lane(nil, time.Minute, time.Minute), conn: &conn{Conn: ours}, usual: usual}
		c.raw = rawOf(ours)
		sent := bodyOf(1, size)
		if _, err := client.Write(sent); err != nil {
			t.Fatal(err)
		}
		if err := c.raw.Read(c.readReady); err != nil {
			t.Fatal(err)
		}
		if n := h.lent.Load() - others; n != borrowed || (len(c.ahead) > smallestBuffer) != (given > 0) {
			t.Errorf("%d bytes are read, %d buffers are borrowed, want %d", len(c.ahead), n, borrowed)
		}
		c.handOver()
		if n := h.lent.Load() - others; n != given {
			t.Errorf("%d are borrowed for the server, want %d", n, given)
		}
		if got := make([]byte, size); readAll {
			if _, err := io.ReadFull(c.conn, got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("the server reads something else, %v", err)
			}
			if n := h.lent.Load(); n != others {
				t.Errorf("%d are borrowed though all is read, of others %d", n, others)
			}
		}
		c.conn.Close()
		if n := h.lent.Load(); n != others {
			t.Errorf("%d are borrowed in the end, of others %d", n, others)
		}
	}
	f(60_000, 100_000, 0, 1, 1, true)
	f(60_000, 100_000, 1, 1, 1, false)
	f(60_000, 100_000, 2, 0, 0, true)
	f(1000, 100_000, 0, 1, 0, true)
	f(60_000, 3000, 0, 0, 0, true)
	f(60_000, 1<<maxPooledBits, 0, 0, 0, true)
}

// A client of which nothing comes keeps no buffer.
func TestNothingReadKeepsNothing(t *testing.T) {
	h, _ := newHandler(t, Options{})
	_, ours := tcpPair(t)
	c := &laneConn{lane: h.Lane(nil, time.Minute, time.Minute), conn: &conn{Conn: ours}, usual: 100_000}
	if err := rawOf(ours).Control(func(fd uintptr) {
		if c.readReady(fd) {
			t.Error("it read something")
		}
	}); err != nil {
		t.Fatal(err)
	}
	if n := h.lent.Load(); n != 0 {
		t.Errorf("%d buffers are lent", n)
	}
}

// Nor does one that has gone.
func TestAConnectionThatEndsKeepsNothing(t *testing.T) {
	h, _ := newHandler(t, Options{})
	l := h.Lane(nil, time.Minute, time.Minute)
	for range 50 { // mostly it waits already when the client goes
		client, ours := tcpPair(t)
		served := make(chan struct{})
		go func() {
			defer close(served)
			(&laneConn{lane: l, conn: &conn{Conn: ours, began: time.Now()}}).serve()
		}()
		p := &peer{t: t, conn: client, in: bufio.NewReader(client)}
		if _, err := client.Write(plainPost(1, bodyOf(1, 50_000))); err != nil {
			t.Fatal(err)
		}
		p.want(204)
		client.Close()
		<-served
		if n := h.lent.Load(); n != 0 {
			t.Fatalf("%d buffers are lent", n)
		}
	}
}

// builtOn is a listener whose connections are built on the TCP connections of another.
type builtOn struct {
	net.Listener
	build func(*net.TCPConn) net.Conn
}

func (l builtOn) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.build(c.(*net.TCPConn)), nil
}

func rewriting(l net.Listener) net.Listener {
	return builtOn{l, func(c *net.TCPConn) net.Conn { return rewritten{c} }}
}

func direct(l net.Listener) net.Listener {
	return builtOn{l, func(c *net.TCPConn) net.Conn { return directConn{c} }}
}

// rewritten is a connection whose Read isn't that of the TCP connection it is built on.
type rewritten struct{ *net.TCPConn }

func (u rewritten) Read(p []byte) (int, error) {
	n, err := u.TCPConn.Read(p)
	copy(p, bytes.ReplaceAll(p[:n], []byte("other"), []byte("right")))
	return n, err
}

// directConn is read as the TCP connection it is built on.
type directConn struct{ *net.TCPConn }

func (directConn) ReadsDirectly() {}

// A large body is judged where it was read, once a connection had one as large, if it is known how it is read.
func TestALargeBodyIsJudgedWhereItWasRead(t *testing.T) {
	f := func(name string, want int64, over func(net.Listener) net.Listener) {
		t.Helper()
		var h *Handler
		lent := make(chan int64, 1)
		h, _ = newHandler(t, Options{Sink: sinkFunc(func(*Delivery) int {
			lent <- h.lent.Load()
			return 1
		})})
		p := dial(t, listenLaneOver(t, h, over))
		for id := range 4 {
			if _, err := p.conn.Write(plainPost(id, bodyOf(id, 100_000))); err != nil {
				t.Fatal(err)
			}
			p.want(204)
			if got := <-lent; id > 0 && got != want {
				t.Errorf("%s: while the %dth is judged %d buffers are lent for it, want %d", name, id, got, want)
			}
		}
	}
	f("a TCP connection", 1, func(l net.Listener) net.Listener { return l })
	f("one that is read as it", 1, direct)
	f("one that isn't", 0, rewriting)
}

// A connection is read as its listener has it read.
func TestNobodysReadIsPassedBy(t *testing.T) {
	sink := &record{}
	h, _ := newHandler(t, Options{Sink: sink})
	p := dial(t, listenLaneOver(t, h, rewriting))
	for id := range 3 {
		if _, err := p.conn.Write(plainPost(id, []byte("the other body"))); err != nil {
			t.Fatal(err)
		}
		p.want(204)
	}
	for _, d := range sink.deliveries() {
		if string(d.Body) != "the right body" {
			t.Errorf("%q is judged", d.Body)
		}
	}
}

// A head may have 4 KiB on a Lane, however much was read.
func TestALongHeadIsNotPlain(t *testing.T) {
	h, _ := newHandler(t, Options{})
	f := func(size int, plain bool) {
		t.Helper()
		c := &laneConn{lane: h.Lane(nil, time.Minute, time.Minute)}
		c.ahead = bytes.Replace(plainPost(1, bodyOf(1, 10_000)), []byte("Host: "), fmt.Appendf(nil, "X: %s\r\nHost: ", bodyOf(2, size)), 1)
		if got := c.begin(); got != plain {
			t.Errorf("with %d bytes more the head is plain: %t", size, got)
		}
	}
	f(3900, true)
	f(4100, false)
}

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (client, ours net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	return client, ours
}
