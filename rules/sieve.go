package rules

import (
	"encoding/binary"
	"math/bits"
)

// A sieve finds where in a text any of many literals stands. It does not look at every byte but at a
// window of a few bytes every stride bytes. Each literal is long enough to hold stride windows in a
// row; wherever it stands, one of them is looked at. All of them are in the filter, a bitmap of
// hashes, so that a text without any of the literals costs one look at the bitmap a stride, however
// many literals there are. What passes the filter is compared in full.
//
// (This is Wu and Manber's idea turned round: there what is seen decides the next step; here the step
// is fixed, so that the processor need not wait for one look before it begins the next.)
type sieve struct {
	first, stride uint   // where windows end
	mask          uint64 // of the eight bytes that end with a window, those that are in it
	fold          uint64 // the case bits of those: a window is looked up without the case of letters
	filter        *[1 << filterBits]uint64
	slots         []slot // what the windows in the filter belong to: a hash table, at most half full
	shift         uint   // from a hash to a slot
}

type slot struct {
	window uint64
	beside beside
	fork   *fork // nil: the slot is free
}

const (
	filterBits = 11 // 16 KiB, a third of a first-level cache; with a thousand literals 2 % of it is set
	load       = 8  // bytes read at once
	caseBits   = 0x2020202020202020
	multiplier = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio: spreads what it multiplies
)

// cell is where the filter has the bit of a hash: no bit of it is used twice.
func cell(hash uint64) (word, bit uint64) { return hash >> (64 - filterBits), hash >> 42 & 63 }

// mesh chooses the window for literals of at least so many bytes: wide enough to be rare in ordinary
// text, and narrow enough for a long stride.
func mesh(shortest int) (width, stride int) {
	width = min(4, shortest)
	if shortest >= 10 {
		width = 5
	}
	return width, shortest - width + 1
}

// newSieve returns a sieve of literals, which must not be empty; the shortest comes first.
func newSieve(literals []*literal) *sieve {
	width, stride := mesh(len(literals[0].text))
	mask := ^uint64(0) << (8 * (load - width))
	v := &sieve{
		// Windows that end before byte 8 are read apart: with literals of 8 bytes there are none.
		first:  uint(load - (load-width)/stride*stride),
		stride: uint(stride),
		mask:   mask,
		fold:   mask & caseBits,
		filter: new([1 << filterBits]uint64),
	}
	windows := v.choose(literals, width, stride)
	size := bits.Len(uint(2 * len(windows)))
	v.slots, v.shift = make([]slot, 1<<size), uint(64-size)
	for w, spots := range windows {
		word, bit := cell(w * multiplier)
		v.filter[word] |= 1 << bit
		i := w * multiplier >> v.shift
		for v.slots[i].fork != nil {
			i = v.after(i)
		}
		v.slots[i] = slot{window: w, beside: newBeside(spots, width), fork: newFork(spots)}
	}
	return v
}

func (v *sieve) after(slot uint64) uint64 { return (slot + 1) & uint64(len(v.slots)-1) }

// choose takes of each literal the run of windows that it shares least with others, since that is
// what tells it from other text too.
func (v *sieve) choose(literals []*literal, width, stride int) map[uint64][]spot {
	common := make(map[uint64]int)
	for _, l := range literals {
		for end := width; end <= len(l.text); end++ {
			common[v.window(view(l.text), uint(end))]++
		}
	}
	chosen := make(map[uint64][]spot)
	for _, l := range literals {
		best, least := 0, 0
		for from := width; from+stride <= len(l.text)+1; from++ {
			shared := 0
			for end := from; end < from+stride; end++ {
				shared += common[v.window(view(l.text), uint(end))]
			}
			if best == 0 || shared <= least {
				best, least = from, shared
			}
		}
		for end := best; end < best+stride; end++ {
			w := v.window(view(l.text), uint(end))
			chosen[w] = append(chosen[w], spot{l, end})
		}
	}
	return chosen
}

// window is the window of text that ends at end, without the case of letters.
func (v *sieve) window(text []byte, end uint) uint64 {
	if end >= load {
		return binary.LittleEndian.Uint64(text[end-load:])&v.mask | v.fold
	}
	var padded [load]byte
	copy(padded[load-end:], text)
	return binary.LittleEndian.Uint64(padded[:])&v.mask | v.fold
}

// find adds to found the patterns one of whose literals is in text, and says whether there are any.
func (v *sieve) find(text []byte, found places) bool {
	some := false
	end := v.first
	for ; end < load && end <= uint(len(text)); end += v.stride {
		if f := v.fork(text, end, v.window(text, end)); f != nil && f.find(text, int(end), found) {
			some = true
		}
	}
	for {
		var f *fork
		if end, f = v.next(text, end); f == nil {
			return some
		}
		if f.find(text, int(end), found) {
			some = true
		}
		end += v.stride
	}
}

// next goes on from end to where the first window ends that is some literal's. This is where the
// time goes: a dozen instructions a window. In line there would not be registers enough for them.
//
//go:noinline
func (v *sieve) next(text []byte, end uint) (uint, *fork) {
	filter, stride, mask, fold := v.filter, v.stride, v.mask, v.fold
	for ; end <= uint(len(text)); end += stride {
		// With its end given as its capacity too, the slice costs one check of bounds.
		w := binary.LittleEndian.Uint64(text[end-load:end:end])&mask | fold
		if word, bit := cell(w * multiplier); filter[word]>>bit&1 != 0 {
			if f := v.fork(text, end, w); f != nil {
				return end, f
			}
		}
	}
	return end, nil
}

// fork returns what is to be done at the window w, which ends at end of text; nil if nothing is.
func (v *sieve) fork(text []byte, end uint, w uint64) *fork {
	for i := w * multiplier >> (v.shift & 63); ; i = v.after(i) {
		switch s := &v.slots[i]; {
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
