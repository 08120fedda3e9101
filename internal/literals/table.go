package literals

import (
	"encoding/binary"
	"math/bits"
)

// A table holds windows, a few bytes of each literal that tell where it may stand, and what they
// belong to. A window is looked up without the case of letters. It is a hash table, at most half full.
type table struct {
	mask  uint64 // of the eight bytes that end with a window, those that are in it
	fold  uint64 // the case bits of those
	slots []slot
	shift uint // from a hash to a slot
}

type slot struct {
	window uint64
	beside beside
	fork   *fork // nil: the slot is free
}

const (
	load       = 8 // bytes read at once
	lowerCase  = 0x20
	caseBits   = 0x2020202020202020
	multiplier = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio: spreads what it multiplies
)

// newTable returns a table, still empty, of windows of so many bytes.
func newTable(width int) table {
	mask := ^uint64(0) << (8 * (load - width))
	return table{mask: mask, fold: mask & caseBits}
}

// fill puts the windows in.
func (t *table) fill(windows map[uint64][]spot, width int) {
	size := bits.Len(uint(2 * len(windows)))
	t.slots, t.shift = make([]slot, 1<<size), uint(64-size)
	for w, spots := range windows {
		i := w * multiplier >> t.shift
		for t.slots[i].fork != nil {
			i = t.after(i)
		}
		t.slots[i] = slot{window: w, beside: newBeside(spots, width), fork: newFork(spots)}
	}
}

func (t *table) after(slot uint64) uint64 { return (slot + 1) & uint64(len(t.slots)-1) }

// window is the window of text that ends at end, without the case of letters.
func (t *table) window(text []byte, end uint) uint64 {
	var last uint64 // the eight bytes that end with it
	switch {
	case end >= load:
		last = binary.LittleEndian.Uint64(text[end-load:])
	case len(text) >= load:
		last = binary.LittleEndian.Uint64(text) << (8 * (load - end))
	default:
		var padded [load]byte
		copy(padded[load-end:], text)
		last = binary.LittleEndian.Uint64(padded[:])
	}
	return last&t.mask | t.fold
}

// fork returns what is to be done at the window w, which ends at end of text; nil if nothing is.
func (t *table) fork(text []byte, end uint, w uint64) *fork {
	for i := w * multiplier >> (t.shift & 63); ; i = t.after(i) {
		switch s := &t.slots[i]; {
		case s.fork == nil:
			return nil
		case s.window == w:
			if !s.beside.allows(text, end) {
				return nil
			}
			return s.fork
		}
	}
}
