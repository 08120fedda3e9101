package logmetrics

import (
	"math/bits"
	"time"
)

// observations are one batch's part of a histogram, by its cells.
type observations struct {
	scale   *scale
	cells   [maxCells]uint32
	touched [maxCells / 64]uint64 // a bit for each of cells that isn't 0
	micros  int64                 // the sum
}

func newObservations(s *scale) observations { return observations{scale: s} }

// add counts one. Only clocks that differ make one below 0, which counts as 0.
func (o *observations) add(d time.Duration) {
	d = within(d)
	cell := uint8(0)
	if ms := uint64(d) / uint64(time.Millisecond); ms < tabulatedMillis && time.Duration(ms)*time.Millisecond == d {
		cell = o.scale.millis[ms]
	} else {
		cell = o.scale.search(d)
	}
	o.put(cell, 1)
	o.micros += d.Microseconds()
}

// addMillis counts some of whole milliseconds.
func (o *observations) addMillis(millis []uint32) {
	sum := uint64(0)
	for _, ms := range millis {
		if ms >= tabulatedMillis {
			o.add(time.Duration(ms) * time.Millisecond)
			continue
		}
		o.put(o.scale.millis[ms], 1)
		sum += uint64(ms)
	}
	o.micros += int64(sum) * 1000
}

func (o *observations) put(cell uint8, n uint32) {
	o.cells[cell] += n
	o.touched[cell/64] |= 1 << (cell % 64)
}

// all yields the cells that aren't 0.
func (o *observations) all(yield func(cell uint8, n uint32) bool) {
	for i, word := range o.touched {
		for ; word != 0; word &= word - 1 {
			cell := uint8(64*i + bits.TrailingZeros64(word))
			if !yield(cell, o.cells[cell]) {
				return
			}
		}
	}
}

func (o *observations) reset() {
	for cell := range o.all {
		o.cells[cell] = 0
	}
	clear(o.touched[:])
	o.micros = 0
}

// within is the nearest duration that the scale has.
func within(d time.Duration) time.Duration { return max(0, min(d, maxDuration)) }

// delays are observations that are mostly in the same cell as the one before: lines of one delivery are
// late by nearly the same.
type delays struct {
	observations
	cell       uint8
	low, width uint64 // the cell's durations are over low and no more than width beyond; width 0: there is no cell yet
	n          uint32 // those in the cell that cells doesn't have yet, …
	beyond     uint64 // … and how much they are over low, together
}

func newDelays(s *scale) delays { return delays{observations: newObservations(s)} }

func (o *delays) add(d time.Duration) {
	beyond := uint64(d) - o.low
	if beyond-1 >= o.width {
		o.elsewhere(d)
		return
	}
	o.n++
	o.beyond += beyond
}

// addAll counts how late lines of certain times are at another, all in Unix nanoseconds.
func (o *delays) addAll(nanos []int64, at int64) {
	low, width, n, sum := o.low, o.width, uint32(0), uint64(0)
	for _, nanos := range nanos {
		beyond := uint64(at-nanos) - low
		if beyond-1 < width {
			n++
			sum += beyond
			continue
		}
		o.n, o.beyond = o.n+n, o.beyond+sum
		o.elsewhere(time.Duration(at - nanos))
		low, width, n, sum = o.low, o.width, 0, 0
	}
	o.n, o.beyond = o.n+n, o.beyond+sum
}

// elsewhere counts one that isn't in the cell, and makes its cell the one.
func (o *delays) elsewhere(d time.Duration) {
	o.settle()
	d = within(d)
	o.cell = o.scale.near(o.cell, d)
	low := o.scale.edges[o.cell]
	o.low, o.width = uint64(low), uint64(o.scale.edges[o.cell+1]-low)
	o.n, o.beyond = 1, uint64(d-low)
}

// settle puts those of the last cells together.
func (o *delays) settle() {
	if o.n == 0 {
		return
	}
	o.put(o.cell, o.n)
	low := int64(o.low)
	o.micros += int64(o.n)*(low/1000) + (int64(o.n)*(low%1000)+int64(o.beyond))/1000
	o.n, o.beyond = 0, 0
}

func (o *delays) reset() {
	o.settle()
	o.observations.reset()
}

// maxKept is how long a batch's lists may be to be used again; that is ten times a full delivery.
const maxKept = 16_384

// empty returns a list's memory to be used again.
func empty[T any](list []T) []T {
	if cap(list) > maxKept {
		return nil
	}
	return list[:0]
}
