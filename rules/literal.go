package rules

import "drain/internal/literals"

// places is a set of patterns, a bit each.
type places []uint64

// newFinder returns what finds the literals of patterns, nil if there are none. It reports a pattern by
// its place.
func newFinder(patterns []*pattern) *literals.Finder {
	var list []literals.Literal
	for _, p := range patterns {
		for _, s := range p.any {
			list = append(list, literals.Literal{Text: s, Fold: p.fold, Owner: p.place})
		}
	}
	return literals.Compile(list)
}
