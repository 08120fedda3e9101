package ingest

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gate is a Sink that judges only when told to.
type gate struct {
	judging chan *Delivery // receives each delivery when it gets here
	verdict chan bool      // sends on; false panics
}

func newGate() *gate {
	return &gate{judging: make(chan *Delivery, 100), verdict: make(chan bool)}
}

func (g *gate) Take(d *Delivery) int {
	g.judging <- d
	if !<-g.verdict {
		panic("told to")
	}
	return 1
}

// later serves r in the background and waits until it blocks or ends.
func later(h http.Handler, r *http.Request) (status <-chan int) {
	done := make(chan int, 1)
	go func() { done <- serve(h, r) }()
	synctest.Wait()
	return done
}

// pending fails unless nothing was answered yet.
func pending(t *testing.T, status <-chan int) {
	t.Helper()
	synctest.Wait()
	select {
	case code := <-status:
		t.Fatalf("answered %d already", code)
	default:
	}
}

// answered fails unless the answer is there, and is want.
func answered(t *testing.T, status <-chan int, want int) {
	t.Helper()
	synctest.Wait()
	select {
	case code := <-status:
		if code != want {
			t.Errorf("status %d, want %d", code, want)
		}
	default:
		t.Errorf("not answered, want %d", want)
	}
}

// bubble runs a test with fake time against a gated Handler that has two places for small bodies.
func bubble(t *testing.T, o Options, test func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry)) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		o.Sink = g
		o.MaxBody, o.MaxInFlight = smallestBuffer, 2*smallestBuffer
		h, reg := newHandler(t, o)
		test(t, h, g, reg)
	})
}

func frame(id string) *http.Request { return post("/logs/enketo", "body", "Logplex-Frame-Id: "+id) }

func TestWaitsForAPlaceThreeSeconds(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry) {
		first, second := later(h, frame("1")), later(h, frame("2"))
		third, fourth := later(h, frame("3")), later(h, frame("4"))
		if n := metric(t, reg, "drain_ingest_waiting"); n != 2 {
			t.Errorf("%v wait, want 2", n)
		}
		time.Sleep(2999 * time.Millisecond)
		pending(t, third)
		g.verdict <- true // one of the first two ends; the third gets its place
		time.Sleep(time.Millisecond)
		answered(t, fourth, 503)
		pending(t, third)
		for range 2 {
			g.verdict <- true
		}
		answered(t, first, 204)
		answered(t, second, 204)
		answered(t, third, 204)
		if n := metric(t, reg, `drain_ingest_refused_total{reason="no_place"}`); n != 1 {
			t.Errorf("%v refused for want of a place, want 1", n)
		}

		// What was refused can be tried again.
		retry := later(h, frame("4"))
		g.verdict <- true
		answered(t, retry, 204)
	})
}

func TestBehindTheRouterFewWait(t *testing.T) {
	bubble(t, Options{Behind: true}, func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry) {
		var admitted []<-chan int
		for range 2 + 32 {
			admitted = append(admitted, later(h, post("/logs/enketo", "body")))
		}
		answered(t, later(h, post("/logs/enketo", "body", "Logplex-Msg-Count: 7")), 503)
		if n := metric(t, reg, `drain_ingest_refused_total{reason="too_many_waiting"}`); n != 1 {
			t.Errorf("%v refused since too many wait, want 1", n)
		}
		if n := metric(t, reg, "drain_ingest_refused_messages_total"); n != 7 {
			t.Errorf("%v messages refused, want 7", n)
		}
		answered(t, later(h, frame("1")), 503)
		for range admitted {
			g.verdict <- true
		}
		for _, status := range admitted {
			answered(t, status, 204)
		}
		retry := later(h, frame("1"))
		g.verdict <- true
		answered(t, retry, 204)
	})
}

func TestARepeatWaitsForTheFirst(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, h *Handler, g *gate, reg *prometheus.Registry) {
		first := later(h, frame("1"))
		repeats := []<-chan int{later(h, frame("1")), later(h, frame("1"))}
		if n := metric(t, reg, "drain_ingest_in_flight_bytes"); n != smallestBuffer {
			t.Errorf("%v bytes in flight, want %d: a repeat that waits holds no place", n, smallestBuffer)
		}
		g.verdict <- true
		answered(t, first, 204)
		for _, repeat := range repeats {
			answered(t, repeat, 204)
		}
		if n := len(g.judging); n != 1 {
			t.Errorf("judged %d times, want 1", n)
		}
		if n := metric(t, reg, "drain_ingest_duplicates_total"); n != 2 {
			t.Errorf("%v duplicates, want 2", n)
		}
	})
}

func TestARepeatTakesOver(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, h *Handler, g *gate, _ *prometheus.Registry) {
		first := later(h, frame("1"))
		second, third := later(h, frame("1")), later(h, frame("1"))
		g.verdict <- false
		answered(t, first, 500)
		pending(t, second)
		pending(t, third)
		g.verdict <- true
		answered(t, second, 204)
		answered(t, third, 204)
		if n := len(g.judging); n != 2 {
			t.Errorf("judged %d times, want 2", n)
		}
	})
}

func TestARepeatOfASlowOneIsAskedToComeAgain(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, h *Handler, g *gate, _ *prometheus.Registry) {
		first, repeat := later(h, frame("1")), later(h, frame("1"))
		time.Sleep(3 * time.Second)
		answered(t, repeat, 503)
		g.verdict <- true
		answered(t, first, 204)
		answered(t, later(h, frame("1")), 204)
	})
}

func TestOnlyWrongPasswordsAreDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, reg := newHandler(t, Options{})
		wrong := func() *http.Request {
			return post("/logs/enketo", "body", "Authorization: Bearer wrong", "Logplex-Msg-Count: 9")
		}
		var delayed []<-chan int
		for range maxPenalties {
			delayed = append(delayed, later(h, wrong()))
		}
		pending(t, delayed[0])
		answered(t, later(h, wrong()), 401) // more than enough wait already
		answered(t, later(h, post("/logs/enketo", "body")), 204)
		if n := metric(t, reg, "drain_ingest_in_flight_bytes"); n != 0 {
			t.Errorf("wrong passwords hold %v bytes", n)
		}
		time.Sleep(time.Second)
		for _, status := range delayed {
			answered(t, status, 401)
		}
		if n := metric(t, reg, "drain_ingest_refused_messages_total"); n != 0 {
			t.Errorf("a stranger added %v refused messages", n)
		}
	})
}

// However the tries of one frame overlap, and whichever of them fail, it is judged with success once.
func TestEachFrameIsJudgedOnce(t *testing.T) {
	const frames, tries = 20, 8
	var mu sync.Mutex
	failures, successes := map[string]int{}, map[string]int{}
	h, _ := newHandler(t, Options{Sink: sinkFunc(func(d *Delivery) int {
		mu.Lock()
		defer mu.Unlock()
		if failures[d.FrameID] < 2 {
			failures[d.FrameID]++
			panic("told to")
		}
		successes[d.FrameID]++
		return 1
	})})
	var all sync.WaitGroup
	for range tries {
		for i := range frames {
			all.Go(func() { serve(h, frame(string(rune('a'+i)))) })
		}
	}
	all.Wait()
	for i := range frames {
		if id := string(rune('a' + i)); successes[id] != 1 {
			t.Errorf("frame %s was judged %d times, want 1", id, successes[id])
		}
	}
}
