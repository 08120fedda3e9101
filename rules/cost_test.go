package rules

import (
	"fmt"
	"testing"
	"time"

	"drain/parser"
)

// addAll reports what Add costs a line, and each delivery of 300 beside. The lines are never seen
// before and yet warm in cache, as in the daemon, which parses each just before: they are brought
// into it a few at a time, while the clock stands.
func addAll(b *testing.B, set *Set, lines []parser.Line) {
	const few, delivery = 30, 300
	if len(lines) < delivery {
		b.Skip("too few lines of this kind")
	}
	var some [few]parser.Line
	var spent time.Duration
	batch, next, count, touched := set.NewBatch(), 0, 0, byte(0)
	clock := readingTheClock()
	for b.Loop() {
		if next+few > len(lines) {
			next = 0
		}
		copy(some[:], lines[next:])
		next += few
		for i := range some {
			touched += touch(&some[i])
		}
		start := time.Now()
		if count%delivery == 0 {
			batch.Observation()
			batch.Begin("enketo", "", t0, false)
		}
		for i := range some {
			batch.Add(&some[i])
		}
		spent += time.Since(start) - clock
		count += few
	}
	_ = touched
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(count), "ns/line")
}

func touch(line *parser.Line) (sum byte) {
	for _, view := range [...][]byte{line.Proc, line.Code, line.Msg, line.Router.Dyno} {
		for at := 0; at < len(view); at += 64 {
			sum += view[at]
		}
		if len(view) > 0 {
			sum += view[len(view)-1] // may be one cache line further
		}
	}
	for i := range line.Samples {
		sum += line.Samples[i].Name[0]
	}
	return sum
}

func readingTheClock() time.Duration {
	least := time.Hour
	for range 1000 {
		start := time.Now()
		least = min(least, time.Since(start))
	}
	return least
}

// What a line costs must not grow with rules that don't match it.
func BenchmarkAdd(b *testing.B) {
	for kind := range parser.Kind(parser.KindCount) {
		name := kind.String()
		if kind == parser.KindOther {
			name = "all"
		}
		lines := newTraffic(1).lines(30_000, kind)
		for _, n := range []int{7, 27, 100, 1000} {
			b.Run(fmt.Sprintf("%s/rules=%d", name, n), func(b *testing.B) {
				addAll(b, mustSet(b, sampleRules(n)...), lines)
			})
		}
	}
}

func TestAddDoesNotAllocateWithManyRules(t *testing.T) {
	lines := newTraffic(2).lines(2000, parser.KindOther)
	batch := mustSet(t, sampleRules(1000)...).NewBatch()
	run := func() {
		batch.Begin("enketo", "", t0, false)
		for i := range lines {
			batch.Add(&lines[i])
		}
		if o := batch.Observation(); len(o.Hits) < 10 || len(o.Samples) < 100 {
			t.Fatalf("%d hits and %d samples", len(o.Hits), len(o.Samples))
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations a delivery", n)
	}
}

func BenchmarkAddDynos(b *testing.B) {
	for _, dynos := range []int{10, 10_000} {
		b.Run(fmt.Sprint(dynos), func(b *testing.B) {
			t := newTraffic(1)
			t.dynos = dynos
			addAll(b, mustSet(b, sampleRules(27)...), t.lines(30_000, parser.KindOther))
		})
	}
}
