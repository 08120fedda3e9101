package daemon

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"drain/alert"
	"drain/internal/budget"
	"drain/rules"
)

// What an incident says beyond the rule's own summary. The caller of what takes an app holds its lock.

// past is what the platform did to an app last.
type past struct {
	release, formation   string // in words; empty: not seen
	releasedAt, formedAt time.Time
}

// recent is how long after a release it may be the cause of what goes wrong.
const recent = time.Hour

// happened says in words what the platform did before at, the last of each kind.
func (p *past) happened(at time.Time) []string {
	var lines []string
	if p.release != "" {
		lines = append(lines, fmt.Sprintf("Last release: %s, %s before.", p.release, ago(at.Sub(p.releasedAt))))
	}
	if p.formation != "" {
		lines = append(lines, fmt.Sprintf("Last change of the formation: %s, %s before.", p.formation, ago(at.Sub(p.formedAt))))
	}
	return lines
}

// figure is an Event's value against its bound as people say it.
func (d *Daemon) figure(one *app, ev *rules.Event) string {
	r := d.rules.Load().rule(ev.Rule)
	if r == nil {
		return ""
	}
	if r.Match != nil && ev.Bound == float64(r.Count) {
		s := number(ev.Value)
		switch { // such a rule has another figure too, which this must not be mistaken for
		case r.Metric != "" && ev.Value == 1:
			s += " log line"
		case r.Metric != "":
			s += " log lines"
		}
		s += " in " + brief(r.Window)
		if r.Count > 1 {
			s += fmt.Sprintf(", %d are too many", r.Count)
		}
		return s
	}
	for _, a := range one.budget.Snapshot().Addons {
		if ev.Cause == rules.RedisCause && a.Addon == ev.Labels.Addon && !a.At.IsZero() && a.Limit > 0 {
			return connections(a.Used, a.Limit)
		}
	}
	metric := r.Metric
	switch {
	case r.Silent != nil:
		return "not heard for " + brief(time.Duration(ev.Value)*time.Second)
	case r.Forecast != nil:
		metric = r.Forecast.Metric
	case r.Outlier != nil:
		metric = r.Outlier.Metric
	case r.Match == nil && metric == "": // what it is made of decided, and has its own figures
		if r.Cause == rules.RedisCause {
			return fullest(one.budget.Snapshot())
		}
		return ""
	}
	unit := func(v float64) string {
		switch {
		case strings.HasSuffix(metric, "_ratio"):
			return fmt.Sprintf("%.0f%%", 100*v)
		case strings.HasSuffix(metric, "_bytes"):
			return fmt.Sprintf("%.0f MB", v/(1<<20))
		}
		return number(v)
	}
	return fmt.Sprintf("%s, the bound is %s", unit(ev.Value), unit(ev.Bound))
}

// measureEvery is how often the connections are shown in alerts at most: an add-on says them once a
// minute, but anybody's lines can.
const measureEvery = 10 * time.Second

// maxMeasured bounds the add-ons of one app that are shown.
const maxMeasured = 32

// measurements are when add-ons' connections were last shown in an alert. They are few, and each line of theirs
// asks: a map takes longer.
type measurements []measurement

type measurement struct {
	addon string
	last  time.Time
}

// of returns that of an add-on, which is zero at first; nil where there is no room for another.
func (m *measurements) of(addon string) *measurement {
	for i := range *m {
		if one := &(*m)[i]; one.addon == addon {
			return one
		}
	}
	if len(*m) >= maxMeasured {
		return nil
	}
	*m = append(*m, measurement{addon: addon})
	return &(*m)[len(*m)-1]
}

// measure shows how the connections stand now, in the alerts that fire for them.
func (d *Daemon) measure(one *app, s budget.Sample, at time.Time) {
	if len(one.firing) == 0 {
		one.measured = one.measured[:0]
		return
	}
	if s.Limit == 0 {
		return
	}
	m := one.measured.of(s.Addon)
	if m == nil || at.Sub(m.last) < measureEvery/time.Duration(d.opts.Pace) {
		return
	}
	m.last = at
	for name := range one.firing {
		if r := d.rules.Load().rule(name); r != nil && r.Metric == "redis_connections_ratio" {
			d.alerts.Measure(one.name, name, s.Addon, float64(s.Used)/float64(s.Limit), connections(s.Used, s.Limit))
		}
	}
}

// fullest is how the add-on stands that is nearest to its limit; empty if none is known.
func fullest(s budget.Snapshot) (figure string) {
	share := 0.0
	for _, a := range s.Addons {
		if a.At.IsZero() || a.Limit == 0 {
			continue
		}
		if used := float64(a.Used) / float64(a.Limit); figure == "" || used > share {
			figure, share = a.Attachment+": "+connections(a.Used, a.Limit), used
		}
	}
	return figure
}

func connections(used, limit int) string { return fmt.Sprintf("%d of %d connections", used, limit) }

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// brief is a Duration without its zero units.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// ago is a Duration as people say it, in its largest unit.
func ago(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}

// advice is what to do next, with the commands as they are typed.
func advice(one *app, ev *rules.Event) []string {
	app := "-a " + one.name
	logs := "Read on: `heroku logs --tail " + app + "`"
	rollback := func(lines ...string) []string {
		if one.past.release != "" && ev.At.Sub(one.past.releasedAt) < recent {
			lines = append([]string{"If the release did it: `heroku rollback " + app + "`"}, lines...)
		}
		return lines
	}
	switch ev.Cause {
	case rules.RedisCause:
		return redisAdvice(one.budget, ev, app)
	case "memory-quota":
		process, _, _ := strings.Cut(ev.Labels.Dyno, ".")
		return rollback(
			"Restart it: `heroku ps:restart "+ev.Labels.Dyno+" "+app+"`",
			"If it comes back, take a larger size: `heroku ps:type "+process+"=SIZE "+app+"`")
	case "app-crashed", "boot-timeout", "worker-crash-loop":
		return rollback("See what runs: `heroku ps "+app+"`", logs)
	case "request-timeouts", "router-errors":
		return rollback("More dynos help only if they are busy: `heroku ps "+app+"`", logs)
	case "no-web-dynos":
		return []string{"Start one: `heroku ps:scale web=1 " + app + "`"}
	case "postgres-connections":
		return []string{"See who holds them: `heroku pg:info " + app + "`", "Fewer dynos take fewer: `heroku ps " + app + "`"}
	case "redis-memory-full":
		return []string{"See what it holds: `heroku redis:info " + app + "`"}
	case "drain-silent":
		return []string{"See whether the drain is there: `heroku drains " + app + "`", "See what runs: `heroku ps " + app + "`"}
	case "log-messages-lost":
		return []string{"Log less: Logplex throws away what comes too fast. See `heroku drains " + app + "`"}
	}
	return nil
}

// deployLines says that the next deploy exhausts an add-on, where connections are only high yet.
func deployLines(b *budget.Budget, ev *rules.Event) []string {
	if ev.Rule != "redis-connections-high" {
		return nil
	}
	var lines []string
	for _, a := range b.Snapshot().Addons {
		if n := a.Need; n != nil && a.Addon == ev.Labels.Addon && a.Limit > 0 && n.Deploy > a.Limit {
			lines = append(lines, fmt.Sprintf("With preboot the next deploy takes %d of %d connections: old and new dynos are up together.", n.Deploy, a.Limit))
		}
	}
	return lines
}

// redisAdvice says with how many dynos the app fits its Redis, and which plan carries those it has.
func redisAdvice(b *budget.Budget, ev *rules.Event, app string) []string {
	snap := b.Snapshot()
	var lines []string
	for _, process := range slices.Sorted(maps.Keys(snap.Dynos)) {
		if n, known := b.Fits(process); known && n < snap.Dynos[process] {
			lines = append(lines, fmt.Sprintf("Fewer dynos: `heroku ps:scale %s=%d %s`", process, n, app))
		}
	}
	if ev.Labels.Addon != "" {
		lines = append(lines, planAdvice(b, ev.Labels.Addon, ev.App)...)
	}
	if len(lines) == 0 {
		lines = append(lines, "See who holds them: `heroku redis:info "+app+"`, `heroku ps "+app+"`")
	}
	return lines
}

// requestID finds the ids of requests, in the router's lines and in those of apps that log them so.
var requestID = regexp.MustCompile(`\brequest_id=([0-9A-Za-z-]{8,64})`)

func requestsIn(text string) []string {
	var ids []string
	for _, m := range requestID.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(ids, m[1]) {
			ids = append(ids, m[1])
		}
	}
	return ids
}

// links leads to our page and to the app's on Heroku's dashboard.
func (d *Daemon) links(inc alert.Incident) []alert.Link {
	var all []alert.Link
	if page := d.opts.Env.URL; page != "" {
		all = append(all, alert.Link{Text: "drain's page", URL: page})
	}
	if inc.App == ownApp {
		return all
	}
	return append(all, alert.Link{Text: "Heroku's dashboard", URL: "https://dashboard.heroku.com/apps/" + url.PathEscape(inc.App)})
}
