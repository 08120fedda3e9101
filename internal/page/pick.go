package page

import (
	"cmp"
	"slices"
	"strings"

	"drain/alert"
)

// Count is how many apps are in a state, by its word.
type Count struct {
	Health string
	N      int
}

// Found is the apps that somebody looked for.
type Found struct {
	Text string // part of a name, or a state
	Apps []App  // worst first
	More []Count
}

// healths are the words of [App.Health], the worst first.
func healths() []string {
	return []string{alert.Critical, alert.Warning, alert.Info, isDiscarded, isSilent, isUnheard, isFine}
}

// Pick is the apps to show, at most so many: the worst first, and those in the same state by name, where
// one knows to look for them. The rest is counted by state. Text that isn't empty is a part of the names
// that are looked for, or a state.
func Pick(all []App, text string, most int) (shown []App, more []Count) {
	type place struct {
		app    *App
		health string
		rank   int
	}
	var list []place
	words := healths()
	for i := range all {
		word, _ := all[i].Health()
		if text == "" || word == text || strings.Contains(all[i].Name, strings.ToLower(text)) {
			list = append(list, place{&all[i], word, slices.Index(words, word)})
		}
	}
	slices.SortFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.app.Name, b.app.Name))
	})
	for _, p := range list[:min(len(list), most)] {
		shown = append(shown, *p.app)
	}
	for _, p := range list[len(shown):] {
		if last := len(more) - 1; last < 0 || more[last].Health != p.health {
			more = append(more, Count{Health: p.health})
		}
		more[len(more)-1].N++
	}
	return shown, more
}
