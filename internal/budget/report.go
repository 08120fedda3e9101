package budget

import (
	"cmp"
	"maps"
	"slices"
)

// PlanFit is how many dynos of each process type a plan would carry, beside the present ones of the others.
type PlanFit struct {
	Plan  string         `json:"plan"`
	Limit int            `json:"limit"`          // connections it allows
	Fits  map[string]int `json:"fits,omitempty"` // one that isn't there is unknown or unbounded
}

// Report is Snapshot with what every Premium plan would carry, smallest first. It takes longer.
func (b *Budget) Report() Snapshot {
	s := b.Snapshot()
	f := b.present()
	for i, a := range b.addons {
		s.Addons[i].Plans = a.plans(f)
	}
	return s
}

func (a *addon) plans(f formation) []PlanFit {
	var out []PlanFit
	for _, name := range bySize() {
		allows := plans[name].connections - reserved
		p := PlanFit{Plan: "heroku-redis:" + name, Limit: allows, Fits: map[string]int{}}
		for process := range f.dynos {
			if n, known := a.fitsIn(allows, process, f); known && n != Unbounded {
				p.Fits[process] = n
			}
		}
		out = append(out, p)
	}
	return out
}

// PlanFor returns the smallest Premium plan in a Report that carries n dynos of process; ok is false where
// none does, or it isn't known.
func (a *Addon) PlanFor(process string, n int) (p PlanFit, ok bool) {
	for _, p := range a.Plans {
		if fits, known := p.Fits[process]; known && fits >= n {
			return p, true
		}
	}
	return PlanFit{}, false
}

// bySize are the names of the Premium plans, the smallest first. Mini is for trying out.
func bySize() []string {
	names := slices.SortedFunc(maps.Keys(plans), func(a, b string) int {
		return cmp.Or(cmp.Compare(plans[a].connections, plans[b].connections), cmp.Compare(plans[a].memory, plans[b].memory))
	})
	return slices.DeleteFunc(names, func(name string) bool { return name == "mini" })
}
