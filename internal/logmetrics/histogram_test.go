package logmetrics

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"
)

// oracle is client_golang's own histogram with the same buckets.
func oracle() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:                         "oracle",
		Buckets:                      classicBounds[:],
		NativeHistogramBucketFactor:  math.Exp2(1.0 / perDoubling),
		NativeHistogramZeroThreshold: zeroThreshold,
	})
}

func ours(s *scale, durations []time.Duration) *dto.Histogram {
	var h histogram
	batch := newObservations(s)
	for i, d := range durations {
		batch.add(d)
		if i%3 == 2 { // several batches
			h.merge(&batch)
			batch.reset()
		}
	}
	h.merge(&batch)
	return h.dto(s)
}

func compare(t rapid.TB, s *scale, durations []time.Duration) {
	t.Helper()
	o := oracle()
	for _, d := range durations {
		o.Observe(d.Seconds())
	}
	var want dto.Metric
	if err := o.Write(&want); err != nil {
		t.Fatalf("%v", err)
	}
	got := ours(s, durations)
	sums := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(a) })
	if diff := cmp.Diff(want.GetHistogram(), got, protocmp.Transform(), sums,
		protocmp.IgnoreFields(&dto.Histogram{}, "created_timestamp")); diff != "" {
		t.Fatalf("histogram of %v (-client_golang +ours):\n%s", durations, diff)
	}
}

func TestHistogramEqualsClientGolang(t *testing.T) {
	s := newScale()
	compare(t, s, nil)
	compare(t, s, []time.Duration{0})
	compare(t, s, []time.Duration{maxDuration})
	compare(t, s, []time.Duration{time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 250 * time.Millisecond, time.Second, 30 * time.Second})
	var each []time.Duration
	for ms := range 5000 {
		each = append(each, time.Duration(ms)*time.Millisecond)
	}
	compare(t, s, each)

	durations := rapid.OneOf(
		rapid.Map(rapid.Int64Range(0, 40_000), func(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }),
		rapid.Map(rapid.Int64Range(0, int64(maxDuration/time.Microsecond)), func(us int64) time.Duration { return time.Duration(us) * time.Microsecond }),
		rapid.Map(rapid.IntRange(0, 40), func(doublings int) time.Duration { return time.Microsecond << min(doublings, 36) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		compare(t, s, rapid.SliceOfN(durations, 0, 40).Draw(t, "durations"))
	})
}

func TestHistogramBounds(t *testing.T) {
	s := newScale()
	if s.cells() > math.MaxUint8 {
		t.Fatalf("%d cells don't fit the table's bytes", s.cells())
	}
	f := func(d, as time.Duration) {
		t.Helper()
		if diff := cmp.Diff(ours(s, []time.Duration{as}), ours(s, []time.Duration{d}), protocmp.Transform()); diff != "" {
			t.Errorf("%v isn't counted as %v:\n%s", d, as, diff)
		}
	}
	f(-time.Second, 0)
	f(math.MinInt64, 0)
	f(math.MaxInt64, maxDuration)
}

func BenchmarkObserve(b *testing.B) {
	batch := newObservations(newScale())
	var d time.Duration
	for b.Loop() {
		d = (d + 37*time.Millisecond) % (3 * time.Second)
		batch.add(d)
	}
}

// The table changes nothing.
func TestCellIsSearch(t *testing.T) {
	s := newScale()
	f := func(d time.Duration) {
		t.Helper()
		if d = within(d); s.cell(d) != s.search(d) {
			t.Fatalf("%v: cell %d, want %d", d, s.cell(d), s.search(d))
		}
	}
	for _, bound := range s.bounds {
		for off := time.Duration(-2); off <= 2; off++ {
			f(time.Duration(bound*float64(time.Second)) + off)
		}
	}
	for ms := range time.Duration(tabulatedMillis + 2) {
		for off := time.Duration(-1); off <= 1; off++ {
			f(ms*time.Millisecond + off)
		}
	}
}
