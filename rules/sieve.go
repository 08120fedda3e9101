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
// (This is Wu and Manber's idea turned round: there the literals choose the next step, here the step
// is fixed, and so the processor need not wait for one look before it begins the next.)
type sieve struct {
	first, stride uint   // where windows end
	mask          uint64 // the window's bytes among the eight that end with it
	fold          uint64
	filter        *[filterWords]uint64
	slots         []slot // what the windows in the filter belong to: a hash table, half empty at least
	shift         uint
}

type slot struct {
	window uint64
	beside beside
	fork   *fork // nil: the slot is free
}

const (
	filterBits  = 11
	filterWords = 1 << filterBits // 8 KiB: a quarter of a first-level cache at most
	load        = 8               // bytes read at once
	caseBits    = 0x2020202020202020
	multiplier  = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio, odd
)

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
	v := &sieve{
		// As many windows as fit end before byte 8; they are read apart.
		first:  uint(load - (load-width)/stride*stride),
		stride: uint(stride),
		mask:   ^uint64(0) << (8 * (load - width)),
		fold:   (^uint64(0) << (8 * (load - width))) & caseBits,
		filter: new([filterWords]uint64),
	}
	windows := v.choose(literals, width, stride)
	size := bits.Len(uint(2 * len(windows)))
	v.slots, v.shift = make([]slot, 1<<size), uint(64-size)
	for w, spots := range windows {
		h := w * multiplier
		v.filter[h>>(64-filterBits)] |= 1 << (h >> 42 & 63)
		i := h >> v.shift
		for v.slots[i].fork != nil {
			i = (i + 1) & uint64(len(v.slots)-1)
		}
		v.slots[i] = slot{window: w, beside: newBeside(spots, width), fork: newFork(spots)}
	}
	return v
}

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
		return (binary.LittleEndian.Uint64(text[end-load:]) | caseBits) & v.mask
	}
	var padded [load]byte
	copy(padded[load-end:], text)
	return (binary.LittleEndian.Uint64(padded[:]) | caseBits) & v.mask
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
		// With its end given three times the slice needs one check of bounds.
		w := binary.LittleEndian.Uint64(text[end-load:end:end])&mask | fold
		h := w * multiplier
		if filter[h>>(64-filterBits)]>>(h>>42&63)&1 != 0 {
			if f := v.fork(text, end, w); f != nil {
				return end, f
			}
		}
	}
	return end, nil
}

// fork returns what is to be done at the window w, which ends at end of text; nil if nothing is.
func (v *sieve) fork(text []byte, end uint, w uint64) *fork {
	for i := w * multiplier >> (v.shift & 63); ; i = (i + 1) & uint64(len(v.slots)-1) {
		s := &v.slots[i]
		if s.fork == nil {
			return nil
		}
		if s.window == w {
			if !s.beside.allows(text, end) {
				return nil
			}
			return s.fork
		}
	}
}
