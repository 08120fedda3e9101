//go:build unix

package daemon

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/config"
)

// load posts bodies of 20 long lines over many connections, and adds up what became of them.
type load struct {
	addr   string
	line   int // bytes of each line's text
	frames atomic.Int64

	mu    sync.Mutex
	posts []outcome
}

// outcome is what became of one POST.
type outcome struct {
	status int
	at     time.Time     // of the answer
	took   time.Duration // since it was due
}

const perPost = 20 // messages

// sender is one connection: it has one POST under way at a time, as a node of Logplex has.
type sender struct {
	*load
	conn net.Conn
	in   *bufio.Reader
}

func (l *load) senders(t testing.TB, n int) []*sender {
	t.Helper()
	var all []*sender
	for range n {
		conn, err := net.Dial("tcp", l.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(5 * time.Minute)) // a hang fails the test instead of stopping it
		all = append(all, &sender{l, conn, bufio.NewReaderSize(conn, 512)})
	}
	return all
}

// body is 20 lines of text that dearRules must look through.
func (l *load) body() []byte {
	text := "app web.1 " + strings.Repeat("lorem ipsum ", l.line/len("lorem ipsum ")+1)[:l.line]
	return body(slices.Repeat([]string{text}, perPost)...)
}

// post sends a body that was due at some time.
func (s *sender) post(body []byte, due time.Time) error {
	n := s.frames.Add(1)
	head := fmt.Appendf(nil, "POST /logs/app-%d HTTP/1.1\r\nHost: drain\r\n%s\r\nLogplex-Frame-Id: %x\r\nLogplex-Msg-Count: %d\r\nContent-Length: %d\r\n\r\n",
		n%20, auth, n, perPost, len(body))
	both := net.Buffers{head, body}
	if _, err := both.WriteTo(s.conn); err != nil {
		return err
	}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return err
	}
	resp.Body.Close()
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts = append(s.posts, outcome{resp.StatusCode, now, now.Sub(due)})
	return nil
}

// capacity is how many POSTs a second are answered when each sender waits for its answers.
func (l *load) capacity(t *testing.T, senders []*sender, d time.Duration) float64 {
	t.Helper()
	before, began, body := len(l.posts), time.Now(), l.body()
	var all sync.WaitGroup
	for _, s := range senders {
		all.Go(func() {
			for time.Since(began) < d {
				if err := s.post(body, time.Now()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(len(l.posts)-before) / time.Since(began).Seconds()
}

// open offers POSTs for d, each at its own time whatever became of those before, on a connection that
// has none under way. One that finds none goes late, and its time runs all the same. As many are due
// as times the most that were taken in any second so far, and at first times capacity.
func (l *load) open(t testing.TB, senders []*sender, times, capacity float64, d time.Duration) (posts []outcome, late int) {
	t.Helper()
	before, body := len(l.posts), l.body()
	idle := make(chan *sender, len(senders))
	for _, s := range senders {
		idle <- s
	}
	var all sync.WaitGroup
	began, measured := time.Now(), time.Duration(0)
	for due := time.Duration(0); due < d; due += time.Duration(float64(time.Second) / (times * capacity)) {
		time.Sleep(due - time.Since(began))
		if due-measured > time.Second {
			taken := l.taken(began.Add(measured))
			capacity, measured = max(capacity, float64(taken)/time.Since(began.Add(measured)).Seconds()), time.Since(began)
		}
		if len(idle) == 0 {
			late++
		}
		s := <-idle
		all.Go(func() {
			if err := s.post(body, began.Add(due)); err != nil {
				t.Error(err)
			}
			idle <- s
		})
	}
	all.Wait()
	return l.posts[before:], late
}

// taken is how many POSTs were answered 204 after a time.
func (l *load) taken(after time.Time) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range slices.Backward(l.posts) {
		if p.at.Before(after) {
			break
		}
		if p.status == http.StatusNoContent {
			n++
		}
	}
	return n
}

// wantExactly fails unless each message that was offered is counted or refused, and nothing else is.
func (l *load) wantExactly(t *testing.T, r *running) {
	t.Helper()
	statuses := make(map[int]int)
	for _, p := range l.posts {
		statuses[p.status]++
	}
	counted := r.sum(t, "drain_lines_total") + r.sum(t, "drain_line_faults_total") // a faulty line is of no kind
	refused := r.metric(t, "drain_ingest_refused_messages_total")
	if offered := float64(len(l.posts) * perPost); offered != counted+refused {
		t.Errorf("offered %g messages, counted %g and refused %g", offered, counted, refused)
	}
	if want := float64(statuses[204] * perPost); counted != want {
		t.Errorf("counted %g messages, answered 204 to %g", counted, want)
	}
	for status, n := range statuses {
		if status != 204 && status != 503 {
			t.Errorf("%d answers are %d, want 204 and 503 only", n, status)
		}
		if got := r.metric(t, fmt.Sprintf("drain_ingest_requests_total{code=%q}", strconv.Itoa(status))); got != float64(n) {
			t.Errorf("%d answers were %d, and %g are counted", n, status, got)
		}
	}
}

// dearRules make a line cost what no real one does: with it a few POSTs a second are more than the
// machine can take, and their senders, which share it, take next to nothing.
func dearRules(t *testing.T) *config.Config {
	t.Helper()
	var dear strings.Builder
	for i := range 10 {
		fmt.Fprintf(&dear, "\"l[a-z ]*m i[a-z ]*%d$\", ", i)
	}
	c, err := config.Parse("dear.yaml", fmt.Appendf(nil, "rules: [{name: dear, match: {contains: [lorem], matches: [%s]}, window: 1m}]", dear.String()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Twice what the machine can take and more, from 2000 connections, in an open loop: nobody's POST waits
// for another's answer. Where so many are offered that each waits 3 s there must be connections for
// three seconds' worth of them, so the lines are made as long as it takes to have few POSTs.
func TestOverload(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10 s")
	}
	const times, last = 3, 7 * time.Second
	connections := 2000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if most := (int(files.Cur) - 200) / 2; connections > most { // both ends are ours
		t.Logf("%d connections instead of %d: no more files may be open", most, connections)
		connections = most
	}
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: dearRules(t)})
	l := &load{addr: r.Addr()}
	var senders []*sender
	for range connections {
		s := l.senders(t, 1)[0]
		if err := s.post(l.body(), time.Now()); err != nil { // or the server closes it after 10 s
			t.Fatal(err)
		}
		senders = append(senders, s)
	}
	l.line = 400
	wanted := float64(connections) / (4 * times * 3) // each waits 3 s; and four times as many as that takes: the machine may get faster
	capacity := l.capacity(t, senders[:64], time.Second)
	for range 3 {
		if ratio := capacity / wanted; ratio < 0.7 || ratio > 1.4 {
			l.line = min(max(20, int(float64(l.line)*ratio)), 9000)
			capacity = l.capacity(t, senders[:64], time.Second)
		}
	}

	began, used := time.Now(), cpuTime()
	posts, late := l.open(t, senders, times, capacity, last)
	// What the others on this machine left of its processors: all that isn't waiting takes so much longer.
	share := min(1, float64(cpuTime()-used)/float64(time.Since(began))/float64(runtime.GOMAXPROCS(0)))
	within := func(atBest time.Duration) time.Duration {
		return 3*time.Second + time.Duration(float64(atBest-3*time.Second)/share)
	}
	l.wantExactly(t, r)

	var accepted, refused []time.Duration
	meanwhile := 0
	for _, p := range posts {
		if p.status != 204 {
			refused = append(refused, p.took)
			continue
		}
		accepted = append(accepted, p.took)
		if p.at.Sub(began) <= last {
			meanwhile++
		}
	}
	slices.Sort(accepted)
	slices.Sort(refused)
	t.Logf("lines of %d bytes: %.0f POSTs a second can be taken; offered %d in %v, %d of them late; %d taken, %d by then; %d refused",
		l.line, capacity, len(posts), last, late, len(accepted), meanwhile, len(refused))
	if len(refused) == 0 {
		t.Fatal("nothing was refused")
	}
	if 2*meanwhile > len(posts) {
		t.Errorf("offered %d POSTs, and %d were taken meanwhile: that was not twice what the machine can take", len(posts), meanwhile)
	}
	p99 := accepted[len(accepted)*99/100]
	t.Logf("%.0f %% of the processors; taken: p50 %v, p99 %v, worst %v; refused: first %v, worst %v",
		100*share, accepted[len(accepted)/2], p99, accepted[len(accepted)-1], refused[0], refused[len(refused)-1])
	if most := within(4 * time.Second); p99 > most {
		t.Errorf("p99 of what was taken is %v, want under %v, which is 4s with all processors", p99, most)
	}
	if refused[0] > 5*time.Second {
		t.Errorf("not one was refused before %v: Logplex gives up after 5s", refused[0])
	}
	if worst, most := refused[len(refused)-1], within(5*time.Second); worst > most {
		t.Errorf("one was refused after %v, want under %v, which is 5s with all processors", worst, most)
	}
	r.ordinary(t, "p")
}

// fill is how many POSTs of unknown length fill the room for bodies.
const fill = 16

// chunked posts three messages without saying how long they are: they take 4 MiB.
func (r *running) chunked(t *testing.T) *peer {
	p, lines := r.dial(t), body(h12, h12, h12)
	p.frame("", fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(lines), lines), auth, "Transfer-Encoding: chunked", "Logplex-Msg-Count: 3")
	return p
}

// waiting waits until so many POSTs wait, for room or for their turn.
func (r *running) waiting(t *testing.T, n int) {
	t.Helper()
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_waiting") == float64(n) })
}

// wantMessages checks how many messages were counted, and how many refused: none is unaccounted for.
func (r *running) wantMessages(t *testing.T, counted, refused int) {
	t.Helper()
	if got := r.metric(t, `drain_lines_total{kind="router"}`); got != float64(counted) {
		t.Errorf("counted %g messages, want %d", got, counted)
	}
	if got := r.metric(t, "drain_ingest_refused_messages_total"); got != float64(refused) {
		t.Errorf("refused %g messages, want %d", got, refused)
	}
}

// Behind Heroku's router 32 wait, for room or for their turn, and the 33rd is told at once.
func TestTheRoomIsFull(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.1", DrainPassword: "p"}, patience: time.Minute})
	release := r.hold(t, "enketo")
	noTurn := max(0, fill-2*runtime.GOMAXPROCS(0)) // the others are judged
	var admitted []*peer
	for range fill {
		admitted = append(admitted, r.chunked(t))
	}
	r.waiting(t, noTurn)
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") == 64<<20 })
	for range 32 - noTurn {
		admitted = append(admitted, r.chunked(t))
	}
	r.waiting(t, 32)
	for range 5 {
		r.chunked(t).want(503)
		if n := r.metric(t, "drain_ingest_waiting"); n != 32 {
			t.Fatalf("answered when %g waited: that is no proof of at once", n)
		}
	}
	release()
	for _, p := range admitted {
		p.want(204)
	}
	if got, want := r.metric(t, `drain_ingest_refused_total{reason="too_many_waiting"}`), 5.0; got != want {
		t.Errorf("%g POSTs refused since too many wait, want %g", got, want)
	}
	r.wantMessages(t, 3*(fill+32-noTurn), 3*5)
}

// Who waits is told, though nothing of what is in front of it moves: ingest's tests say after how long.
func TestTheRoomStaysFull(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.1", DrainPassword: "p"}})
	release := r.hold(t, "enketo")
	began := time.Now()
	var all []*peer
	for range fill + 3 {
		all = append(all, r.chunked(t))
	}
	noTurn := max(0, fill-2*runtime.GOMAXPROCS(0)) // the others are judged
	waitUntil(t, func() bool {
		return r.metric(t, `drain_ingest_refused_total{reason="no_turn"}`)+r.metric(t, `drain_ingest_refused_total{reason="no_place"}`) == float64(noTurn+3)
	})
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("told after %v, want 3s", took)
	}
	release()
	got, want := make(map[int]int), map[int]int{204: fill - noTurn, 503: noTurn + 3}
	for _, p := range all {
		got[p.answer()]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers by status (-want +got):\n%s", diff)
	}
	r.wantMessages(t, 3*(fill-noTurn), 3*(noTurn+3))
}
