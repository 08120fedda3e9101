package ingest

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// oneTurn runs a test with fake time against a gated Handler that has room for every body, and judges
// one at a time.
func oneTurn(t *testing.T, o Options, test func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry)) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		o.Sink, o.MaxJudging = g, 1
		h, reg := newHandler(t, o)
		test(t, h, g, reg)
	})
}

func TestJudgedInTheOrderOfComing(t *testing.T) {
	oneTurn(t, Options{}, func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry) {
		const n = 50
		var all []<-chan int
		for i := range n {
			all = append(all, later(h, frame(fmt.Sprint(i))))
		}
		if waiting := metric(t, reg, "drain_ingest_waiting"); waiting != n-1 {
			t.Errorf("%v wait, want %d", waiting, n-1)
		}
		for i, status := range all {
			if got := (<-g.judging).FrameID; got != fmt.Sprint(i) {
				t.Fatalf("frame %s is judged when it is the turn of %d", got, i)
			}
			if len(g.judging) > 0 {
				t.Fatal("two are judged at once")
			}
			g.verdict <- i%7 != 3 // one that panics gives its turn back too
			answered(t, status, map[bool]int{true: 204, false: 500}[i%7 != 3])
		}
		if waiting := metric(t, reg, "drain_ingest_waiting"); waiting != 0 {
			t.Errorf("%v wait, want none", waiting)
		}
	})
}

func TestWaitsForATurnThreeSeconds(t *testing.T) {
	oneTurn(t, Options{}, func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry) {
		first := later(h, frame("1"))
		time.Sleep(time.Second)
		second, third := later(h, frame("2")), later(h, post("/logs/enketo", "body", "Logplex-Frame-Id: 3", "Logplex-Msg-Count: 7"))
		time.Sleep(2999 * time.Millisecond)
		g.verdict <- true
		answered(t, first, 204)
		pending(t, third)
		time.Sleep(time.Millisecond)
		answered(t, third, 503)
		pending(t, second) // its turn has come, and judging takes as long as it takes
		for _, series := range []string{`drain_ingest_refused_total{reason="no_turn"}`, `drain_ingest_requests_total{code="503"}`} {
			if n := metric(t, reg, series); n != 1 {
				t.Errorf("%s is %v, want 1", series, n)
			}
		}
		if n := metric(t, reg, "drain_ingest_refused_messages_total"); n != 7 {
			t.Errorf("%v messages refused, want 7", n)
		}
		g.verdict <- true
		answered(t, second, 204)

		retry := later(h, frame("3")) // what was refused can be tried again, and holds nothing
		g.verdict <- true
		answered(t, retry, 204)
		if n := metric(t, reg, "drain_ingest_in_flight_bytes"); n != 0 {
			t.Errorf("%v bytes are still in flight", n)
		}
	})
}

// A place and a turn are waited for together: Logplex gives up after 5 s, whatever took so long.
func TestPatienceIsForPlaceAndTurnTogether(t *testing.T) {
	o := Options{MaxBody: smallestBuffer, MaxInFlight: 2 * smallestBuffer}
	oneTurn(t, o, func(t *testing.T, h *Handler, g *gate, _ *prometheus.Registry) {
		first, second := later(h, frame("1")), later(h, frame("2"))
		third := later(h, frame("3")) // both places are taken
		time.Sleep(2 * time.Second)
		g.verdict <- true
		answered(t, first, 204) // third has its place, and waits behind second
		time.Sleep(999 * time.Millisecond)
		pending(t, third)
		time.Sleep(time.Millisecond)
		answered(t, third, 503)
		g.verdict <- true
		answered(t, second, 204)
	})
}

// A body that comes slowly uses up neither anybody's turn nor its own patience.
func TestASlowBodyHoldsNoTurn(t *testing.T) {
	oneTurn(t, Options{}, func(t *testing.T, h *Handler, g *gate, _ *prometheus.Registry) {
		body, sender := io.Pipe()
		r := frame("1")
		r.Body, r.ContentLength = body, 2
		slow := later(h, r)
		sender.Write([]byte("b"))
		quick := later(h, frame("2"))
		synctest.Wait()
		if len(g.judging) != 1 {
			t.Fatal("who has sent all waits for who has not")
		}
		time.Sleep(2400 * time.Millisecond)
		sender.Write([]byte("y"))
		time.Sleep(2900 * time.Millisecond)
		pending(t, slow)
		g.verdict <- true
		answered(t, quick, 204)
		g.verdict <- true
		answered(t, slow, 204)
	})
}

func TestBehindTheRouterFewWaitForATurn(t *testing.T) {
	oneTurn(t, Options{Behind: true}, func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry) {
		var admitted []<-chan int
		for i := range 1 + 32 {
			admitted = append(admitted, later(h, frame(fmt.Sprint(i))))
		}
		refused := later(h, frame("refused"))
		answered(t, refused, 503)
		if n := metric(t, reg, `drain_ingest_refused_total{reason="too_many_waiting"}`); n != 1 {
			t.Errorf("%v refused since too many wait, want 1", n)
		}
		for _, status := range admitted {
			g.verdict <- true
			answered(t, status, 204)
		}
	})
}

// What takes no judging waits for none of it: a repeat is answered while all turns are taken, and so is
// a wrong password.
func TestOnlyJudgingTakesATurn(t *testing.T) {
	oneTurn(t, Options{}, func(t *testing.T, h *Handler, g *gate, _ *prometheus.Registry) {
		known := later(h, frame("1"))
		g.verdict <- true
		answered(t, known, 204)
		busy := later(h, frame("2"))
		answered(t, later(h, frame("1")), 204)
		wrong := later(h, post("/logs/enketo", strings.Repeat("x", 100), "Authorization: Bearer wrong"))
		time.Sleep(time.Second)
		answered(t, wrong, 401)
		g.verdict <- true
		answered(t, busy, 204)
	})
}

// With one processor an answer waits for those who are ready, but not for all who wait for their turn.
func TestAnswersGoOutWhileOthersWait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n = 200
	var mu sync.Mutex
	var judged, answered, behind int
	all := make(chan struct{})
	h, reg := newHandler(t, Options{MaxJudging: 1, MaxWait: time.Hour, Sink: sinkFunc(func(*Delivery) int {
		<-all
		mu.Lock()
		defer mu.Unlock()
		judged++
		behind = max(behind, judged-answered)
		return 1
	})})
	var senders sync.WaitGroup
	for range n {
		senders.Go(func() {
			if status := serve(h, post("/logs/enketo", strings.Repeat("x", largeBody))); status != 204 {
				t.Errorf("status %d, want 204", status)
			}
			mu.Lock()
			defer mu.Unlock()
			answered++
		})
	}
	for metric(t, reg, "drain_ingest_waiting") < n-1 {
		runtime.Gosched()
	}
	close(all)
	senders.Wait()
	if behind > n/4 {
		t.Errorf("%d of %d were judged and not answered", behind, n)
	}
}
