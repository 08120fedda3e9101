package literals

import "encoding/binary"

// A sieve finds where in a text any of many literals stands. It does not look at every byte but at a
// window of a few bytes every stride bytes. Each literal is long enough to hold stride windows in a
// row; wherever it stands, one of them is looked at. All of them are in the filter, a bitmap of
// hashes, so that a text without any of the literals costs one look at the bitmap a stride, however
// many literals there are. What passes the filter is compared in full.
//
// (This is Wu and Manber's idea turned round: there what is seen decides the next step; here the step
// is fixed, so that the processor need not wait for one look before it begins the next.)
type sieve struct {
	table
	first, stride uint // where windows end
	filter        *[1 << filterBits]uint64
}

const filterBits = 11 // 16 KiB, a third of a first-level cache; with a thousand literals 2 % of it is set

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
	v := &sieve{
		table: newTable(width),
		// Windows that end before byte 8 are read apart: with literals of 8 bytes there are none.
		first:  uint(load - (load-width)/stride*stride),
		stride: uint(stride),
		filter: new([1 << filterBits]uint64),
	}
	windows := v.choose(literals, width, stride)
	v.fill(windows, width)
	for w := range windows {
		word, bit := cell(w * multiplier)
		v.filter[word] |= 1 << bit
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

// find adds to found the owners of the literals in text, and says whether there are any.
func (v *sieve) find(text []byte, found []uint64) bool {
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
