package budget

import (
	"testing"
	"time"
)

// A change to more dynos is remembered, and whether they fit.
func TestGrowth(t *testing.T) {
	f := func(name string, want Growth, redis map[string]Redis, live func(b *Budget)) {
		t.Helper()
		b := New(redis)
		live(b)
		var got Growth
		if g := b.Snapshot().Growth; g != nil {
			got = *g
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	main := map[string]Redis{"MAIN": {PerDyno: map[string]int{"web": 26}, Limit: 198}}
	later := t0.Add(time.Hour)
	f("the first that is heard of it is no growth", Growth{}, main, func(b *Budget) { b.Dynos("web", 4, t0) })
	f("nor are fewer", Growth{}, main, func(b *Budget) { b.Dynos("web", 4, t0); b.Dynos("web", 2, later) })
	f("6 fit", Growth{"web", 4, 6, later, Fits}, main, func(b *Budget) { b.Dynos("web", 4, t0); b.Dynos("web", 6, later) })
	f("7 don't", Growth{"web", 4, 7, later, FitsNot}, main, func(b *Budget) { b.Dynos("web", 4, t0); b.Dynos("web", 7, later) })
	f("and then do", Growth{"web", 4, 7, later, Fits}, main, func(b *Budget) {
		b.Dynos("web", 4, t0)
		b.Dynos("web", 7, later)
		b.Dynos("web", 5, later)
	})
	f("another add-on isn't known", Growth{"web", 4, 6, later, FitsUnknown}, map[string]Redis{"MAIN": main["MAIN"], "OTHER": {}}, func(b *Budget) {
		b.Dynos("web", 4, t0)
		b.Dynos("web", 6, later)
	})
	beside := map[string]Redis{"MAIN": {PerDyno: map[string]int{"web": 26, "worker": 5}, Limit: 198}}
	f("nor do 8, however many workers there are", Growth{"web", 4, 8, later, FitsNot}, beside, func(b *Budget) { b.Dynos("web", 4, t0); b.Dynos("web", 8, later) })
	f("5 may", Growth{"web", 4, 5, later, FitsUnknown}, beside, func(b *Budget) { b.Dynos("web", 4, t0); b.Dynos("web", 5, later) })
	f("an answer that is older than what was heard", Growth{}, main, func(b *Budget) {
		b.Formation(map[string]int{"web": 4}, t0)
		b.Dynos("web", 1, later)
		b.Formation(map[string]int{"web": 4}, later.Add(-time.Second))
		b.Formation(map[string]int{"web": 4}, later.Add(time.Second)) // by a clock that is ahead
	})
	f("a newer answer", Growth{"web", 1, 4, later.Add(time.Minute), Fits}, main, func(b *Budget) {
		b.Dynos("web", 1, later)
		b.Formation(map[string]int{"web": 4}, later.Add(time.Minute))
	})
	f("an answer without a type that was heard of since", Growth{"web", 1, 2, later, Fits}, main, func(b *Budget) {
		b.Dynos("web", 1, t0)
		b.Dynos("web", 2, later)
		b.Formation(map[string]int{}, later.Add(-time.Second))
		b.Dynos("web", 2, later.Add(time.Second))
	})
	f("a type that is no more", Growth{}, main, func(b *Budget) {
		b.Formation(map[string]int{"web": 4, "old": 3}, t0)
		b.Formation(map[string]int{"web": 4}, later)
	})
}

// A process type that the platform doesn't name any more has no dynos.
func TestFormation(t *testing.T) {
	b := New(nil)
	b.Formation(map[string]int{"web": 4, "old": 3}, t0)
	b.Formation(map[string]int{"web": 4}, t0)
	if b.dynos["old"] != 0 || b.dynos["web"] != 4 {
		t.Errorf("%v", b.dynos)
	}
}
