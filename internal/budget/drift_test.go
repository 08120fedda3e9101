package budget

import (
	"testing"
	"time"
)

// learntOnce is a Budget that knows what web takes, and the time by then.
func learntOnce() (*Budget, time.Time) {
	b := New(nil)
	at := history(b, 198, [2]int{1, 20}, [2]int{4, 80}, [2]int{2, 40})
	return b, at
}

// A release may change what a dyno takes. What contradicts the past after one ends it; what agrees with
// it goes on.
func TestRelease(t *testing.T) {
	f := func(name string, released bool, used int, want, later string) {
		t.Helper()
		b, at := learntOnce()
		if released {
			b.Released(at.Add(-time.Minute))
			b.Released(at) // one deploy is several lines
		}
		b.Dynos("web", 3, at)
		at = b.stayed(at, 198, used, used, used)
		if got := b.takes("web"); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		b.Dynos("web", 1, at)
		b.stayed(at, 198, used/3, used/3, used/3)
		if got := b.takes("web"); got != later {
			t.Errorf("%s, later: got %s, want %s", name, got, later)
		}
	}
	f("the same", true, 60, "20.0 ± 0.8 (learnt)", "20.0 ± 0.6 (learnt)")
	f("twice as many", true, 120, "unknown", "40.0 ± 1.0 (learnt)")
	f("half as many", true, 30, "unknown", "10.0 ± 1.0 (learnt)")
	f("no release, and far more", false, 120, "unknown", "unknown")

	b, at := learntOnce()
	at = b.stayed(at, 198, 40, 40, 40, 40, 40)
	b.Released(at)
	b.stayed(at, 198, 80, 80, 80, 80) // the same dynos go on
	if got := b.takes("web"); got != "unknown" {
		t.Errorf("2 took 40 and now 80: got %s", got)
	}
}

// The newest stay is no outlier to be forgotten: it may be how it is from now on.
func TestNewestCounts(t *testing.T) {
	b, at := learntOnce()
	if n, _ := b.Fits("web"); n != 8 {
		t.Fatalf("%d fit, want 8 of 20 each in 0.9 × 198", n)
	}
	b.Dynos("web", 5, at)
	at = b.stayed(at, 198, 115, 115, 115) // 23 each
	if n, ok := b.Fits("web"); !ok || n >= 8 {
		t.Errorf("%d fit, %t: as if 5 dynos didn't take 115", n, ok)
	}
	b.Dynos("web", 6, at)
	at = b.stayed(at, 198, 120, 120, 120)
	if got := b.takes("web"); got != "20 ± 2 (learnt)" {
		t.Errorf("it was once: got %s", got)
	}
	for _, n := range []int{3, 1, 7, 2} {
		b.Dynos("web", n, at)
		at = b.stayed(at, 198, 20*n, 20*n, 20*n)
	}
	b.Dynos("web", 4, at)
	b.stayed(at, 198, 120, 120, 120)
	if n := b.Snapshot().Addons[0].Need; n.Connections+n.PlusMinus < 120 {
		t.Errorf("120 are in use, and %d ± %d are needed", n.Connections, n.PlusMinus)
	}
}

// A full add-on tells the least that dynos take. Where that is more than was learnt, it is known no more;
// and again once as many dynos took less.
func TestBoundContradicts(t *testing.T) {
	b, at := learntOnce()
	b.Dynos("web", 5, at)
	at = b.stayed(at, 198, 198, 198, 198)
	if got := b.takes("web"); got != "unknown" {
		t.Errorf("5 dynos take 198 or more: got %s", got)
	}
	if n, ok := b.Fits("web"); ok {
		t.Errorf("%d fit, though 5 took all there is", n)
	}
	b.Dynos("web", 4, at)
	at = b.stayed(at, 198, 80, 80, 80)
	if got := b.takes("web"); got != "unknown" {
		t.Errorf("4 dynos say nothing of 5: got %s", got)
	}
	b.Dynos("web", 5, at)
	b.stayed(at, 198, 100, 100, 100)
	if got := b.takes("web"); got != "20.0 ± 0.4 (learnt)" {
		t.Errorf("5 take 100 by now: got %s", got)
	}

	// 8 dynos would take 160: that 38 were seen is no news.
	b, at = learntOnce()
	b.Dynos("web", 8, at)
	b.stayed(at, 38, 38, 38, 38)
	if got := b.takes("web"); got != "20.0 ± 0.6 (learnt)" {
		t.Errorf("a bound that explains itself: got %s", got)
	}
	// The same dynos, on a larger plan: now it is known what they take.
	b.stayed(at.Add(time.Hour), 198, 160, 160, 160)
	if got := b.takes("web"); got != "20.0 ± 0.3 (learnt)" {
		t.Errorf("after the limit was raised: got %s", got)
	}
	// A client that crashes at the limit lets go of its connections for a while.
	b, at = learntOnce()
	b.Dynos("web", 8, at)
	b.stayed(at, 38, 5, 38, 4, 6, 38, 8, 5, 5)
	if got := b.takes("web"); got != "20.0 ± 0.6 (learnt)" {
		t.Errorf("full now and then: got %s", got)
	}
}

// What is remembered is bounded, and is of formations that differ.
func TestStaysAreBounded(t *testing.T) {
	b, at := New(nil), t0
	for i := range 400 {
		b.Dynos("web", 4+i%2, at)
		at = b.stayed(at, 198, 80+20*(i%2), 80+20*(i%2), 80+20*(i%2))
	}
	if n := len(b.addons[0].stays); n > 2*maxAlike {
		t.Errorf("%d stays of two formations", n)
	}
	for i := range 400 {
		b.Dynos("web", i+6, at)
		at = b.stayed(at, 100_000, 20*(i+6), 20*(i+6), 20*(i+6))
	}
	for range 1000 {
		at = b.stayed(at, 100_000, 8100)
	}
	stays := b.addons[0].stays
	if len(stays) != maxStays {
		t.Errorf("%d stays", len(stays))
	}
	for _, s := range stays {
		if len(s.Readings) > keepReadings || s.To.Sub(s.From) > longest {
			t.Errorf("%d readings in %s", len(s.Readings), s.To.Sub(s.From))
		}
	}
	at = at.Add(oldest + time.Hour)
	b.Dynos("web", 3, at)
	b.stayed(at, 198, 60, 60, 60)
	if got := b.takes("web"); got != "unknown" {
		t.Errorf("learnt %s from a month ago", got)
	}
}

// However often an add-on is full, what was seen before is not forgotten for it.
func TestFullMakesNothingForgotten(t *testing.T) {
	f := func(formations int) {
		t.Helper()
		b, at := learntOnce()
		for i := range 100 {
			b.Dynos("web", 2+i%formations, at)
			at = b.stayed(at, 38, 38, 38, 38)
		}
		if got := b.takes("web"); got != "20.0 ± 0.6 (learnt)" {
			t.Errorf("%d formations: got %s", formations, got)
		}
		if n := len(b.addons[0].stays); n > 3+min(formations, maxBounds) {
			t.Errorf("%d formations: %d stays", formations, n)
		}
	}
	f(2)
	f(50)

	b, at := New(nil), t0
	for i := range 2 * maxAlike {
		b.Dynos("web", 1+i%2, at)
		at = b.stayed(at, 198, 20+20*(i%2), 20+20*(i%2), 20+20*(i%2))
	}
	before := b.takes("web")
	for i := range 10 {
		b.Dynos("web", 1+i%2, at)
		at = b.stayed(at, 10, 10, 10, 10)
	}
	if got := b.takes("web"); got != before {
		t.Errorf("full in formations that are known well: got %s, want %s", got, before)
	}
	for i := range 100 { // somebody tries out quantities
		b.Dynos("web", 5+i, at)
		at = b.stayed(at, 198, 100)
	}
	if n := len(b.addons[0].stays); n > 2*maxAlike+2+1 {
		t.Errorf("%d stays, of which most tell nothing", n)
	}
}

// A long stay's readings are from all of it.
func TestReadingsAreSpread(t *testing.T) {
	s := &stay{Every: 1}
	for i := range 1000 {
		s.add(i, false, t0)
	}
	if got := s.middle(); got < 400 || got > 600 {
		t.Errorf("the middle of 0 to 999 is %g", got)
	}
}
