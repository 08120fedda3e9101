package logmetrics

import (
	"iter"
	"time"
)

// counts are counters that know which of them are not 0, so that reading and clearing them costs no
// more than what was counted.
type counts struct {
	n       []uint32
	touched []uint16
}

func newCounts(size int) counts { return counts{n: make([]uint32, size)} }

func (c *counts) add(i int) {
	if c.n[i] == 0 {
		c.touched = append(c.touched, uint16(i))
	}
	c.n[i]++
}

// all yields the counters that are not 0.
func (c *counts) all() iter.Seq2[uint16, uint32] {
	return func(yield func(uint16, uint32) bool) {
		for _, i := range c.touched {
			if !yield(i, c.n[i]) {
				return
			}
		}
	}
}

func (c *counts) reset() {
	for _, i := range c.touched {
		c.n[i] = 0
	}
	c.touched = c.touched[:0]
}

// observations are one batch's part of a histogram.
type observations struct {
	scale  *scale
	cells  counts
	micros int64
}

func newObservations(s *scale) observations {
	return observations{scale: s, cells: newCounts(s.cells())}
}

// add counts a duration; a negative one, which only clocks that differ make, counts as 0.
func (o *observations) add(d time.Duration) {
	d = max(0, min(d, maxDuration))
	o.cells.add(o.scale.cell(d))
	o.micros += d.Microseconds()
}

func (o *observations) reset() {
	o.cells.reset()
	o.micros = 0
}

const (
	// maxKept is how many names a table keeps for later batches; with more of them it starts anew.
	maxKept = 16_384

	// maxNames is how many names a table holds in one batch.
	maxNames = 2 * maxKept
)

// table has the tallies of one batch by name. It keeps the names from batch to batch, so that a name
// is made into a label once and not on every line.
type table[T any] struct {
	label   func(name []byte) string
	names   map[string]*row[T]
	touched []*row[T]
	refused int // how often there was no room for a name
}

type row[T any] struct {
	label   string
	touched bool
	tally   T
}

func newTable[T any](label func(name []byte) string) table[T] {
	return table[T]{label: label, names: make(map[string]*row[T])}
}

// find returns the tally of a name, or nil where there are too many names.
func (t *table[T]) find(name []byte) *T {
	r := t.names[string(name)]
	if r == nil {
		if len(t.names) >= maxNames {
			t.refused++
			return nil
		}
		r = &row[T]{label: t.label(name)}
		t.names[string(name)] = r
	}
	if !r.touched {
		r.touched = true
		t.touched = append(t.touched, r)
	}
	return &r.tally
}

func (t *table[T]) reset() {
	var zero T
	for _, r := range t.touched {
		r.touched = false
		r.tally = zero
	}
	clear(t.touched) // rows that are dropped below must not be kept alive by it
	t.touched, t.refused = t.touched[:0], 0
	if len(t.names) > maxKept {
		clear(t.names)
	}
}
