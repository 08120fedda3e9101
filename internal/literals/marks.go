package literals

import (
	"cmp"
	"math"
	"slices"
)

// A mark is what teddy looks for in place of some literals: a window that all of them have, and the low
// halves of the bytes that lead up to its end.
type mark struct {
	window uint64
	spots  []spot // one of each literal
	halves halves
	rate   float64
	fresh  int // how many of the literals have no other mark yet
}

// Each mark is paid for by those that share its bucket. This is how often ordinary text may have the
// mark of several literals before a mark for each is better; measured on ordinary sets of literals,
// where ten times more or less makes no difference.
const markCost = 1e-7

// With more marks than this, text suits too many of all the buckets there may be.
const maxMarks = 384

// allMarks returns the marks of all windows in all literals.
func allMarks(t *table, literals []*literal, width int) []*mark {
	known := make(map[uint64]*mark)
	var out []*mark
	for _, l := range literals {
		// From the end, where more bytes lead up to the window: if it is there twice, that is the better one.
		// One so near the start that not all do would have the start of every text looked at apart.
		for end := len(l.text); end >= max(width, min(reach, len(l.text))); end-- {
			w := t.window(view(l.text), uint(end))
			m := known[w]
			if m == nil {
				m = &mark{window: w}
				known[w] = m
				out = append(out, m)
			}
			if n := len(m.spots); n == 0 || m.spots[n-1].literal != l {
				m.spots = append(m.spots, spot{l, end})
			}
		}
	}
	for _, m := range out {
		m.fresh = len(m.spots)
		m.learn()
	}
	return out
}

// chooseMarks chooses some of all marks, rare ones that many literals share, so that each literal has
// one. It gives up when there are more than maxMarks.
func chooseMarks(all []*mark) []*mark {
	of := make(map[*literal][]*mark)
	for _, m := range all {
		for _, s := range m.spots {
			of[s.literal] = append(of[s.literal], m)
		}
	}
	var chosen []*mark
	for len(of) > 0 && len(chosen) <= maxMarks {
		m := slices.MinFunc(all, func(a, b *mark) int { return cmp.Compare(a.price(), b.price()) })
		m.spots = slices.DeleteFunc(m.spots, func(s spot) bool { return of[s.literal] == nil })
		m.learn()
		chosen = append(chosen, m)
		for _, s := range m.spots {
			for _, other := range of[s.literal] {
				other.fresh--
			}
			delete(of, s.literal)
		}
	}
	return chosen
}

// price is what the mark costs each literal that gets it.
func (m *mark) price() float64 {
	if m.fresh == 0 {
		return math.Inf(1)
	}
	return (m.rate + markCost) / float64(m.fresh)
}

// learn finds the halves of the bytes that lead up to the spots.
func (m *mark) learn() {
	m.halves = halves{}
	for _, s := range m.spots {
		for i := range m.halves {
			if at := s.end - reach + i; at >= 0 {
				m.halves[i] |= 1 << (s.text[at] & 15)
			} else {
				m.halves[i] = math.MaxUint16 // any
			}
		}
	}
	m.rate = m.halves.rate()
}
