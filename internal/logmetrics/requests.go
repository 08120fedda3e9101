package logmetrics

import (
	"math/bits"
	"slices"
)

// requestTotals count an app's requests by requestIndex, under the app's lock. It is a hash table of
// its own: each delivery adds some.
type requestTotals struct {
	entries []requestTotal // a power of two, at least twice as many as are used; probed one after another
	shift   uint8          // what leaves of a hash the number of an entry
	used    int
}

type requestTotal struct {
	index uint16
	used  bool
	n     uint64
}

const firstTotals = 16

func newRequestTotals() requestTotals {
	return requestTotals{entries: make([]requestTotal, firstTotals), shift: uint8(32 - bits.TrailingZeros(firstTotals))}
}

// add counts n requests, if there is a series for them, or room for one.
func (t *requestTotals) add(index uint16, n uint64, room *room) {
	e := t.find(index)
	if !e.used {
		if !room.take(1) {
			return
		}
		if t.used++; 2*t.used > len(t.entries) {
			t.grow()
			e = t.find(index)
		}
		e.index, e.used = index, true
	}
	e.n += n
}

// find returns the entry of an index, or the empty one where it would go.
func (t *requestTotals) find(index uint16) *requestTotal {
	entries := t.entries
	for i := uint32(index) * 0x9e3779b1 >> (t.shift & 31); ; i++ {
		if e := &entries[i&uint32(len(entries)-1)]; e.index == index || !e.used {
			return e
		}
	}
}

func (t *requestTotals) grow() {
	old := t.entries
	t.entries, t.shift = make([]requestTotal, 2*len(old)), t.shift-1
	for _, e := range old {
		if e.used {
			*t.find(e.index) = e
		}
	}
}

// all yields the totals.
func (t *requestTotals) all(yield func(index uint16, n uint64) bool) {
	for _, e := range t.entries {
		if e.used && !yield(e.index, e.n) {
			return
		}
	}
}

func (t *requestTotals) clone() requestTotals {
	return requestTotals{entries: slices.Clone(t.entries)}
}
