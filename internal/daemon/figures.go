package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"drain/alert/plot"
	"drain/internal/budget"
	"drain/internal/history"
	"drain/rules"
)

// What an alert's Plot begins with; the name of the add-on's attachment or of the dyno follows.
const (
	plotsConnections = "connections:"
	plotsMemory      = "memory:"
)

// plotted is how much of the history a picture shows, at Heroku's own pace.
const plotted = time.Hour

// plotOf names the figures over time that an Event is about; empty where none are kept. The caller holds
// the app's lock.
func (d *Daemon) plotOf(one *app, ev *rules.Event) string {
	r := d.rules.Load().rule(ev.Rule)
	switch {
	case r == nil:
	case aboutMemory(r) && ev.Labels.Dyno != "":
		return plotsMemory + ev.Labels.Dyno
	case aboutConnections(r):
		if name := attachmentOf(one.budget.Snapshot(), ev); name != "" {
			return plotsConnections + name
		}
	}
	return ""
}

func aboutMemory(r *rules.Rule) bool {
	quota := func(code string) bool { return code == "R14" || code == "R15" }
	return r.Match != nil && slices.ContainsFunc(r.Match.Code, quota) || strings.HasPrefix(metricOf(r), "dyno_memory_")
}

func aboutConnections(r *rules.Rule) bool {
	return r.Cause == rules.RedisCause || strings.HasPrefix(metricOf(r), "redis_connections")
}

// metricOf is the number that a rule is about; empty if it counts lines or is made of others.
func metricOf(r *rules.Rule) string {
	switch {
	case r.Forecast != nil:
		return r.Forecast.Metric
	case r.Outlier != nil:
		return r.Outlier.Metric
	}
	return r.Metric
}

// attachmentOf is what the history calls the add-on that an Event is about: where it says none, the one
// that is nearest to its limit.
func attachmentOf(s budget.Snapshot, ev *rules.Event) (name string) {
	share := 0.0
	for _, a := range s.Addons {
		if a.At.IsZero() || a.Limit == 0 || ev.Labels.Addon != "" && a.Addon != ev.Labels.Addon {
			continue
		}
		if used := float64(a.Used) / float64(a.Limit); name == "" || used > share {
			name, share = a.Attachment, used
			if name == "" {
				name = a.Addon
			}
		}
	}
	return name
}

// figureOver is how the figure that a Plot names went; false where nothing is known of it.
func (d *Daemon) figureOver(app, name string) (plot.Figure, bool) {
	one := d.apps.known(app)
	if one == nil {
		return plot.Figure{}, false
	}
	one.mu.Lock()
	view := one.history.View(d.now())
	one.mu.Unlock()
	if view == nil {
		return plot.Figure{}, false
	}
	if addon, ok := strings.CutPrefix(name, plotsConnections); ok {
		return figureIn(view, view.Connections, addon, "Redis connections of ", func(s *history.Series) string {
			return fmt.Sprintf("%.0f of %.0f", s.Value, s.Limit)
		})
	}
	dyno := strings.TrimPrefix(name, plotsMemory)
	return figureIn(view, view.Memory, dyno, "Memory of ", func(s *history.Series) string {
		return fmt.Sprintf("%.0f %% of its quota", 100*s.Value/s.Limit)
	})
}

func figureIn(v *history.View, all []history.Series, name, title string, now func(*history.Series) string) (plot.Figure, bool) {
	at := slices.IndexFunc(all, func(s history.Series) bool { return s.Name == name })
	if at < 0 {
		return plot.Figure{}, false
	}
	points := min(int(plotted/historyStep), len(all[at].Shares)) // whatever the pace
	return plot.Figure{
		Title: title + name, Now: now(&all[at]), Step: v.Step,
		From: v.To.Add(-time.Duration(points) * v.Step), Shares: all[at].Shares[len(all[at].Shares)-points:],
	}, true
}
