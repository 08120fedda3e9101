package logmetrics

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Delays are counted as one by one, whichever came before, in one batch or in several, one at a time or many.
func TestDelaysAgainstOneByOne(t *testing.T) {
	s, now := newScale(), start.UnixNano()
	rapid.Check(t, func(t *rapid.T) {
		edge := rapid.SampledFrom(s.edges[:len(s.edges)-1]).Draw(t, "edge")
		draw := rapid.OneOf(
			rapid.Map(rapid.IntRange(-1, 1), func(off int) time.Duration { return edge + time.Duration(off) }),
			rapid.Map(rapid.Int64Range(-1e9, 12e9), func(ns int64) time.Duration { return time.Duration(ns) }),
			rapid.SampledFrom([]time.Duration{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, maxDuration, maxDuration + 1, math.MaxInt64}),
		)
		batch, want := newDelays(s), histogram{}
		var got histogram
		want.init()
		got.init()
		var sum, cuts int64
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			few := rapid.SliceOfN(draw, 1, 3).Draw(t, "few") // so that many follow one like them
			for _, d := range rapid.SliceOfN(rapid.SampledFrom(few), 0, 30).Draw(t, "delays") {
				if rapid.Bool().Draw(t, "one") {
					batch.add(d)
				} else {
					batch.addAll([]int64{now - int64(d), now - int64(d)}, now)
					want.cells[s.search(within(d))]++
					sum += int64(within(d))
				}
				want.cells[s.search(within(d))]++
				sum += int64(within(d))
				cuts++
			}
			batch.settle()
			got.merge(&batch.observations)
			batch.reset()
		}
		if diff := cmp.Diff(*want.cells, *got.cells); diff != "" {
			t.Fatalf("cells (-want +got):\n%s", diff)
		}
		if sum /= 1000; got.micros > sum || got.micros < sum-cuts-1 { // a run of them loses less than 1 µs
			t.Fatalf("together %d µs, want %d", got.micros, sum)
		}
	})
}
