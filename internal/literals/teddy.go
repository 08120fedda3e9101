package literals

import "math/bits"

// Teddy looks at every place of a text, thirty-two at once, for the bytes that lead up to some window
// of each literal. Of a byte it looks at the low half only, since one instruction looks that up for
// thirty-two bytes. Letters have the same one in both cases, and eight halves in a row that suit are
// hardly ever there by chance. Where they are, the window is looked up in the table.
//
// (The name and the idea are Hyperscan's, which looks at both halves of three bytes.)
type teddy struct {
	table
	passes []masks // one, or a few if there are many literals

	// Some windows may end before reach, where a place would begin before the text: where the first of
	// them may, and the bytes that they end with, without the case of letters.
	first uint
	early [256]bool
}

const (
	reach    = 8                // bytes looked at in each place
	lane     = 32               // places looked at together
	span     = lane + reach - 1 // the bytes that they are
	maxWidth = 6                // of a window: more would tell literals apart that can be found as one
)

// masks say, for each of the bytes, by its low half, which buckets it does not suit. A bucket is a bit.
type masks [reach][16]byte

// newTeddy returns a teddy of the literals, nil if they are too many or too ordinary for it.
func newTeddy(literals []*literal) *teddy {
	width := maxWidth
	for _, l := range literals {
		width = min(width, len(l.text))
	}
	t := &teddy{table: newTable(width), first: reach}
	marks := chooseMarks(allMarks(&t.table, literals, width))
	if t.passes = passes(marks); t.passes == nil {
		return nil
	}
	windows := make(map[uint64][]spot, len(marks))
	for _, m := range marks {
		windows[m.window] = m.spots
		for _, s := range m.spots {
			if s.end < reach {
				t.first = min(t.first, uint(s.end))
				t.early[s.text[s.end-1]|lowerCase] = true
			}
		}
	}
	t.fill(windows, width)
	return t
}

// find adds to found the owners of the literals in text, and says whether there are any.
func (t *teddy) find(text []byte, found []uint64) bool {
	some := false
	for end := t.first; end < reach && end <= uint(len(text)); end++ {
		if t.early[text[end-1]|lowerCase] {
			some = t.look(text, end, found) || some
		}
	}
	in, last := text, len(text)-span
	if last < 0 {
		if len(text) < reach {
			return some
		}
		var padded [span]byte
		copy(padded[:], text)
		in, last = padded[:], 0
	}
	for i := range t.passes {
		m := &t.passes[i]
		if at, places := next(m, &in[0], 0, last); places != 0 {
			some = t.follow(m, in, last, len(text), at, places, found) || some
		}
	}
	return some
}

// follow looks up the places of in that suit a pass, from the first there are to those that begin at
// last. The text's length may be less.
func (t *teddy) follow(m *masks, in []byte, last, length, at int, places uint32, found []uint64) bool {
	some := false
	for ; places != 0; at, places = next(m, &in[0], at+lane, last) {
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
