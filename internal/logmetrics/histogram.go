package logmetrics

import (
	"time"

	dto "github.com/prometheus/client_model/go"
)

// histogramSeries is what a histogram counts against the limit: its classic buckets, +Inf, sum and count.
const histogramSeries = len(classicBounds) + 3

// histogram has the observations of all time. Its scale says what the cells mean.
type histogram struct {
	cells  *[maxCells]uint64 // nil before the first observation
	micros int64             // the sum
}

// init makes room for observations.
func (h *histogram) init() {
	if h.cells == nil {
		h.cells = new([maxCells]uint64)
	}
}

// merge takes over a batch's observations.
func (h *histogram) merge(o *observations) {
	if o.used == 0 {
		return
	}
	h.init()
	for _, cell := range o.touched[:o.used] {
		h.cells[cell] += uint64(o.cells[cell])
	}
	h.micros += o.micros
}

// addLong counts those of whole milliseconds that are not in the scale's table. It needs init.
func (h *histogram) addLong(millis []uint32, s *scale) {
	for _, ms := range millis {
		if ms >= tabulatedMillis {
			d := within(time.Duration(ms) * time.Millisecond)
			h.cells[s.search(d)]++
			h.micros += d.Microseconds()
		}
	}
}

func (h *histogram) clone() histogram {
	if h.cells == nil {
		return histogram{}
	}
	return histogram{cells: new(*h.cells), micros: h.micros}
}

// dto writes both histograms, native and classic.
func (h *histogram) dto(s *scale) *dto.Histogram {
	var classic [len(classicBounds) + 1]uint64
	var native [1 + nativeBuckets]uint64
	var count uint64
	if h.cells != nil {
		for cell, n := range h.cells[:s.cells()] {
			classic[s.classic[cell]] += n
			native[s.native[cell]] += n
			count += n
		}
	}

	out := &dto.Histogram{
		SampleCount:   &count,
		SampleSum:     new(float64(h.micros) / 1e6),
		Schema:        new(int32(nativeSchema)),
		ZeroThreshold: new(float64(zeroThreshold)),
		ZeroCount:     &native[0],
	}
	var cumulative uint64
	for i, bound := range classicBounds {
		cumulative += classic[i]
		out.Bucket = append(out.Bucket, &dto.Bucket{CumulativeCount: new(cumulative), UpperBound: new(bound)})
	}
	out.PositiveSpan, out.PositiveDelta = spans(native[1:])
	return out
}

// maxGap is how many empty buckets are written out rather than skipped: a new span takes as much room.
const maxGap = 2

// spans writes the native buckets as Prometheus wants them: runs of buckets, each given by its
// distance from the one before, and counts as differences from the count before.
func spans(buckets []uint64) (spans []*dto.BucketSpan, deltas []int64) {
	var previous int64
	next := -firstNative // where the last span ended; offsets of the first count from bucket 0
	for i, n := range buckets {
		if n == 0 {
			continue
		}
		gap := i - next
		if len(spans) == 0 || gap > maxGap {
			spans = append(spans, &dto.BucketSpan{Offset: new(int32(gap)), Length: new(uint32(0))})
			gap = 0
		}
		for ; gap > 0; gap-- {
			deltas = append(deltas, -previous)
			previous = 0
			*spans[len(spans)-1].Length++
		}
		deltas = append(deltas, int64(n)-previous)
		previous = int64(n)
		*spans[len(spans)-1].Length++
		next = i + 1
	}
	return spans, deltas
}
