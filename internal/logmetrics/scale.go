package logmetrics

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Histograms are native and classic at once. Native buckets have schema 3, eight to each doubling: a
// bucket is 9 % wide. They reach from 2^-10 s, just under the router's 1 ms, to 2^17 s, a dyno's whole
// day; below is the zero bucket, and what is above counts as the most.
const (
	nativeSchema    = 3
	perDoubling     = 1 << nativeSchema
	minExponent     = -10
	maxExponent     = 17
	nativeBuckets   = (maxExponent - minExponent) * perDoubling
	firstNative     = minExponent*perDoubling + 1 // index of the first bucket, as Prometheus numbers them
	zeroThreshold   = 1.0 / (1 << -minExponent)   // seconds
	maxDuration     = (1 << maxExponent) * time.Second
	tabulatedMillis = 4096
	maxCells        = 256 // a cell's number is a byte
)

// classicBounds are the upper bounds of the classic buckets in seconds; 30 s is where the router
// gives up (H12).
var classicBounds = [...]float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// scale cuts the durations at all bounds, native and classic, into cells: a cell lies in one bucket of
// each sort, so one count per observation makes both histograms. It is immutable.
type scale struct {
	bounds  []float64       // ascending; one that is native and classic is there twice, with an unused cell between
	edges   []time.Duration // cell i holds what is over edges[i], up to edges[i+1]
	native  []int           // of a cell: 0 for the zero bucket, else 1 + the number of its native bucket
	classic []int           // of a cell: its classic bucket; the last is +Inf
	millis  [tabulatedMillis]uint8
}

func newScale() *scale {
	isNative := make(map[float64]bool)
	s := &scale{bounds: slices.Clone(classicBounds[:])}
	for i := range nativeBuckets + 1 {
		bound := math.Ldexp(math.Exp2(float64(i%perDoubling)/perDoubling), minExponent+i/perDoubling)
		isNative[bound] = true
		s.bounds = append(s.bounds, bound)
	}
	slices.Sort(s.bounds)

	native, classic := 0, 0
	for cell := range s.cells() {
		s.native = append(s.native, min(native, nativeBuckets))
		s.classic = append(s.classic, classic)
		if cell == len(s.bounds) {
			break
		}
		bound := s.bounds[cell]
		first := cell == 0 || s.bounds[cell-1] != bound
		if isNative[bound] && first {
			native++
		} else {
			classic++
		}
	}
	s.edges = append(s.edges, -1)
	for _, bound := range s.bounds {
		s.edges = append(s.edges, longestOf(bound))
	}
	s.edges = append(s.edges, math.MaxInt64)
	for ms := range s.millis {
		s.millis[ms] = s.search(time.Duration(ms) * time.Millisecond)
	}
	return s
}

// cells is how many cells there are.
func (s *scale) cells() int { return len(s.bounds) + 1 }

// cell finds the cell of a duration of at most maxDuration. It is the one of its whole milliseconds, or, where a
// bound is between, soon after.
func (s *scale) cell(d time.Duration) uint8 {
	ms := uint64(d) / uint64(time.Millisecond)
	if ms >= tabulatedMillis {
		return s.search(d)
	}
	cell := s.millis[ms]
	for d > s.edges[cell+1] {
		cell++
	}
	return cell
}

// longestOf is the longest duration that is no more than so many seconds.
func longestOf(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	for (d + 1).Seconds() <= seconds {
		d++
	}
	for d.Seconds() > seconds {
		d--
	}
	return d
}

// search is cell without the table.
func (s *scale) search(d time.Duration) uint8 {
	return uint8(sort.SearchFloat64s(s.bounds, d.Seconds()))
}
