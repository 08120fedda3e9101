package daemon

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"drain/internal/config"
)

// load posts bodies of 20 messages over many connections, and adds up what became of them.
type load struct {
	addr   string
	bodies [][]byte
	frames atomic.Int64

	mu       sync.Mutex
	offered  int // POSTs
	statuses map[int]int
	accepted []time.Duration // how long each 204 took
}

const perPost = 20 // messages

func newLoad(t *testing.T, addr string) *load {
	t.Helper()
	corpus, err := os.ReadFile("../../rules/testdata/mixed.logplex1")
	if err != nil {
		t.Fatal(err)
	}
	return &load{addr: addr, bodies: chunks(t, corpus, perPost)[1:], statuses: make(map[int]int)}
}

// sender is one connection: it has one POST under way at a time, as a node of Logplex has.
type sender struct {
	*load
	conn net.Conn
	in   *bufio.Reader
}

func (l *load) senders(t *testing.T, n int) []*sender {
	t.Helper()
	var all []*sender
	for range n {
		conn, err := net.Dial("tcp", l.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(time.Minute))
		all = append(all, &sender{l, conn, bufio.NewReaderSize(conn, 512)})
	}
	return all
}

func (s *sender) post() error {
	n := s.frames.Add(1)
	body := s.bodies[int(n)%len(s.bodies)]
	head := fmt.Appendf(nil, "POST /logs/app-%d HTTP/1.1\r\nHost: drain\r\n%s\r\nLogplex-Frame-Id: %x\r\nLogplex-Msg-Count: %d\r\nContent-Length: %d\r\n\r\n",
		n%20, auth, n, perPost, len(body))
	began := time.Now()
	both := net.Buffers{head, body}
	if _, err := both.WriteTo(s.conn); err != nil {
		return err
	}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return err
	}
	resp.Body.Close()
	took := time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered++
	s.statuses[resp.StatusCode]++
	if resp.StatusCode == http.StatusNoContent {
		s.accepted = append(s.accepted, took)
	}
	return nil
}

// capacity is how many POSTs a second are answered when each sender waits for its answers.
func (l *load) capacity(t *testing.T, senders []*sender, d time.Duration) float64 {
	t.Helper()
	before, began := l.offered, time.Now()
	var all sync.WaitGroup
	for _, s := range senders {
		all.Go(func() {
			for time.Since(began) < d {
				if err := s.post(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(l.offered-before) / time.Since(began).Seconds()
}

// open offers rate POSTs a second for d, each at its own time and whatever became of those before. One
// whose connection still waits stays with its sender, which Logplex does too. It returns how many
// came to their time.
func (l *load) open(t *testing.T, senders []*sender, rate float64, d time.Duration) (due int) {
	t.Helper()
	began := time.Now()
	period := time.Duration(float64(len(senders)) / rate * float64(time.Second))
	var all sync.WaitGroup
	for i, s := range senders {
		first := period * time.Duration(i) / time.Duration(len(senders))
		due += int((d-first)/period) + 1
		all.Go(func() {
			for at := first; at < d; {
				time.Sleep(at - time.Since(began))
				if err := s.post(); err != nil {
					t.Error(err)
					return
				}
				for at += period; at < time.Since(began); {
					at += period
				}
			}
		})
	}
	all.Wait()
	return due
}

// wantExactly fails unless each message that was offered is counted or refused, and nothing else is.
func (l *load) wantExactly(t *testing.T, r *running) {
	t.Helper()
	counted := r.sum(t, "drain_lines_total") + r.sum(t, "drain_line_faults_total") // a faulty line is of no kind
	refused := r.metric(t, "drain_ingest_refused_messages_total")
	if offered := float64(l.offered * perPost); offered != counted+refused {
		t.Errorf("offered %g messages, counted %g and refused %g", offered, counted, refused)
	}
	if want := float64(l.statuses[204] * perPost); counted != want {
		t.Errorf("counted %g messages, answered 204 to %g", counted, want)
	}
	for status, n := range l.statuses {
		if status != 204 && status != 503 {
			t.Errorf("%d answers are %d, want 204 and 503 only", n, status)
		}
		if got := r.metric(t, fmt.Sprintf("drain_ingest_requests_total{code=%q}", strconv.Itoa(status))); got != float64(n) {
			t.Errorf("%d answers were %d, and %g are counted", n, status, got)
		}
	}
}

// sum adds up a family of counters.
func (r *running) sum(t *testing.T, family string) (total float64) {
	t.Helper()
	_, text := r.get(t, "/metrics", "")
	for line := range strings.Lines(text) {
		if labels, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && strings.HasPrefix(labels, family+"{") {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			total += v
		}
	}
	return total
}

// Twice what the machine can take, from 2000 connections.
func TestOverload(t *testing.T) {
	connections, calibrate, last := 2000, 500*time.Millisecond, 2*time.Second
	if testing.Short() {
		connections, calibrate, last = 300, 200*time.Millisecond, 500*time.Millisecond
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if most := (int(files.Cur) - 200) / 2; connections > most { // both ends are ours
		t.Logf("%d connections instead of %d: no more files may be open", most, connections)
		connections = most
	}
	r := startGuarded(t)
	l := newLoad(t, r.Addr())
	senders := l.senders(t, connections)
	capacity := l.capacity(t, senders[:8], calibrate)
	if most := max(8, int(2*capacity)); len(senders) > most { // so many alone would wait for longer than Logplex does
		t.Logf("this machine takes %.0f POSTs a second: %d connections instead of %d", capacity, most, len(senders))
		senders = senders[:most]
	}
	before := len(l.accepted)
	due := l.open(t, senders, 2*capacity, last)
	l.wantExactly(t, r)

	took := slices.Sorted(slices.Values(l.accepted[before:]))
	p99 := took[len(took)*99/100]
	t.Logf("%.0f POSTs a second can be taken; of %d in %v %d could be sent; %d refused; p50 %v, p99 %v, worst %v",
		capacity, due, last, l.offered-before, l.statuses[503], took[len(took)/2], p99, took[len(took)-1])
	if p99 > 4*time.Second {
		t.Errorf("p99 of what was taken is %v, want under 4s", p99)
	}
	r.ordinary(t, "p")
}

// The room for bodies is full, of POSTs of unknown length that take 4 MiB each.
func (r *running) fill(t *testing.T) []*peer {
	t.Helper()
	var all []*peer
	for range 16 {
		all = append(all, r.chunked(t))
	}
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") == 64<<20 })
	return all
}

// chunked posts three messages without saying how long they are.
func (r *running) chunked(t *testing.T) *peer {
	p, lines := r.dial(t), body(h12, h12, h12)
	p.frame("", fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(lines), lines), auth, "Transfer-Encoding: chunked", "Logplex-Msg-Count: 3")
	return p
}

// Behind Heroku's router 32 wait, and the 33rd is told at once; who waits is told before Logplex gives
// up. Not a message is unaccounted for.
func TestTheRoomIsFull(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.1", DrainPassword: "p"}})
	waiting := func(n float64) {
		t.Helper()
		waitUntil(t, func() bool { return r.metric(t, "drain_ingest_waiting") == n })
	}
	release := r.hold(t, "enketo")
	admitted := r.fill(t)
	var queue []*peer
	for range 32 {
		queue = append(queue, r.chunked(t))
	}
	waiting(32)
	for range 5 {
		r.chunked(t).want(503)
		if n := r.metric(t, "drain_ingest_waiting"); n != 32 {
			t.Fatalf("answered when %g waited: that is no proof of at once", n)
		}
	}
	release()
	for _, p := range append(admitted, queue...) {
		p.want(204)
	}

	release = r.hold(t, "enketo")
	admitted = r.fill(t)
	began := time.Now()
	queue = []*peer{r.chunked(t), r.chunked(t), r.chunked(t)}
	for _, p := range queue {
		p.want(503)
	}
	if took := time.Since(began); took < 2*time.Second || took > 4*time.Second {
		t.Errorf("told after %v, want 3s", took)
	}
	release()
	for _, p := range admitted {
		p.want(204)
	}
	const taken, refused = 3 * (16 + 32 + 16), 3 * (5 + 3)
	if got := r.metric(t, `drain_lines_total{kind="router"}`); got != taken {
		t.Errorf("counted %g messages, want %d", got, taken)
	}
	if got := r.metric(t, "drain_ingest_refused_messages_total"); got != refused {
		t.Errorf("refused %g messages, want %d", got, refused)
	}
	for reason, want := range map[string]float64{"too_many_waiting": 5, "no_place": 3} {
		if got := r.metric(t, fmt.Sprintf("drain_ingest_refused_total{reason=%q}", reason)); got != want {
			t.Errorf("%g POSTs refused for %s, want %g", got, reason, want)
		}
	}
}
