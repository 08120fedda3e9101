package scale

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Min is the fewest dynos that a policy leaves: one number for each of its process types, or one by type.
// A type that isn't named has DefaultMin.
type Min struct {
	All *int
	Of  map[string]int
}

// Forms are what a configuration may have in its place: a number, or a mapping.
func (m *Min) Forms() (one, each any) { return &m.All, &m.Of }

// Floor is the smallest quantity of process that the policy leaves.
func (p *Policy) Floor(process string) int {
	n, named := p.Min.Of[process]
	switch {
	case named:
		return max(0, n)
	case p.Min.All != nil:
		return max(0, *p.Min.All)
	}
	return DefaultMin
}

// checkProcesses reports what is wrong with the process types and their floors.
func (p *Policy) checkProcesses(report func(field, problem, fix string)) {
	if len(p.Process) == 0 {
		report("process", "names no process type", "a type from the app's Procfile, e.g. web, or several, the most expendable first")
	}
	for i, process := range p.Process {
		field := "process"
		if len(p.Process) > 1 {
			field = fmt.Sprintf("process[%d]", i)
		}
		if len(process) > longestProcessType || !processType.MatchString(process) {
			report(field, fmt.Sprintf("%q is no process type", process), "a type from the app's Procfile, e.g. web")
		}
		if slices.Index(p.Process, process) < i {
			report(field, process+" is there already", "name each type once")
		}
	}
	if p.Verb == VerbRestart && len(p.Process) > 1 {
		report("process", "several types", "restart takes one; write a policy for each")
	}
	if p.Min.All != nil && *p.Min.All < 0 {
		report("min", fmt.Sprintf("%d dynos", *p.Min.All), "0 or more; 0 only if the app may be switched off")
	}
	for _, process := range slices.Sorted(maps.Keys(p.Min.Of)) {
		if n := p.Min.Of[process]; n < 0 {
			report("min."+process, fmt.Sprintf("%d dynos", n), "0 or more; 0 only if it may be switched off")
		}
		if !slices.Contains(p.Process, process) {
			report("min."+process, "isn't one of the policy's process types", "use one of "+strings.Join(p.Process, ", "))
		}
	}
}

// Next is the process type of p that is to be judged: the most expendable that could spare a dyno and
// would help. Where none does it is the last, whose guard then says why.
func (p *Policy) Next(formation map[string]int, evidence func(process string) Evidence) string {
	for _, process := range p.Process {
		n, there := formation[process]
		if there && n > p.Floor(process) && evidence(process).calls(n) {
			return process
		}
	}
	return p.Process[len(p.Process)-1]
}

// calls says whether fewer than n dynos may help.
func (e Evidence) calls(n int) bool { return !e.FitsKnown || e.Fits < n }

// believed is what p's process types have as far as is known without asking: what we set last. Of one that
// we never set, or don't know to have, any number is believed, so that it is asked about.
func (t *attention) believed(p *Policy) map[string]int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	f := map[string]int{}
	for _, process := range p.Process {
		last := Action{Unsure: true}
		for _, a := range t.app.actions {
			if a.counts(process) && a.Dyno == "" && a.At.After(last.At) {
				last = a
			}
		}
		if f[process] = last.To; last.Unsure {
			f[process] = math.MaxInt
		}
	}
	return f
}

// first names a type of p that is brought back before process, since it is less expendable and has some to
// come; empty if there is none. The caller holds mu.
func (a *app) first(p *Policy, process string) string {
	for _, other := range slices.Backward(p.Process) {
		if other == process {
			break
		}
		if w := a.wanted[other]; w != nil && w.lost == "" && w.Policy == p.Name && !w.restored() {
			return other
		}
	}
	return ""
}

// order holds while a less expendable type is brought back.
func order(_ *Policy, s *Situation) held {
	if s.First == "" {
		return held{}
	}
	return held{why: GuardOrder, text: s.First + " is brought back first"}
}
