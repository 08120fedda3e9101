package budget

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Snapshot is a Budget as people and programs see it. It owns its memory.
type Snapshot struct {
	Dynos  map[string]int `json:"dynos"` // by process type
	Addons []Addon        `json:"addons"`
	Growth *Growth        `json:"growth,omitempty"` // the newest change to more dynos; nil: none was seen
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

	// What is taken without any dyno, such as by a console that is left open; nil where it isn't known, or
	// next to nothing.
	Base *PerDyno `json:"base,omitempty"`

	// What the present dynos take; nil where it isn't known.
	Need *Need `json:"need,omitempty"`

	Plans []PlanFit `json:"plans,omitempty"` // in a Report
}

// PerDyno is what one dyno of a process type takes, or what no dyno explains.
type PerDyno struct {
	Connections float64 `json:"connections"`
	PlusMinus   float64 `json:"plus_minus,omitempty"` // how far off that may be, at 95 %; 0 where it is configured
	From        Origin  `json:"from"`
}

// String is what people are told: "26 (configured)", "26 ± 2 (learnt)", "unknown".
func (p PerDyno) String() string {
	if p.From == Unknown {
		return string(Unknown)
	}
	return fmt.Sprintf("%s (%s)", share{p.Connections, p.PlusMinus, p.From}, p.From)
}

// Takes lists what a dyno takes, of the process types that are known to take any, or next to none: "web
// 26 ± 2 (learnt)"; empty if there is none.
func (a *Addon) Takes() string {
	var parts []string
	for _, process := range slices.Sorted(maps.Keys(a.PerDyno)) {
		if p := a.PerDyno[process]; p.From == Learnt || p.Connections > 0 {
			parts = append(parts, process+" "+p.String())
		}
	}
	return strings.Join(parts, ", ")
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
			Need: a.need(b.dynos),
		}
		if base := a.use(nil); base.from == Learnt && base.connections >= 1 {
			v.Base = &PerDyno{hundredths(base.connections), hundredths(base.within), base.from}
		}
		for _, processes := range []map[string]int{b.dynos, a.configured.PerDyno} {
			for process := range processes {
				each := a.perDyno(process)
				v.PerDyno[process] = PerDyno{hundredths(each.connections), hundredths(each.within), each.from}
				v.Lines[process] = a.line(process, b.dynos)
				if n, known := a.fits(process, b.dynos); known && n != Unbounded {
					v.Fits[process] = n
				}
			}
		}
		s.Addons = append(s.Addons, v)
	}
	if b.grown != nil {
		s.Growth = new(*b.grown)
		s.Growth.Fits = s.fits()
	}
	return s
}

// Line says in one line how process stands with the add-on that decides:
// "web 4 × 26 = 104 of 38; 1 fits", or "web 4 × 26 ± 2 = 104 ± 8 of 198 (learnt); 6 fit".
func (b *Budget) Line(process string) string {
	var decides *addon
	least, most := 0, 0.0
	for _, a := range b.addons {
		n, known := a.fits(process, b.dynos)
		if !known {
			n = Unbounded
		}
		share := a.load(b.dynos)
		if decides == nil || n < least || n == least && share > most {
			decides, least, most = a, n, share
		}
	}
	if decides == nil {
		return "no Redis add-on is known"
	}
	return decides.line(process, b.dynos)
}

// load is how near an add-on is to its limit, by its figure or what the dynos take, whichever is more; 0 if
// nothing is known. Of two that as many dynos fit, the nearer one says more.
func (a *addon) load(dynos map[string]int) float64 {
	limit, _ := a.limit()
	if limit == 0 {
		return 0
	}
	return max(float64(a.last.Used), a.use(dynos).connections) / float64(limit)
}

func (a *addon) line(process string, dynos map[string]int) string {
	limit, of := "an unknown limit", 0
	if of, _ = a.limit(); of > 0 {
		limit = fmt.Sprint(of)
	}
	use := a.use(dynos)
	if use.from == Unknown || a.perDyno(process).from == Unknown {
		return fmt.Sprintf("%d of %s used by %s; connections per dyno unknown", a.last.Used, limit, list(process, dynos))
	}
	var terms []string
	rest := use.connections // that no dyno explains, or of which it isn't known whose they are
	for _, p := range order(process, dynos) {
		each := a.perDyno(p)
		if each.from == Unknown || each.connections == 0 && p != process {
			continue
		}
		terms = append(terms, fmt.Sprintf("%s %d × %s", p, dynos[p], each))
		rest -= float64(dynos[p]) * each.connections
	}
	if rest >= 0.5 {
		terms = append(terms, number(rest, 0))
	}
	s := fmt.Sprintf("%s = %s of %s", strings.Join(terms, " + "), share{math.Round(use.connections), math.Ceil(use.within), use.from}, limit)
	if use.from == Learnt {
		s += " (learnt)"
	}
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

// String is "26", "26 ± 2" or "25.6 ± 0.8".
func (s share) String() string {
	switch {
	case s.within == 0:
		return number(s.connections, 0)
	case s.within >= 1:
		return fmt.Sprintf("%s ± %s", number(s.connections, 0), number(math.Ceil(s.within), 0))
	}
	return fmt.Sprintf("%s ± %s", number(s.connections, 1), number(math.Ceil(10*s.within)/10, 1))
}

func number(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

func hundredths(v float64) float64 { return math.Round(100*v) / 100 }

func whole(v float64) int { return int(math.Round(v)) }

// up rounds up, but for what is rounding itself.
func up(v float64) int { return int(math.Ceil(v - 1e-6)) }

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
