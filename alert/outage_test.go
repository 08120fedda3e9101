package alert

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// While a destination is down for an hour nothing is lost, and it is asked seldom. Afterwards there is
// one message for each incident, what lives first, and no flood.
func TestDownForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		slack := newThreaded()
		slack.answer = func(int, Incident) error {
			if down.Load() {
				return errDown
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		for minute := range 60 {
			for i := range 20 {
				d.fire(fmt.Sprint("web.", minute), cause(fmt.Sprint(i)))
			}
			after(time.Minute)
		}
		for i := range 5 { // over before anyone heard of it
			for minute := range 60 {
				d.resolve(fmt.Sprint("web.", minute), cause(fmt.Sprint(i)))
			}
		}
		asked := len(slack.requests())
		if asked > 20*70 {
			t.Errorf("asked %d times in an hour for 20 incidents", asked)
		}
		down.Store(false)
		began := time.Now()
		after(10 * time.Minute)
		states := map[State]int{}
		for n, r := range slack.requests()[asked:] {
			states[r.inc.State]++
			if r.was != (Receipt{}) {
				t.Errorf("%s was told twice", r.inc.ID)
			}
			if n > 2 && n < 15 && r.inc.State != Firing {
				t.Errorf("what is over was told before what lives: request %d", n) // the first tries fall when they fall
			}
			if limit := began.Add(time.Minute + time.Duration(n)*time.Second); r.at.After(limit) {
				t.Errorf("request %d only after %v", n, r.at.Sub(began))
			}
			if len(r.inc.Alerts) != 60 {
				t.Errorf("%s with %d alerts, want all 60", r.inc.ID, len(r.inc.Alerts))
			}
		}
		if states[Firing] != 15 || states[Resolved] != 5 {
			t.Errorf("told of %v, want each of 15 that live and 5 that are over once", states)
		}
		if slack.count() > 15 {
			t.Errorf("%d replies, want at most one for each that lives", slack.count())
		}
		_ = d.end()
	})
}

// 10,000 alerts a second, again and again, take no more memory than the first time.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		storm := func(round int) uint64 {
			for i := range 10_000 {
				state := Firing
				if round%2 == 1 && i%10 < 5 {
					state = Resolved
				}
				d.send(state, fmt.Sprint("web.", i%50), cause(fmt.Sprint(i/50)), func(a *Alert) {
					a.Summary, a.Evidence = fmt.Sprint("round ", round), []string{fmt.Sprintf("line of %0512d", round)}
				})
			}
			after(time.Second)
			store.mu.Lock()
			store.puts = nil // the test's own memory
			store.mu.Unlock()
			slack.fake.mu.Lock()
			slack.calls = nil
			slack.fake.mu.Unlock()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		storm(0)
		first := storm(1)
		var last uint64
		for round := range 4 {
			last = storm(round + 2)
		}
		if last > first*3/2 {
			t.Errorf("%d MB after six rounds, %d after two", last>>20, first>>20)
		}
		if first > 200<<20 {
			t.Errorf("10,000 alerts with their evidence take %d MB", first>>20)
		}
		_ = d.end()
	})
}
