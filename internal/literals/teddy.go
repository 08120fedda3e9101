package literals

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Teddy looks at every place of a text, thirty-two at once, for the bytes that lead up to some window
// of each literal. Of a byte it looks at the low half only, since one instruction looks that up for
// thirty-two bytes. Letters have the same one in both cases, and eight halves in a row that suit are
// hardly ever there by chance. Where they are, the window is looked up in the table.
//
// (The name and the idea are Hyperscan's, which looks at both halves of three bytes.)
type teddy struct {
	table
	passes []masks // one, or a few if there are many literals
	skips  bool    // as hasSkip says

	// Some windows may end before reach, where a place would begin before the text: the bytes that they
	// end with, without the case of letters and each eight times, and where they may, the top bit of each
	// such byte of the first eight.
	early []uint64
	ends  uint64
}

const (
	reach    = 8                // bytes looked at in each place
	lane     = 32               // places looked at together
	wide     = 64               // and by skip
	span     = lane + reach - 1 // the bytes that they are
	maxWidth = 6                // of a window: more would tell literals apart that can be found as one

	ones    = 0x0101010101010101
	topBits = 0x80 * ones
)

// masks say, for each of the bytes, by its low half, which buckets it does not suit. A bucket is a bit.
type masks [reach][16]byte

// newTeddy returns a teddy of the literals, nil if they are too many or too ordinary for it.
func newTeddy(literals []*literal) *teddy {
	width := maxWidth
	for _, l := range literals {
		width = min(width, len(l.text))
	}
	t := &teddy{table: newTable(width), skips: hasSkip()}
	marks := chooseMarks(allMarks(&t.table, literals, width))
	if t.passes = passes(marks); t.passes == nil {
		return nil
	}
	windows := make(map[uint64][]spot, len(marks))
	for _, m := range marks {
		windows[m.window] = m.spots
		for _, s := range m.spots {
			if s.end < reach {
				t.ends |= topBits << (8 * (s.end - 1)) & (topBits >> 8)
				last := ones * uint64(s.text[s.end-1]|lowerCase)
				if !slices.Contains(t.early, last) {
					t.early = append(t.early, last)
				}
			}
		}
	}
	t.fill(windows, width)
	return t
}

// has says whether a literal is in text. In most nothing suits, and that is all there is to do.
func (t *teddy) has(text []byte) bool {
	if len(text) < span || t.earlyEnds(text) != 0 {
		return t.find(text, nil)
	}
	for i := range t.passes {
		if _, places := t.first(&t.passes[i], text); places != 0 {
			return t.find(text, nil)
		}
	}
	return false
}

// find adds to found, unless that is nil, the owners of the literals in text, and says whether there are any.
func (t *teddy) find(text []byte, found []uint64) bool {
	if len(text) < span {
		return t.findShort(text, found)
	}
	some := false
	if ends := t.earlyEnds(text); ends != 0 {
		some = t.lookEarly(text, ends, found)
	}
	for i := range t.passes {
		m := &t.passes[i]
		if at, places := t.first(m, text); places != 0 {
			some = t.follow(m, text, len(text), at, places, found) || some
		}
	}
	return some
}

// first is next from the front on, for less where most of text can be skipped.
func (t *teddy) first(m *masks, text []byte) (at int, places uint32) {
	from := 0
	if t.skips {
		if from = skip(m, text); from == len(text) {
			return 0, 0
		}
	}
	return next(m, text, from)
}

// findShort is find for less than span bytes. It looks at them with zeros behind.
func (t *teddy) findShort(text []byte, found []uint64) bool {
	var padded [span]byte
	copy(padded[:], text)
	some := t.lookEarly(text, t.earlyEnds(padded[:]), found)
	for i := range t.passes {
		m := &t.passes[i]
		at, places := next(m, padded[:], 0)
		some = t.follow(m, padded[:], len(text), at, places, found) || some
	}
	return some
}

// earlyEnds returns where windows may end whose place would begin before the text: the top bit of each
// such byte of the first eight.
func (t *teddy) earlyEnds(in []byte) (ends uint64) {
	head := binary.LittleEndian.Uint64(in) | caseBits
	for _, last := range t.early {
		other := head ^ last
		ends |= (other - ones) &^ other // each byte that is 0, and perhaps one after it
	}
	return ends & t.ends
}

// lookEarly looks up the windows that end where earlyEnds says.
func (t *teddy) lookEarly(text []byte, ends uint64, found []uint64) bool {
	some := false
	for ; ends != 0; ends &= ends - 1 {
		some = t.look(text, uint(bits.TrailingZeros64(ends))/8+1, found) || some
	}
	return some
}

// follow looks up the places of in that suit a pass, from the first there are on. The text's length may
// be less.
func (t *teddy) follow(m *masks, in []byte, length, at int, places uint32, found []uint64) bool {
	some := false
	for ; places != 0; at, places = next(m, in, at+lane) {
		for ; places != 0; places &= places - 1 {
			end := at + bits.TrailingZeros32(places) + reach
			if end > length {
				break // in the padding
			}
			some = t.look(in[:length], uint(end), found) || some
		}
	}
	return some
}

// look looks up the window that ends at end of text.
func (t *teddy) look(text []byte, end uint, found []uint64) bool {
	f := t.fork(text, end, t.window(text, end))
	return f != nil && f.find(text, int(end), found)
}
