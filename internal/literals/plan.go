package literals

import "slices"

// plan finds the cheapest way without teddy: a sieve's mesh is as fine as its shortest literal, and so
// a few short ones are better looked for one by one.
func plan(literals []*literal) *plain {
	slices.SortStableFunc(literals, func(a, b *literal) int { return len(a.text) - len(b.text) })
	cut, least := 0, sieveCost(literals)
	for i, apart := 0, 0; i < len(literals); i++ {
		apart += aloneCost(literals[i])
		if cost := apart + sieveCost(literals[i+1:]); cost < least {
			cut, least = i+1, cost
		}
	}
	p := &plain{alone: literals[:cut]}
	if cut < len(literals) {
		p.sieve = newSieve(literals[cut:])
	}
	return p
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
	case l.fold && isLower(first):
		return 130
	case isLower(first), '0' <= first && first <= '9', first == ' ':
		return 90 // IndexByte often stops in vain
	}
	return 25
}
