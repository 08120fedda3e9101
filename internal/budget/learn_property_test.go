package budget

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What is told of a dyno is right within its own interval 19 times of 20, and mostly it is told. What is
// said to fit does so as often.
func TestIntervalsHold(t *testing.T) {
	const worlds = 300
	f := func(name string, types, visits int, known float64, bad troubles) {
		t.Helper()
		all, told, within, room, fits := 0, 0, 0, 0, 0
		for seed := range uint64(worlds) {
			w := newWorld(rand.New(rand.NewPCG(seed, 6)), types, visits, 1000, bad)
			b := New(nil)
			w.live(b, t0)
			for p, truth := range w.each {
				all++
				each := b.addons[0].perDyno(p)
				if each.from == Unknown {
					continue
				}
				told++
				if math.Abs(each.connections-float64(truth)) <= each.within {
					within++
				}
			}
			if n, ok := b.Fits("web"); ok && n < mostDynos {
				room++
				if n == 0 || w.demand(w.with(n)) <= 900 {
					fits++
				}
			}
		}
		if rate := float64(within) / float64(told); rate < 0.95 {
			t.Errorf("%s: %d of %d intervals hold", name, within, told)
		}
		if rate := float64(fits) / float64(room); rate < 0.95 {
			t.Errorf("%s: %d of %d quantities fit", name, fits, room)
		}
		if rate := float64(told) / float64(all); rate < known {
			t.Errorf("%s: %d of %d are known", name, told, all)
		}
	}
	f("nothing goes wrong", 1, 3, 0.9, troubles{})
	f("few visits", 1, 3, 0.8, troubles{noise: 0.05, moods: 0.05})
	f("more visits", 1, 8, 0.9, troubles{noise: 0.05, moods: 0.05})
	f("two types", 2, 12, 0.9, troubles{noise: 0.05, moods: 0.05})
	f("three types", 3, 20, 0.9, troubles{noise: 0.05, moods: 0.05})
	f("failed scrapes and bursts", 2, 12, 0.9, troubles{noise: 0.03, moods: 0.03, scrapes: 0.1, bursts: 0.1})
	f("leaks", 1, 8, 0.7, troubles{noise: 0.03, moods: 0.03, scrapes: 0.05, bursts: 0.05, leaks: 0.1})
	f("leaks, two types", 2, 16, 0.7, troubles{noise: 0.03, moods: 0.03, scrapes: 0.05, bursts: 0.05, leaks: 0.1})
}

func TestWhatIsLearntIsSane(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, rapid.IntRange(50, 1000).Draw(t, "limit"))
		b := New(nil)
		w.live(b, t0)
		a := b.addons[0]
		for p := range w.each {
			if each := a.perDyno(p); each.connections < 0 || each.within < 0 || math.IsNaN(each.connections+each.within) {
				t.Fatalf("%s takes %s", p, each)
			}
		}
		n, ok := b.Fits("web")
		if !ok || n == 0 {
			return
		}
		if n == Unbounded {
			n = mostDynos
		}
		if use := a.useOf(w.with(n)); use.from != Unknown && use.connections+use.within > 0.9*float64(w.limit)+1e-6 {
			t.Fatalf("%d are said to fit %d, and take %s", n, w.limit, use)
		}
		if s := a.perDyno("web"); s.from == Unknown {
			t.Fatalf("%d fit, though nobody knows what one takes", n)
		}
	})
}

// One formation, however often and with whatever noise, tells nothing of one dyno.
func TestOneFormationTellsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 1000)
		for i := range w.visits {
			w.visits[i].dynos = w.visits[0].dynos
		}
		b := New(nil)
		w.live(b, t0)
		for p := range w.each {
			if each := b.addons[0].perDyno(p); each.from != Unknown && each.connections+each.within > 2 {
				t.Fatalf("%s: learnt %s from %v", p, each, w.visits[0].dynos)
			}
		}
	})
}

// Full samples raise what is told, or make it unknown; they never lower it.
func TestFullNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 1000)
		var before, after Budget
		before, after = *New(nil), *New(nil)
		at := w.live(&before, t0)
		w.live(&after, t0)
		end := w.visits[len(w.visits)-1].dynos
		for i := range rapid.IntRange(1, 8).Draw(t, "full") {
			dynos := map[string]int{}
			for p := range w.each {
				dynos[p] = rapid.IntRange(0, 9).Draw(t, fmt.Sprint(p, i))
			}
			after.Formation(dynos, at)
			limit := rapid.IntRange(10, 2000).Draw(t, "limit")
			at = after.stayed(at, limit, limit, limit, limit)
		}
		after.Formation(end, at)
		for p := range w.each {
			was, is := before.addons[0].perDyno(p), after.addons[0].perDyno(p)
			if is.from != Unknown && (was.from == Unknown || is.connections+is.within < was.connections+was.within-1e-6) {
				t.Fatalf("%s took %s, and after a full add-on %s", p, was, is)
			}
		}
	})
}

// In which order visits were, and readings in them, doesn't matter.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, 1000)
		shares := func(b *Budget) map[string]float64 {
			out := map[string]float64{}
			m := fit(b.addons[0].stays)
			for p := range w.each {
				each := told(m.each(p))
				out[p], out[p+" within"] = each.connections, each.within
			}
			return out
		}
		inOrder, shuffled := New(nil), New(nil)
		w.live(inOrder, t0)
		if len(inOrder.addons[0].stays) < len(w.visits) {
			t.Skip("an old visit is forgotten, or two are one")
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "shuffle"), 0))
		r.Shuffle(len(w.visits), func(i, j int) { w.visits[i], w.visits[j] = w.visits[j], w.visits[i] })
		for _, v := range w.visits {
			used := v.used[:min(len(v.used), keepReadings)] // of more, some are kept
			r.Shuffle(len(used), func(i, j int) { used[i], used[j] = used[j], used[i] })
		}
		w.live(shuffled, t0)
		if len(shuffled.addons[0].stays) < len(w.visits) {
			t.Skip("two are one")
		}
		roughly := cmp.Comparer(func(x, y float64) bool { return math.Abs(x-y) < 1e-3 })
		if diff := cmp.Diff(shares(inOrder), shares(shuffled), roughly); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What was learnt outlives the process, and a new one tells nothing else by it.
func TestRecallIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, rapid.IntRange(50, 1000).Draw(t, "limit"))
		before, after := New(nil), New(nil)
		at := w.live(before, t0)
		kept, err := before.Learnt()
		if err != nil {
			t.Fatal(err)
		}
		if err := after.Recall(kept); err != nil {
			t.Fatal(err)
		}
		end := w.visits[len(w.visits)-1].dynos
		for p, n := range end { // as lines tell it, one after the other
			after.Dynos(p, n, at)
		}
		same := func() {
			t.Helper()
			was, is := before.Snapshot().Addons[0].PerDyno, after.Snapshot().Addons[0].PerDyno
			if diff := cmp.Diff(was, is); diff != "" {
				t.Fatal(diff)
			}
		}
		same()
		at = at.Add(time.Minute) // an answer of now may be older than what the lines told
		for _, b := range []*Budget{before, after} {
			b.Formation(w.with(9), at)
			b.stayed(at, w.limit, 7, 8, 9)
		}
		same()
	})
}
