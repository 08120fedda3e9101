package budget

import (
	"testing"
	"time"
)

// stayed feeds what REDIS says each minute, once the app has had its formation for long enough to settle,
// and returns when that ends.
func (b *Budget) stayed(at time.Time, limit int, used ...int) time.Time {
	at = at.Add(settle)
	for _, n := range used {
		b.sample("REDIS", n, limit, at)
		at = at.Add(time.Minute)
	}
	return at
}

// history feeds quantities of web and what was used at each.
func history(b *Budget, limit int, points ...[2]int) time.Time {
	at := t0
	for _, p := range points {
		b.Dynos("web", p[0], at)
		at = b.stayed(at, limit, p[1], p[1], p[1])
	}
	return at
}

// takes is what is told of a dyno: "26 ± 2 (learnt)".
func (b *Budget) takes(process string) string {
	return b.Snapshot().Addons[0].PerDyno[process].String()
}

func TestLearn(t *testing.T) {
	f := func(name, want string, limit int, points ...[2]int) {
		t.Helper()
		b := New(nil)
		history(b, limit, points...)
		if got := b.takes("web"); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	f("one formation tells nothing", "unknown", 198, [2]int{4, 104})
	f("two tell", "26.0 ± 0.7 (learnt)", 198, [2]int{1, 26}, [2]int{4, 104})
	f("two far apart tell more", "26.0 ± 0.1 (learnt)", 1000, [2]int{1, 26}, [2]int{20, 520})
	f("connections that stay", "24.0 ± 0.7 (learnt)", 198, [2]int{1, 26}, [2]int{4, 98})
	f("four tell more", "24.0 ± 0.4 (learnt)", 198, [2]int{1, 26}, [2]int{4, 98}, [2]int{2, 50}, [2]int{5, 122})
	f("one of six was off", "10 ± 2 (learnt)", 198, [2]int{1, 10}, [2]int{2, 20}, [2]int{3, 90}, [2]int{4, 40}, [2]int{5, 50}, [2]int{6, 60})
	f("more dynos with fewer connections", "unknown", 198, [2]int{1, 50}, [2]int{4, 10})
	f("no rule in it", "unknown", 400, [2]int{1, 26}, [2]int{2, 150}, [2]int{3, 30}, [2]int{4, 180})

	// At the limit 4 dynos show 38. Taken as a point it would say 4 a dyno, with room for all.
	f("a full add-on is no point", "unknown", 38, [2]int{1, 26}, [2]int{4, 38})
	f("nor one at 95 %", "unknown", 100, [2]int{1, 26}, [2]int{4, 95})
	f("one below is", "22.7 ± 0.7 (learnt)", 100, [2]int{1, 26}, [2]int{4, 94})
	f("a limit that isn't known may be reached", "unknown", 0, [2]int{1, 26}, [2]int{4, 104})
}

// Where a platform's rhythms run faster, dynos settle as much sooner, and a figure is old as much sooner.
func TestFaster(t *testing.T) {
	b := New(nil).Faster(10)
	at := t0
	for _, web := range []int{1, 4} {
		b.Dynos("web", web, at)
		b.sample("REDIS", 70, 198, at.Add(11*time.Second)) // of no formation yet
		for i := range 3 {
			b.sample("REDIS", 26*web, 198, at.Add(12*time.Second+time.Duration(i)*6*time.Second))
		}
		at = at.Add(time.Minute)
	}
	if got := b.takes("web"); got != "26.0 ± 0.7 (learnt)" {
		t.Error(got)
	}
	at = at.Add(-time.Minute + 24*time.Second) // of the newest figure
	other := Sample{Addon: "redis-REDIS", Attachment: "REDIS", Used: 7, Limit: 198}
	for _, after := range []time.Duration{17 * time.Second, 18 * time.Second} {
		other.At = at.Add(after)
		b.Observe(other)
		if used := b.Snapshot().Addons[0].Used; (used == 7) != (after == 18*time.Second) {
			t.Errorf("%v after: %d", after, used)
		}
	}
}

// Nothing is learnt from what isn't sure.
func TestLearnsOnlyFromWhatIsSure(t *testing.T) {
	f := func(name, want string, change func(b *Budget, at time.Time) (restless time.Time, s Sample)) {
		t.Helper()
		b := New(nil)
		at := history(b, 198, [2]int{1, 26})
		b.Dynos("web", 4, at)
		at, s := change(b, at)
		for i := range 3 {
			s.At = at.Add(settle + time.Duration(i)*time.Second)
			b.Observe(s)
		}
		if got := b.takes("web"); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	good := Sample{Addon: "redis-REDIS", Attachment: "REDIS", Used: 104, Limit: 198, Own: true}
	const learnt, second = "26.0 ± 0.7 (learnt)", time.Second
	f("all is well", learnt, func(_ *Budget, at time.Time) (time.Time, Sample) { return at, good })
	f("the dynos are still starting", "unknown", func(_ *Budget, at time.Time) (time.Time, Sample) { return at.Add(-second), good })
	f("a dyno crashed", "unknown", func(b *Budget, at time.Time) (time.Time, Sample) { b.Restless(at.Add(second)); return at, good })
	f("a release is under way", "unknown", func(b *Budget, at time.Time) (time.Time, Sample) { b.Released(at.Add(second)); return at, good })
	f("a release was a while ago, and what was before it weighs less", "26.0 ± 0.8 (learnt)", func(b *Budget, at time.Time) (time.Time, Sample) { b.Released(at); return at, good })
	f("the bare password", "unknown", func(_ *Budget, at time.Time) (time.Time, Sample) { s := good; s.Own = false; return at, s })
	f("another type has dynos, unseen until now", "unknown", func(b *Budget, at time.Time) (time.Time, Sample) { b.Dynos("worker", 1, at); return at, good })
	f("a new type has none", learnt, func(b *Budget, at time.Time) (time.Time, Sample) { b.Dynos("worker", 0, at); return at, good })

	b := New(nil)
	at := b.stayed(t0, 198, 26, 26, 26) // the formation isn't known yet
	b.Dynos("web", 4, at)
	at = b.stayed(at, 198, 104, 104, 104)
	b.Dynos("web", 5, at)
	b.stayed(at, 198, 130, 130)
	if got := b.takes("web"); got != "unknown" {
		t.Errorf("two readings, of what could be two dynos that just died: got %s", got)
	}
}

// What the types take is told apart where they moved apart, and their sum where they didn't.
func TestLearnTypes(t *testing.T) {
	type both struct{ web, worker, used int }
	f := func(name, web, worker, line string, points ...both) {
		t.Helper()
		b, at := New(nil), t0
		for _, p := range points {
			b.Formation(map[string]int{"web": p.web, "worker": p.worker}, at)
			at = b.stayed(at, 198, p.used, p.used, p.used)
		}
		if got := b.takes("web"); got != web {
			t.Errorf("%s: web: got %s, want %s", name, got, web)
		}
		if got := b.takes("worker"); got != worker {
			t.Errorf("%s: worker: got %s, want %s", name, got, worker)
		}
		if got := b.Line("web"); got != line {
			t.Errorf("%s: got  %s\nwant %s", name, got, line)
		}
	}
	f("moved apart", "10.0 ± 0.7 (learnt)", "20 ± 2 (learnt)", "web 1 × 10.0 ± 0.7 + worker 2 × 20 ± 2 + 3 = 53 ± 2 of 198 (learnt); 12 fit",
		both{1, 1, 33}, both{4, 1, 63}, both{1, 2, 53})
	f("the worker never moved", "10.0 ± 0.7 (learnt)", "unknown", "web 4 × 10.0 ± 0.7 + 23 = 63 ± 2 of 198 (learnt); 14 fit",
		both{1, 1, 33}, both{4, 1, 63})
	f("both moved together", "unknown", "unknown", "123 of 198 used by web 4 and worker 4; connections per dyno unknown",
		both{1, 1, 33}, both{4, 4, 123})
}

// More types than can be told apart are not told apart.
func TestManyTypes(t *testing.T) {
	b, at := New(nil), t0
	for i := range 2 * maxLearnt {
		dynos := map[string]int{}
		for j := range maxLearnt + 1 {
			dynos[string(rune('a'+j))] = 1 + i%(j+2)
		}
		b.Formation(dynos, at)
		at = b.stayed(at, 1000, 100, 100, 100)
	}
	if n, ok := b.Fits("a"); ok {
		t.Errorf("%d fit", n)
	}
}

// What a dyno of a new type takes isn't known, and so not whether there is room beside it.
func TestNewType(t *testing.T) {
	b, at := learntOnce()
	b.Dynos("clock", 0, at)
	if n, ok := b.Fits("web"); !ok || n != 8 {
		t.Errorf("%d fit beside none of the new type, %t", n, ok)
	}
	b.Dynos("clock", 1, at)
	if n, ok := b.Fits("web"); ok {
		t.Errorf("%d fit beside one of the new type", n)
	}
}
