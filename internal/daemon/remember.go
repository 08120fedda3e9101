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
	newest   int64 // the newest line's own time, Unix nanoseconds; 0: no line has one
	runtime  bool  // a dyno told of its memory and load
	requests history.Requests
}

func (g *glance) add(line *parser.Line) {
	g.newest = max(g.newest, line.Nanos)
	switch {
	case line.Kind == parser.KindRuntime:
		g.runtime = true
	case line.Kind == parser.KindRouter && line.Router.Pairs:
		g.requests.Add(line.Router.Status, line.Router.Service)
	}
}

// addAside takes what was set aside.
func (g *glance) addAside(requests *parser.Requests, texts *parser.Texts) {
	n := requests.N
	for _, nanos := range requests.Nanos[:n] {
		g.newest = max(g.newest, nanos)
	}
	for _, nanos := range texts.Nanos[:texts.N] {
		g.newest = max(g.newest, nanos)
	}
	g.requests.AddAll(requests.Status[:n], requests.Service[:n])
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
