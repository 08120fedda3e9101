package rules

import (
	"fmt"
	"testing"
	"time"

	"drain/parser"
)

// chunk is about what fits into the first-level cache with its texts, as a line does in the daemon,
// where it is parsed just before.
const chunk = 100

// addAll runs lines through batch, chunk by chunk, each warm in cache, and returns the time a line.
func addAll(b *testing.B, batch *Batch, lines []parser.Line) {
	var spent time.Duration
	next, count, touched := 0, 0, byte(0)
	for b.Loop() {
		if next+chunk > len(lines) {
			next = 0
		}
		some := lines[next : next+chunk]
		next += chunk
		for i := range some {
			for at := 0; at < len(some[i].Msg); at += 64 {
				touched += some[i].Msg[at]
			}
			touched += byte(some[i].Lost)
		}
		start := time.Now()
		batch.Begin("enketo", "", t0, false)
		for i := range some {
			batch.Add(&some[i])
		}
		batch.Observation()
		spent += time.Since(start)
		count += chunk
	}
	_ = touched
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(count), "ns/line")
}

// What a line costs must not grow with rules that don't match it.
func BenchmarkAdd(b *testing.B) {
	lines := newTraffic(1).lines(b, 30_000)
	for _, n := range []int{7, 27, 100, 1000} {
		set := mustSet(b, sampleRules(n)...)
		for kind := range parser.Kind(parser.KindCount) {
			var some []parser.Line
			for _, l := range lines {
				if l.Kind == kind || kind == parser.KindOther {
					some = append(some, l)
				}
			}
			if len(some) < chunk {
				continue
			}
			name := kind.String()
			if kind == parser.KindOther {
				name = "all"
			}
			b.Run(fmt.Sprintf("rules=%d/%s", n, name), func(b *testing.B) { addAll(b, set.NewBatch(), some) })
		}
	}
}

func BenchmarkAddDynos(b *testing.B) {
	for _, dynos := range []int{10, 10_000} {
		b.Run(fmt.Sprint(dynos), func(b *testing.B) {
			t := newTraffic(1)
			t.dynos = dynos
			addAll(b, mustSet(b, sampleRules(27)...).NewBatch(), t.lines(b, 30_000))
		})
	}
}
