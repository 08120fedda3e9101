package daemon

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
		return a.TooSmall() && a.LimitFrom == budget.Logged && a.At.Before(at)
	})
}

// planAdvice says which plan carries the dynos that an app has, for one add-on or, where its name is empty,
// for each that is too small. Where it isn't known what they take it names none: the next larger one may be
// too small as well.
func planAdvice(b *budget.Budget, addon, app string) (lines []string) {
	for _, a := range b.Snapshot().Addons {
		if a.Addon == "" || a.Limit == 0 || addon != "" && a.Addon != addon || addon == "" && !a.TooSmall() {
			continue
		}
		if a.Need == nil {
			lines = append(lines, leastAdvice(&a, app))
			continue
		}
		use := max(a.Need.Connections+a.Need.PlusMinus, a.Used)
		if plan, allows, ok := budget.NextPlan(use, a.Limit); ok {
			// Enketo's guide for Heroku: data written while the plan changes was lost.
			lines = append(lines, fmt.Sprintf("A larger plan, %d connections, changed while no dyno runs: `drain upgrade -app %s %s %s`", allows, app, a.Addon, plan))
		}
	}
	return lines
}

// leastAdvice says what is known of the plan that would do, and how more of it can be known.
func leastAdvice(a *budget.Addon, app string) string {
	least := "at least"
	if a.AtLeast == a.Used && a.Used >= a.Limit { // others are refused
		least = "more than"
	}
	text := fmt.Sprintf("Which plan would do isn't known: %s %d connections are needed. ", least, a.AtLeast)
	if len(a.Unheard) > 0 {
		return text + fmt.Sprintf("Nothing has told yet how many dynos of %s run: see `heroku ps -a %s`", strings.Join(a.Unheard, " and "), app)
	}
	return text + fmt.Sprintf("What a dyno takes isn't known: write it into the configuration, under `redis: %s: per_dyno:`", cmp.Or(a.Attachment, a.Addon))
}
