package rules

import (
	"bytes"
	"slices"
)

// literal is a text that patterns look for.
type literal struct {
	text     string // lower-case if fold
	fold     bool
	patterns []*pattern
}

// at says whether the literal stands at text[i:]. Any i will do.
func (l *literal) at(text []byte, i int) bool {
	if i < 0 || i > len(text)-len(l.text) {
		return false
	}
	text = text[i : i+len(l.text)]
	if l.fold {
		return equalFold(text, l.text)
	}
	return string(text) == l.text
}

// in says whether the literal is in text.
func (l *literal) in(text []byte) bool {
	if l.fold {
		return containsFold(text, l.text)
	}
	return bytes.Contains(text, view(l.text))
}

// places is a set of patterns, a bit each.
type places []uint64

func (s places) add(list []*pattern) {
	for _, p := range list {
		s[p.place/64] |= 1 << (p.place % 64)
	}
}

// finder says which patterns have one of their literals in a text. It looks for all of them in one
// pass, so that its cost depends on the text and on the shortest literal, not on how many there are.
type finder struct {
	alone []*literal // short ones, looked for one by one
	sieve *sieve     // of the others; nil if there are none
}

// newFinder returns a finder of the literals of patterns, nil if there are none.
func newFinder(patterns []*pattern) *finder {
	type key struct {
		text string
		fold bool
	}
	known := make(map[key]*literal)
	var literals []*literal
	for _, p := range patterns {
		for _, s := range p.any {
			l := known[key{s, p.fold}]
			if l == nil {
				l = &literal{text: s, fold: p.fold}
				known[key{s, p.fold}] = l
				literals = append(literals, l)
			}
			l.patterns = append(l.patterns, p)
		}
	}
	if literals == nil {
		return nil
	}
	return plan(literals)
}

// plan finds the cheapest way: a sieve's mesh is as fine as its shortest literal, and so a few short
// ones are better looked for one by one.
func plan(literals []*literal) *finder {
	slices.SortStableFunc(literals, func(a, b *literal) int { return len(a.text) - len(b.text) })
	cut, least := 0, sieveCost(literals)
	for i, apart := 0, 0; i < len(literals); i++ {
		apart += aloneCost(literals[i])
		if cost := apart + sieveCost(literals[i+1:]); cost < least {
			cut, least = i+1, cost
		}
	}
	f := &finder{alone: literals[:cut]}
	if cut < len(literals) {
		f.sieve = newSieve(literals[cut:])
	}
	return f
}

// The costs are nanoseconds for a text of 256 bytes, as measured; only their proportions matter.
func sieveCost(sorted []*literal) int {
	if len(sorted) == 0 {
		return 0
	}
	_, stride := mesh(len(sorted[0].text))
	return 15 + 256/stride
}

func aloneCost(l *literal) int {
	first := l.text[0]
	switch {
	case l.fold && 'a' <= first && first <= 'z':
		return 130
	case 'a' <= first && first <= 'z', '0' <= first && first <= '9', first == ' ':
		return 90 // IndexByte often stops in vain
	}
	return 25
}

// find adds to found the patterns one of whose literals is in text, and says whether there are any.
func (f *finder) find(text []byte, found places) bool {
	some := false
	for _, l := range f.alone {
		if l.in(text) {
			found.add(l.patterns)
			some = true
		}
	}
	if f.sieve != nil && f.sieve.find(text, found) {
		some = true
	}
	return some
}
