package daemon

import (
	"fmt"
	"slices"
	"time"

	"drain/alert"
	"drain/internal/budget"
)

// causeGrowth is the cause of the incident that somebody added more dynos than fit.
const causeGrowth = "redis-scale-up"

// lately is how long after a scale-up it may be what is too much.
const lately = 10 * time.Minute

// watchGrowth tells of a scale-up that doesn't fit, before it exhausts a Redis, and when the dynos fit
// again. The caller holds the app's lock.
func (d *Daemon) watchGrowth(one *app) {
	if !d.acts {
		return
	}
	s := one.budget.Snapshot()
	g := s.Growth
	one.mayHaveOvergrown = false
	switch {
	case g == nil || g.Fits == budget.FitsUnknown:
	case g.Fits == budget.Fits && one.overgrown != "":
		d.trouble(one.name, causeGrowth, one.overgrown, alert.Warning, "", false)
		one.overgrown = ""
	case g.Fits == budget.FitsNot && one.overgrown == "" && d.now().Sub(g.At) < lately/time.Duration(d.opts.Pace):
		if one.mayHaveOvergrown = g.From == 0 && before(&s, g.At); one.mayHaveOvergrown {
			return // as after a plan was changed while no dyno ran: the next figure tells the new limit
		}
		one.overgrown = g.Process
		var next []string
		if n, known := one.budget.Fits(g.Process); known {
			next = append(next, fmt.Sprintf("Fewer dynos: `heroku ps:scale %s=%d -a %s`", g.Process, n, one.name))
		}
		d.trouble(one.name, causeGrowth, g.Process, alert.Warning,
			fmt.Sprintf("%s %d → %d doesn't fit: %s", g.Process, g.From, g.To, one.budget.Line(g.Process)), true,
			append(next, planAdvice(one.budget, "", one.name)...)...)
	}
}

// before says whether an add-on that the dynos don't fit last told its limit before a time.
func before(s *budget.Snapshot, at time.Time) bool {
	return slices.ContainsFunc(s.Addons, func(a budget.Addon) bool {
		return a.Need != nil && !a.Need.Fits && a.LimitFrom == budget.Logged && a.At.Before(at)
	})
}

// planAdvice says which plan carries the dynos that an app has, for one add-on or, where its name is empty,
// for each that is too small.
func planAdvice(b *budget.Budget, addon, app string) (lines []string) {
	for _, a := range b.Snapshot().Addons {
		if a.Addon == "" || a.Limit == 0 || addon != "" && a.Addon != addon || addon == "" && (a.Need == nil || a.Need.Fits) {
			continue
		}
		use := 0
		if a.Need != nil {
			use = a.Need.Connections + a.Need.PlusMinus
		}
		if plan, allows, ok := budget.NextPlan(use, a.Limit); ok {
			// Enketo's guide for Heroku: data written while the plan changes was lost.
			lines = append(lines, fmt.Sprintf("A larger plan, %d connections, changed while no dyno runs: `drain upgrade -app %s %s %s`", allows, app, a.Addon, plan))
		}
	}
	return lines
}
