package rules

import (
	"slices"
	"time"
)

// flowSteps is how many steps a window of traffic has. Its figures change at the end of a step, so
// that they don't depend on how a step's requests were delivered.
const flowSteps = 20

// flow is the traffic within a window: as of the end of the last whole step, (t-w, t].
type flow struct {
	Steps []flowStep `json:"steps,omitempty"` // oldest first, the one under way last

	grain    int64
	reckoned int64 // the end of the step that sum is as of
	sum      Traffic
}

// flowStep is the traffic of [At, At+grain).
type flowStep struct {
	At      int64   `json:"at"` // nanoseconds
	Traffic Traffic `json:"traffic"`
}

func newFlow(window time.Duration) flow { return flow{grain: max(1, int64(window)/flowSteps)} }

// add counts traffic at now, and says whether a step began with it.
func (f *flow) add(now time.Time, t *Traffic) (began bool) {
	at := truncate(now.UnixNano(), f.grain)
	if n := len(f.Steps); n == 0 || f.Steps[n-1].At != at {
		f.prune(at)
		f.Steps = append(f.Steps, flowStep{At: at})
		began = true
	}
	f.Steps[len(f.Steps)-1].Traffic.add(t)
	return began
}

// prune forgets what has left the window at the end of a step.
func (f *flow) prune(end int64) {
	old := 0
	for old < len(f.Steps) && f.Steps[old].At < end-flowSteps*f.grain {
		old++
	}
	f.Steps = slices.Delete(f.Steps, 0, old)
}

// at returns the traffic of the window that ends with the last whole step.
func (f *flow) at(now time.Time) *Traffic {
	end := truncate(now.UnixNano(), f.grain)
	if f.reckoned != end {
		f.prune(end)
		f.reckoned, f.sum = end, Traffic{}
		for i := range f.Steps {
			if f.Steps[i].At < end {
				f.sum.add(&f.Steps[i].Traffic)
			}
		}
	}
	return &f.sum
}

// next is when at gives something else if nothing is added.
func (f *flow) next(now time.Time) time.Time {
	n := len(f.Steps)
	if n == 0 {
		return time.Time{}
	}
	if last := f.Steps[n-1].At; last == truncate(now.UnixNano(), f.grain) {
		return unix(last + f.grain)
	}
	return f.leaves(0)
}

// leaves is when step i is no longer within the window.
func (f *flow) leaves(i int) time.Time { return unix(f.Steps[i].At + (flowSteps+1)*f.grain) }

func (f *flow) empty(now time.Time) bool {
	f.at(now)
	return len(f.Steps) == 0
}

// trafficDefaults are the window and the volume of a rule about requests: a share or a percentile of
// a few requests says nothing.
func trafficDefaults(r Rule) (window time.Duration, volume uint64) {
	window, volume = r.Window, r.Volume
	if window == 0 {
		window = 5 * time.Minute
	}
	if volume == 0 && r.Metric != "router_requests" {
		volume = 20
	}
	return window, volume
}

// gauge is a figure of an app's whole traffic, held against a bound.
type gauge struct {
	flow
	rule *Rule
}

// read returns the figure at now; known is false where there was too little traffic.
func (g *gauge) read(now time.Time) (v float64, known bool) {
	sum := g.at(now)
	v, known = metrics[g.rule.Metric].traffic(sum)
	return v, known && sum.requests() >= g.rule.Volume
}

func (g *gauge) holds(now time.Time) (held, known bool) {
	v, known := g.read(now)
	return known && beyond(v, g.rule.Above, g.rule.Below), known
}

func (g *gauge) figure(now time.Time) (value, bound float64) {
	value, _ = g.read(now)
	if g.rule.Above != nil {
		return value, *g.rule.Above
	}
	return value, *g.rule.Below
}

// takeTraffic counts requests for the rules that ask for figures of them.
func (e *Engine) takeTraffic(all []Traffic) {
	if len(all) == 0 {
		return
	}
	for _, c := range e.set.traffic {
		for i := range all {
			t := &all[i]
			switch {
			case c.Outlier == nil:
				if s := e.state(c.place, Labels{}); s != nil {
					e.flowed(s, &s.sign.(*gauge).flow, t)
				}
			case t.Dyno != "":
				if s := e.state(c.place, Labels{Dyno: t.Dyno}); s != nil {
					e.flowed(s, &s.sign.(*member).flow, t)
				}
			}
		}
	}
}

// flowed adds traffic to a state's flow.
func (e *Engine) flowed(s *state, f *flow, t *Traffic) {
	if f.add(e.now, t) {
		s.sampleAt, s.staleAt = e.now, f.leaves(len(f.Steps)-1)
		e.touch(s) // for the deadline at the step's end
	}
}
