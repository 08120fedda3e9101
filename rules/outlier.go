package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Outlier is a condition that holds for a dyno whose figure stands out, upwards, from those of the
// other dynos of its process type.
type Outlier struct {
	Metric string        `yaml:"metric"` // one of outlierMetrics
	Window time.Duration `yaml:"window"` // default 10m
	Volume uint64        `yaml:"volume"` // of a dyno with fewer requests nothing is known; default 50
}

// outlierMetrics are the figures that dynos are compared by, and the least difference that matters,
// whatever the others' spread, given their median: ten of a hundred requests; twice the time, and a
// tenth of a second.
var outlierMetrics = map[string]func(median float64) float64{
	"router_error_ratio": func(float64) float64 { return 0.1 },
	"router_service_p95": func(median float64) float64 { return max(median, 0.1) },
	"router_service_p99": func(median float64) float64 { return max(median, 0.1) },
}

const (
	minSiblings = 3 // two can't tell which of them is odd
	// How many standard deviations make an outlier; of a normal distribution one is 1.4826 times the
	// median of the differences from the median.
	outlierSpread = 4 * 1.4826
)

func (c Outlier) withDefaults() *Outlier {
	if c.Window == 0 {
		c.Window = 10 * time.Minute
	}
	if c.Volume == 0 {
		c.Volume = 50
	}
	return &c
}

func (c Outlier) faster(n time.Duration) *Outlier {
	c.Window /= n
	return &c
}

func (c Outlier) check(report Report) {
	if outlierMetrics[c.Metric] == nil {
		report("outlier.metric", fmt.Sprintf("unknown metric %q", c.Metric), "use one of "+strings.Join(slices.Sorted(maps.Keys(outlierMetrics)), ", "))
	}
	if c.Window != 0 {
		checkSpan(report, "outlier.window", c.Window, minWindow, maxWindow)
	}
}

// member is one dyno among those it is compared with.
type member struct {
	flow
	*Outlier `json:"-"`
	state    *state
	engine   *Engine
}

// read returns the dyno's own figure at now, if it had enough requests.
func (m *member) read(now time.Time) (v float64, known bool) {
	sum := m.at(now)
	v, known = metrics[m.Metric].traffic(sum)
	return v, known && sum.requests() >= m.Volume
}

// limit is what the figure v must exceed to stand out from the other dynos'; ok is false if those are
// too few.
func (m *member) limit(now time.Time, v float64) (limit float64, ok bool) {
	all := m.engine.peersOf(m.state, now)
	others := slices.Clone(all)
	if i, ok := slices.BinarySearch(all, v); ok {
		others = slices.Delete(others, i, i+1) // itself
	}
	if len(others) < minSiblings {
		return 0, false
	}
	mid := median(others)
	for i := range others {
		others[i] = math.Abs(others[i] - mid)
	}
	return mid + max(outlierSpread*median(others), outlierMetrics[m.Metric](mid)), true
}

func (m *member) holds(now time.Time) (held, known bool) {
	v, known := m.read(now)
	limit, ok := m.limit(now, v)
	return known && ok && v > limit, known
}

// next is the end of the step: also where this dyno had no request, the others may have had some.
func (m *member) next(now time.Time) time.Time {
	if m.empty(now) {
		return time.Time{}
	}
	return unix(truncate(now.UnixNano(), m.grain) + m.grain)
}

func (m *member) figure(now time.Time) (value, bound float64) {
	value, _ = m.read(now)
	bound, _ = m.limit(now, value)
	return value, bound
}

// peers are the figures of all dynos that one rule compares, as of the end of a step.
type peers struct {
	at      int64
	figures map[string][]float64 // by process type, in order
}

// peersOf returns the figures of s's process type, s's own among them.
func (e *Engine) peersOf(s *state, now time.Time) []float64 {
	p, end := &e.peers[s.rule.place], truncate(now.UnixNano(), s.sign.(*member).grain)
	if p.at != end {
		p.at, p.figures = end, make(map[string][]float64)
		for labels, other := range e.states[s.rule.place] {
			if v, known := other.sign.(*member).read(now); known {
				process := processOf(labels.Dyno)
				p.figures[process] = append(p.figures[process], v)
			}
		}
		for _, list := range p.figures {
			slices.Sort(list)
		}
	}
	return p.figures[processOf(s.labels.Dyno)]
}
