package logmetrics

import "time"

// observations are one batch's part of a histogram, by its cells.
type observations struct {
	scale   *scale
	cells   [maxCells]uint32
	touched [maxCells]uint8 // the first used are those of cells that aren't 0
	used    int
	micros  int64 // the sum
}

func newObservations(s *scale) observations { return observations{scale: s} }

// add counts one. Only clocks that differ make one below 0, which counts as 0.
func (o *observations) add(d time.Duration) {
	d = within(d)
	o.put(o.scale.cell(d), 1)
	o.micros += d.Microseconds()
}

// put counts n of a cell, at least one.
func (o *observations) put(cell uint8, n uint32) {
	if o.cells[cell] == 0 {
		o.touched[o.used] = cell
		o.used++
	}
	o.cells[cell] += n
}

func (o *observations) reset() {
	for _, cell := range o.touched[:o.used] {
		o.cells[cell] = 0
	}
	o.used, o.micros = 0, 0
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

// addAll counts how late lines of certain times are at another, all in Unix nanoseconds. It returns the newest
// of them, 0 for none, for which another loop would have to read them again.
func (o *delays) addAll(nanos []int64, at int64) (newest int64) {
	for {
		from, width, n, sum := at-int64(o.low), o.width, 0, uint64(0)
		for _, t := range nanos {
			beyond := uint64(from - t)
			if beyond-1 >= width {
				break
			}
			newest = max(newest, t)
			sum += beyond
			n++
		}
		o.n, o.beyond = o.n+uint32(n), o.beyond+sum
		if n == len(nanos) {
			return newest
		}
		newest = max(newest, nanos[n])
		o.elsewhere(time.Duration(at - nanos[n]))
		nanos = nanos[n+1:]
	}
}

// elsewhere counts one that isn't in the cell, and makes its cell the one.
func (o *delays) elsewhere(d time.Duration) {
	o.settle()
	d = within(d)
	o.cell = o.scale.cell(d)
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
