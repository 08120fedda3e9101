package rules

import (
	"fmt"
	"testing"
	"time"
)

// joined returns an Engine in which so many dynos have a state of each of two rules and of one made of
// both, hidden by a third.
func joined(tb testing.TB, dynos int) *Engine {
	lines := func(name string, window time.Duration) Rule {
		return Rule{Name: name, Match: &Match{Code: []string{"R14"}}, Window: window, By: []string{"dyno"}, Keys: maxKeys}
	}
	e := NewEngine("enketo", mustSet(tb, lines("a", maxWindow), lines("b", minWindow),
		Rule{Name: "both", All: []string{"a", "b"}, InhibitedBy: []string{"a"}, Keys: maxKeys}), Options{})
	o := &Observation{At: t0}
	for i := range dynos {
		o.Hits = append(o.Hits, Hit{Rule: "a", Labels: Labels{Dyno: fmt.Sprint("web.", i)}, Count: 1})
	}
	e.Observe(nil, o)
	return e
}

// What changes in one state must not cost more with more of them: here a rule begins and ceases, and
// with it another that is made of it.
func BenchmarkJoined(b *testing.B) {
	for _, dynos := range []int{10, 40_000} {
		b.Run(fmt.Sprintf("dynos=%d", dynos), func(b *testing.B) {
			e := joined(b, dynos)
			now, o := t0, &Observation{Hits: []Hit{{Rule: "b", Labels: Labels{Dyno: "web.7"}, Count: 1}}}
			var events []Event
			for b.Loop() {
				now = now.Add(minWindow)
				o.At = now
				events = e.Observe(events[:0], o)
			}
			if len(events) == 0 {
				b.Fatal("nothing changes")
			}
		})
	}
}

// A delivery that changes nothing allocates nothing, whatever names what it touches.
func TestJoinedDoesNotAllocate(t *testing.T) {
	e := joined(t, 100)
	o := &Observation{Hits: []Hit{{Rule: "a", Labels: Labels{Dyno: "web.7"}, Count: 1}, {Rule: "b", Labels: Labels{Dyno: "web.7"}, Count: 1}}}
	now, events := t0, make([]Event, 0, 8)
	run := func() {
		now = now.Add(time.Microsecond)
		o.At = now
		events = e.Observe(events[:0], o)
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations a delivery", n)
	}
}
