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
	Dynos  map[string]int `json:"dynos"` // by process type; one that isn't there is unknown, or has none
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

	// What the present dynos take; nil where it isn't known, for want of their quantities or of what each takes.
	Need *Need `json:"need,omitempty"`

	// Where Need is nil: the connections in use, or what the dynos that are known take if that is more.
	AtLeast int `json:"at_least,omitempty"`

	// Process types that take connections and whose quantity isn't known, by name.
	Unheard []string `json:"unheard,omitempty"`

	Plans []PlanFit `json:"plans,omitempty"` // in a Report
}

// Processes are the process types that have dynos, or may have some that take connections, by name.
func (s *Snapshot) Processes() []string {
	set := make(map[string]bool)
	for process, n := range s.Dynos {
		set[process] = n > 0
	}
	for i := range s.Addons {
		for _, process := range s.Addons[i].Unheard {
			set[process] = true
		}
	}
	maps.DeleteFunc(set, func(_ string, shown bool) bool { return !shown })
	return slices.Sorted(maps.Keys(set))
}

// Quantity is how many dynos a process type has, "?" where it takes connections and that isn't known.
func (s *Snapshot) Quantity(process string) string {
	n, known := s.Dynos[process]
	unheard := func(a Addon) bool { return slices.Contains(a.Unheard, process) }
	if !known && slices.ContainsFunc(s.Addons, unheard) {
		return "?"
	}
	return strconv.Itoa(n)
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
	f := b.present()
	s := Snapshot{Dynos: maps.Clone(f.dynos), Addons: []Addon{}}
	for _, a := range b.addons {
		limit, from := a.limit()
		v := Addon{
			Addon: a.name, Attachment: a.attachment,
			Used: a.last.Used, Limit: limit, LimitFrom: from,
			At: a.last.At, Own: a.last.Own, Saturated: a.atLeast(saturated),
			PerDyno: map[string]PerDyno{}, Fits: map[string]int{}, Lines: map[string]string{},
			Need: a.need(f), Unheard: a.missing(f, ""),
		}
		if v.Need == nil {
			v.AtLeast = a.takesAtLeast(f)
		}
		if base := a.useOf(nil); base.from == Learnt && base.connections >= 1 {
			v.Base = &PerDyno{hundredths(base.connections), hundredths(base.within), base.from}
		}
		types := slices.AppendSeq(slices.Clone(v.Unheard), maps.Keys(f.dynos))
		for _, process := range slices.AppendSeq(types, maps.Keys(a.configured.PerDyno)) {
			each := a.perDyno(process)
			v.PerDyno[process] = PerDyno{hundredths(each.connections), hundredths(each.within), each.from}
			v.Lines[process] = a.line(process, f)
			if n, known := a.fits(process, f); known && n != Unbounded {
				v.Fits[process] = n
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
	least, most, f := 0, 0.0, b.present()
	for _, a := range b.addons {
		n, known := a.fits(process, f)
		if !known {
			n = Unbounded
		}
		share := a.load(f)
		if decides == nil || n < least || n == least && share > most {
			decides, least, most = a, n, share
		}
	}
	if decides == nil {
		return "no Redis add-on is known"
	}
	return decides.line(process, f)
}

// load is how near an add-on is to its limit, by its figure or what the dynos take, whichever is more; 0 if
// nothing is known. Of two that as many dynos fit, the nearer one says more.
func (a *addon) load(f formation) float64 {
	limit, _ := a.limit()
	if limit == 0 {
		return 0
	}
	return max(float64(a.last.Used), a.use(f).connections) / float64(limit)
}

func (a *addon) line(process string, f formation) string {
	limit, of := "an unknown limit", 0
	if of, _ = a.limit(); of > 0 {
		limit = fmt.Sprint(of)
	}
	missing := a.missing(f, "")
	use := a.useOf(f.dynos)
	if use.from == Unknown || a.perDyno(process).from == Unknown {
		return fmt.Sprintf("%d of %s used by %s; connections per dyno unknown", a.last.Used, limit, list(process, f))
	}
	var terms []string
	rest := use.connections // that no dyno explains, or of which it isn't known whose they are
	for _, p := range order(process, f, missing...) {
		each := a.perDyno(p)
		if each.from == Unknown || each.connections == 0 && p != process {
			continue
		}
		terms = append(terms, fmt.Sprintf("%s %s × %s", p, f.quantity(p), each))
		rest -= float64(f.dynos[p]) * each.connections
	}
	if rest >= 0.5 {
		terms = append(terms, number(rest, 0))
	}
	sum := " = " + share{math.Round(use.connections), math.Ceil(use.within), use.from}.String()
	if len(missing) > 0 {
		sum = " = ?" // the sum of the others would pass for that of all
	}
	s := fmt.Sprintf("%s%s of %s", strings.Join(terms, " + "), sum, limit)
	if use.from == Learnt {
		s += " (learnt)"
	}
	switch n, known := a.fits(process, f); {
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

// order returns process and then the other types that have dynos, by name, and those that may have some.
func order(process string, f formation, missing ...string) []string {
	out := []string{process}
	for _, p := range slices.Sorted(maps.Keys(f.dynos)) {
		if p != process && f.dynos[p] > 0 {
			out = append(out, p)
		}
	}
	return append(out, slices.DeleteFunc(missing, func(p string) bool { return p == process })...)
}

func list(process string, f formation) string {
	var out []string
	for _, p := range order(process, f) {
		out = append(out, fmt.Sprintf("%s %s", p, f.quantity(p)))
	}
	return strings.Join(out, " and ")
}
