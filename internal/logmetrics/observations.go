package logmetrics

import "time"

// observations are one batch's part of a histogram: what is a few whole milliseconds, as nearly all
// is, counted by its cell; the rest listed.
type observations struct {
	scale    *scale
	cells    [maxCells]uint32
	touched  []uint8 // the cells that aren't 0
	micros   int64   // the sum of these
	list     []time.Duration
	truncate bool // only whole milliseconds count
}

func newObservations(s *scale) observations { return observations{scale: s} }

func (o *observations) add(d time.Duration) {
	ms := uint64(d) / uint64(time.Millisecond) // huge where d is negative
	if ms >= tabulatedMillis || !o.truncate && time.Duration(ms)*time.Millisecond != d {
		o.list = append(o.list, d)
		return
	}
	cell := o.scale.millis[ms]
	if o.cells[cell] == 0 {
		o.touched = append(o.touched, cell)
	}
	o.cells[cell]++
	o.micros += int64(ms) * 1000
}

func (o *observations) reset() {
	for _, cell := range o.touched {
		o.cells[cell] = 0
	}
	o.touched, o.micros = o.touched[:0], 0
	o.list = empty(o.list)
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
