package daemon

import (
	"math"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"drain/internal/budget"
)

// budgetView is what is shown of one app's budget.
type budgetView struct {
	report budget.Snapshot
	fit    map[string]float64 // by process type
}

// maxBudgets bounds the apps whose budgets have series; each may have a few hundred.
const maxBudgets = 200

// budgets shows the budgets as metrics, as they are when they are asked for, or were the last time where
// the app is busy: a scrape waits for nobody. What isn't known has no series.
type budgets struct {
	apps *apps

	mu   sync.Mutex
	last map[*app]budgetView

	fit, perDyno, uncertainty, connections, fits, growth, plan *prometheus.Desc
}

func newBudgets(apps *apps) *budgets {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"app"}, labels...), nil)
	}
	return &budgets{
		apps: apps, last: make(map[*app]budgetView),
		fit: desc("drain_budget_dynos_fit", "The most dynos of a process type that fit every Redis, beside the others; +Inf where it takes no connections.", "process"),
		perDyno: desc("drain_budget_connections_per_dyno", "Redis connections that a dyno of a process type takes.",
			"addon", "attachment", "process", "origin"),
		uncertainty: desc("drain_budget_connections_per_dyno_uncertainty", "How far off the connections per dyno may be, at 95 %; 0 where they are configured.",
			"addon", "attachment", "process"),
		connections: desc("drain_budget_connections", "Connections that the dynos take now, and while a deploy with preboot has old and new ones up.",
			"addon", "attachment", "state"),
		fits: desc("drain_budget_fits", "Whether those connections fit the Redis.", "addon", "attachment", "state"),
		growth: desc("drain_budget_scale_up_fits", "Whether the dynos fit every Redis since somebody last added some of the process type.",
			"process"),
		plan: desc("drain_budget_plan_dynos_fit", "The most dynos of a process type that fit a plan of the Redis, beside the others.",
			"addon", "attachment", "process", "plan"),
	}
}

// Describe implements [prometheus.Collector].
func (c *budgets) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.fit, c.perDyno, c.uncertainty, c.connections, c.fits, c.growth, c.plan} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *budgets) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.apps.each(func(one *app) {
		_, known := c.last[one]
		if !known && len(c.last) >= maxBudgets {
			return
		}
		if one.mu.TryLock() {
			if v := viewOf(one.budget); known || len(v.report.Addons) > 0 {
				c.last[one] = v
			}
			one.mu.Unlock()
		}
		if v, known := c.last[one]; known {
			c.collect(ch, one.name, &v.report, v.fit)
		}
	})
}

func viewOf(b *budget.Budget) budgetView {
	v := budgetView{report: b.Report(), fit: make(map[string]float64)}
	for process := range v.report.Dynos {
		switch n, known := b.Fits(process); {
		case known && n == budget.Unbounded:
			v.fit[process] = math.Inf(1)
		case known:
			v.fit[process] = float64(n)
		}
	}
	return v
}

func (c *budgets) collect(ch chan<- prometheus.Metric, app string, r *budget.Snapshot, fit map[string]float64) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{app}, labels...)...)
	}
	for process, n := range fit {
		gauge(c.fit, n, process)
	}
	for i := range r.Addons {
		a := &r.Addons[i]
		for process, p := range a.PerDyno {
			if p.From != budget.Unknown {
				gauge(c.perDyno, p.Connections, a.Addon, a.Attachment, process, string(p.From))
				gauge(c.uncertainty, p.PlusMinus, a.Addon, a.Attachment, process)
			}
		}
		if n := a.Need; n != nil {
			gauge(c.connections, float64(n.Connections), a.Addon, a.Attachment, "now")
			gauge(c.connections, float64(n.Deploy), a.Addon, a.Attachment, "deploy")
			if a.Limit > 0 {
				gauge(c.fits, bit(n.Fits), a.Addon, a.Attachment, "now")
				gauge(c.fits, bit(n.DeployFits), a.Addon, a.Attachment, "deploy")
			}
		}
		for _, p := range a.Plans {
			for process, n := range p.Fits {
				gauge(c.plan, float64(n), a.Addon, a.Attachment, process, p.Plan)
			}
		}
	}
	if g := r.Growth; g != nil && g.Fits != budget.FitsUnknown {
		gauge(c.growth, bit(g.Fits == budget.Fits), g.Process)
	}
}

// bit is 1 for yes and 0 for no.
func bit(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
