package daemon

import (
	"time"

	"drain/internal/budget"
	"drain/internal/history"
	"drain/parser"
	"drain/rules"
)

// historyStep is how far apart the points of a plot are: with them all that is three hours.
const historyStep = time.Minute

// glance is what the page wants to know of a delivery's lines, whatever the rules ask for.
type glance struct {
	runtime  bool // a dyno told of its memory and load
	requests history.Requests
	aside    *parser.Requests // besides, those that were set aside; nil: none
}

func (g *glance) add(line *parser.Line) {
	switch {
	case line.Kind == parser.KindRuntime:
		g.runtime = true
	case line.Kind == parser.KindRouter && line.Router.Pairs:
		g.requests.Add(line.Router.Status, line.Router.Service)
	}
}

// keep has the requests of a delivery received at a time shown.
func (g *glance) keep(h *history.App, at time.Time) {
	h.Requests(at, &g.requests)
	if r := g.aside; r != nil {
		h.AddAll(at, r.Status[:r.N], r.Service[:r.N])
	}
}

// plot keeps an add-on's connections for the page. The caller holds the app's lock.
func (one *app) plot(s budget.Sample) {
	limit, name := s.Limit, s.Attachment
	if limit == 0 {
		limit = one.budget.Limit(s.Addon, s.Attachment)
	}
	if name == "" {
		name = s.Addon
	}
	one.history.Put(history.Connections, name, s.At, float64(s.Used), float64(limit))
}

// plotMemory keeps dynos' memory for the page. The caller holds the app's lock.
func (one *app) plotMemory(obs *rules.Observation) {
	for i := range obs.Samples {
		if s := &obs.Samples[i]; s.Name == "dyno_memory_ratio" {
			one.history.Put(history.Memory, s.Labels.Dyno, cut(s.At, obs.At), s.Value, 1)
		}
	}
}
