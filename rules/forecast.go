package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Forecast is a condition that holds while a metric, at its present slope, will reach a bound soon.
// One that is there already is not forecast.
type Forecast struct {
	Metric string        `yaml:"metric"` // one of Metrics
	Above  *float64      `yaml:"above"`  // the bound, from below …
	Below  *float64      `yaml:"below"`  // … or from above
	Within time.Duration `yaml:"within"` // how soon is soon
	Window time.Duration `yaml:"window"` // how far back the slope is taken; default 30m
}

const (
	trendPoints   = 30  // a window has so many: the slopes between all of them are compared
	trendAtLeast  = 8   // fewer say nothing, …
	trendSpan     = 3   // … nor do those of less than a third of the window
	trendAgreeing = 0.8 // so much of all pairs of points must rise, or it is noise
)

func (f Forecast) withDefaults() *Forecast {
	if f.Window == 0 {
		f.Window = 30 * time.Minute
	}
	return &f
}

func (f Forecast) faster(n time.Duration) *Forecast {
	f.Within, f.Window = f.Within/n, f.Window/n
	return &f
}

func (f Forecast) check(report Report) {
	if m, ok := metrics[f.Metric]; !ok || m.traffic != nil {
		report("forecast.metric", fmt.Sprintf("unknown metric %q", f.Metric), "use one of "+strings.Join(sampled(), ", "))
	}
	if (f.Above == nil) == (f.Below == nil) {
		report("forecast", "needs one bound", "give either above or below")
	}
	if f.Within == 0 {
		report("forecast.within", "is missing", "say how soon the bound must be reached, e.g. 15m")
	} else {
		checkSpan(report, "forecast.within", f.Within, minWindow, maxWindow)
	}
	if f.Window != 0 {
		checkSpan(report, "forecast.window", f.Window, time.Second, maxWindow)
	}
}

// bound returns the bound, and whether it is reached from above.
func (f *Forecast) bound() (v float64, falling bool) {
	if f.Above != nil {
		return *f.Above, false
	}
	return *f.Below, true
}

// trend is where a metric is going. Its slope is Theil and Sen's, the median of those between all
// pairs of points: a fifth of them may be anything.
type trend struct {
	Points  []trendPoint `json:"points,omitempty"` // oldest first
	Since   time.Time    `json:"since,omitzero"`   // the dyno started anew: what was before is another's
	Newest  time.Time    `json:"newest,omitzero"`
	Value   float64      `json:"value,omitempty"`
	StaleAt time.Time    `json:"stale_at,omitzero"`

	*Forecast `json:"-"`
	scratch   *[]float64
	drawn     bool
	reach     time.Time // when the bound is reached, if drawn; zero: not in sight
	level     float64   // where the line of the trend is at the last point, if the bound is in sight
}

// trendPoint is the last sample of one step. A mean would mix what is odd into its neighbours.
type trendPoint struct {
	At    int64   `json:"at"` // in nanoseconds
	Value float64 `json:"value"`
}

// until is the seconds from p to q.
func (p trendPoint) until(q trendPoint) float64 { return float64(q.At-p.At) / 1e9 }

// add takes a sample; samples come in order of time.
func (t *trend) add(at time.Time, value float64, staleAt time.Time) {
	if at.Before(t.Since) {
		return
	}
	t.Newest, t.Value, t.StaleAt, t.drawn = at, value, staleAt, false
	point := trendPoint{at.UnixNano(), value}
	step := max(1, int64(t.Window)/trendPoints)
	if n := len(t.Points); n > 0 && truncate(t.Points[n-1].At, step) == truncate(point.At, step) {
		t.Points[n-1] = point
	} else {
		t.Points = append(t.Points, point)
	}
	old := 0
	for t.Points[old].At <= point.At-int64(t.Window) {
		old++
	}
	t.Points = slices.Delete(t.Points, 0, old)
}

// reset forgets what was before a dyno started anew.
func (t *trend) reset(at time.Time) {
	if at.After(t.Since) {
		t.Since, t.Points, t.drawn = at, nil, false
	}
}

// draw finds when the bound is reached.
func (t *trend) draw() {
	if t.drawn {
		return
	}
	t.drawn, t.reach = true, time.Time{}
	n := len(t.Points)
	if n < trendAtLeast {
		return
	}
	last := t.Points[n-1]
	if t.Points[0].until(last) < t.Window.Seconds()/trendSpan {
		return
	}
	bound, falling := t.bound()
	slope, rising := t.slope(t.Points, falling)
	if rising < trendAgreeing {
		return
	}
	// A dyno that warms up rises ever more slowly: the newer half says where it is going.
	newer := t.Points[n/2:]
	if s, _ := t.slope(newer, falling); s < slope {
		slope = s
	}
	if falling {
		bound = -bound
	}
	rest := (*t.scratch)[:0]
	for _, p := range newer {
		v := p.Value
		if falling {
			v = -v
		}
		rest = append(rest, bound-v-slope*p.until(last))
	}
	*t.scratch = rest
	if left := median(rest); slope > 0 && left > 0 && left/slope < maxWindow.Seconds() {
		t.reach, t.level = unix(last.At+int64(left/slope*1e9)), bound-left
		if falling {
			t.level = -t.level
		}
	}
}

// slope returns the median slope a second between all pairs of points, and the share of them that
// rise; of a falling figure, the slope downwards.
func (t *trend) slope(points []trendPoint, falling bool) (slope, rising float64) {
	all := (*t.scratch)[:0]
	for i, p := range points {
		for _, q := range points[i+1:] {
			s := (q.Value - p.Value) / p.until(q)
			if falling {
				s = -s
			}
			if s > 0 {
				rising++
			}
			all = append(all, s)
		}
	}
	*t.scratch = all
	return median(all), rising / float64(len(all))
}

// median sorts the list; that of none is 0.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

func (t *trend) holds(now time.Time) (held, known bool) {
	if !now.Before(t.StaleAt) {
		return false, false
	}
	t.draw()
	return !t.reach.IsZero() && !now.Before(t.reach.Add(-t.Within)), true
}

func (t *trend) next(now time.Time) time.Time {
	t.draw()
	if !t.reach.IsZero() {
		if at := t.reach.Add(-t.Within); at.After(now) && at.Before(t.StaleAt) {
			return at
		}
	}
	return t.Newest.Add(t.Window)
}

// empty: the points outlive the newest sample's freshness, or a hole in the log would cost the trend.
func (t *trend) empty(now time.Time) bool { return !now.Before(t.Newest.Add(t.Window)) }

func (t *trend) figure(time.Time) (value, bound float64) {
	bound, _ = t.bound()
	return t.Value, bound
}

// eta is how long it takes to reach the bound, in words: 12m, 40s. Empty if it is not in sight.
func (t *trend) eta(now time.Time) string {
	t.draw()
	if t.reach.IsZero() {
		return ""
	}
	left := max(0, t.reach.Sub(now))
	unit := time.Minute
	if left < 2*time.Minute {
		unit = time.Second
	}
	return formatDuration(left.Round(unit))
}
