package logmetrics

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/parser"
)

// typicalLines is what an app with some dynos sends in one delivery.
func typicalLines(n, dynos int) []parser.Line {
	lines := make([]parser.Line, n)
	for i := range lines {
		dyno := fmt.Sprintf("web.%d", i%dynos)
		switch i % 20 {
		case 0:
			lines[i] = samples(parser.KindRuntime, start, dyno, "memory_total", 1.0, "memory_rss", 1.0, "memory_cache", 1.0, "memory_swap", 1.0)
		case 1:
			lines[i] = of(samples(parser.KindRedis, start, "heroku-redis", "active-connections", 1.0, "max-connections", 1.0), "redis-x-1", "REDIS")
		case 2:
			lines[i] = code(request(start.Add(-time.Second), "GET", dyno, 503, 30*time.Second), "H12")
		case 3, 4, 5, 6, 7, 8:
			lines[i] = appLine(start.Add(-time.Duration(i) * time.Millisecond))
		default:
			lines[i] = request(start.Add(-time.Duration(i)*time.Millisecond), "GET", dyno, 200, time.Duration(i)*time.Millisecond)
		}
	}
	return lines
}

// A batch that was used before counts like a new one.
func TestABatchIsUsedAgain(t *testing.T) {
	w := newWorld(t, Options{})
	lines := typicalLines(40, 3)
	totals := func() map[string]float64 {
		totals := make(map[string]float64)
		for name, family := range w.families() {
			for _, m := range family.GetMetric() {
				totals[nameOf(name, m)] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		return totals
	}
	b := w.Batch()
	deliver := func() { // with the same batch, though the pool has it again
		b.Begin("enketo", start)
		for i := range lines {
			b.Add(&lines[i])
		}
		b.Match("rule", 2)
		b.Lost(3)
		b.Commit()
	}
	deliver()
	once := totals()
	deliver()
	twice := totals()
	for series, n := range once {
		once[series] = 2 * n
	}
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Errorf("twice the first totals (-want +got):\n%s", diff)
	}
}

// The smallest of several runs counts: the garbage collector and the race detector empty the pool now
// and then.
func TestNothingIsAllocatedInTheSteadyState(t *testing.T) {
	w := newWorld(t, Options{})
	lines := typicalLines(300, 20)
	deliver := func() {
		b := w.Batch()
		b.Begin("enketo", start)
		for i := range lines {
			b.Add(&lines[i])
		}
		b.Match("request-timeouts", 3)
		b.Commit()
	}
	least := 1e9
	for range 20 {
		least = min(least, testing.AllocsPerRun(1, deliver))
	}
	if least != 0 {
		t.Errorf("%v allocations a delivery, want 0", least)
	}
}

func BenchmarkDeliver(b *testing.B) {
	for _, dynos := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("dynos=%d", dynos), func(b *testing.B) {
			w := newWorld(b, Options{})
			lines := typicalLines(max(300, 2*dynos), dynos)
			w.deliver("enketo", lines...)
			b.ReportAllocs()
			next := 0
			for b.Loop() {
				batch := w.Batch()
				batch.Begin("enketo", start)
				for range 300 {
					batch.Add(&lines[next%len(lines)])
					next++
				}
				batch.Commit()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/300, "ns/line")
		})
	}
}

func BenchmarkCollect(b *testing.B) {
	w := newWorld(b, Options{})
	w.deliver("enketo", typicalLines(2000, 1000)...)
	b.ReportAllocs()
	for b.Loop() {
		w.families()
	}
	b.ReportMetric(float64(w.limit.used.Load()), "series")
}
