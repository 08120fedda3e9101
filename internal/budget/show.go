package budget

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Snapshot is a Budget as people and programs see it. It owns its memory.
type Snapshot struct {
	Dynos  map[string]int `json:"dynos"` // by process type
	Addons []Addon        `json:"addons"`
}

// Addon is one add-on in a Snapshot.
type Addon struct {
	Addon      string             `json:"addon,omitempty"`
	Attachment string             `json:"attachment,omitempty"`
	Used       int                `json:"used"` // connections; a lower bound where Saturated
	Limit      int                `json:"limit"`
	LimitFrom  Origin             `json:"limit_from"`
	At         time.Time          `json:"at,omitzero"` // the sample's own time; zero where there was none
	Own        bool               `json:"own"`         // the sample came under the app's own password
	Saturated  bool               `json:"saturated"`
	PerDyno    map[string]PerDyno `json:"per_dyno"`
	Fits       map[string]int     `json:"fits"`  // by process type; one that isn't there is unknown or unbounded
	Lines      map[string]string  `json:"lines"` // by process type: "web 4 × 26 = 104 of 38; 1 fits"

	// What the present dynos take; nil where it isn't known.
	Need *Need `json:"need,omitempty"`
}

// Need is what an app's dynos take of an add-on, and where they fit.
type Need struct {
	Connections int    `json:"connections"`
	Fits        bool   `json:"fits"`
	Deploy      int    `json:"deploy"` // while a deploy with preboot has the old dynos and the new ones up
	DeployFits  bool   `json:"deploy_fits"`
	Plan        string `json:"plan,omitempty"` // the smallest plan on which Connections fit; empty if none does
	DeployPlan  string `json:"deploy_plan,omitempty"`
}

// PerDyno is what one dyno of a process type takes.
type PerDyno struct {
	Connections int    `json:"connections"`
	Base        int    `json:"base,omitempty"` // connections that don't depend on the quantity
	From        Origin `json:"from"`
}

// Snapshot returns the Budget as it is now.
func (b *Budget) Snapshot() Snapshot {
	s := Snapshot{Dynos: maps.Clone(b.dynos), Addons: []Addon{}}
	for _, a := range b.addons {
		limit, from := a.limit()
		v := Addon{
			Addon: a.name, Attachment: a.attachment,
			Used: a.last.Used, Limit: limit, LimitFrom: from,
			At: a.last.At, Own: a.last.Own, Saturated: a.atLeast(saturated),
			PerDyno: map[string]PerDyno{}, Fits: map[string]int{}, Lines: map[string]string{},
		}
		for _, processes := range []map[string]int{b.dynos, a.configured.PerDyno} {
			for process := range processes {
				each, base, from := a.perDyno(process)
				v.PerDyno[process] = PerDyno{each, base, from}
				v.Lines[process] = a.line(process, b.dynos)
				if n, known := a.fits(process, b.dynos); known && n != Unbounded {
					v.Fits[process] = n
				}
			}
		}
		if n, known := a.need(b.dynos); known {
			deploy, _ := a.need(twice(b.dynos))
			v.Need = &Need{Connections: n, Fits: limit > 0 && fits(n, limit), Deploy: deploy, DeployFits: limit > 0 && fits(deploy, limit)}
			v.Need.Plan, v.Need.DeployPlan = planFor(n), planFor(deploy)
		}
		s.Addons = append(s.Addons, v)
	}
	return s
}

// Line says in one line how process stands with the add-on that decides:
// "web 4 × 26 = 104 of 38; 1 fits".
func (b *Budget) Line(process string) string {
	var decides *addon
	least := 0
	for _, a := range b.addons {
		n, known := a.fits(process, b.dynos)
		if !known {
			n = Unbounded
		}
		// Among those that bound nothing, a full one says more than another.
		if decides == nil || n < least || n == least && a.atLeast(saturated) && !decides.atLeast(saturated) {
			decides, least = a, n
		}
	}
	if decides == nil {
		return "no Redis add-on is known"
	}
	return decides.line(process, b.dynos)
}

func (a *addon) line(process string, dynos map[string]int) string {
	limit, of := "an unknown limit", 0
	if of, _ = a.limit(); of > 0 {
		limit = fmt.Sprint(of)
	}
	var terms []string
	use, base := 0, 0
	for _, p := range order(process, dynos) {
		each, b, from := a.perDyno(p)
		if from == Unknown {
			return fmt.Sprintf("%d of %s used by %s; connections per dyno unknown", a.last.Used, limit, list(process, dynos))
		}
		if each == 0 && p != process {
			continue
		}
		terms = append(terms, fmt.Sprintf("%s %d × %d", p, dynos[p], each))
		use += dynos[p] * each
		base = max(base, b)
	}
	if base > 0 {
		terms = append(terms, fmt.Sprint(base))
	}
	s := fmt.Sprintf("%s = %d of %s", strings.Join(terms, " + "), use+base, limit)
	switch n, known := a.fits(process, dynos); {
	case !known:
		return s
	case n == Unbounded:
		return s + "; any number fits"
	case n == 1:
		return s + "; 1 fits"
	default:
		return s + fmt.Sprintf("; %d fit", n)
	}
}

// order returns process and then the other types that have dynos, by name.
func order(process string, dynos map[string]int) []string {
	out := []string{process}
	for _, p := range slices.Sorted(maps.Keys(dynos)) {
		if p != process && dynos[p] > 0 {
			out = append(out, p)
		}
	}
	return out
}

func list(process string, dynos map[string]int) string {
	var out []string
	for _, p := range order(process, dynos) {
		out = append(out, fmt.Sprintf("%s %d", p, dynos[p]))
	}
	return strings.Join(out, " and ")
}
