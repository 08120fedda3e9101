package rules

import "time"

// Outlook is when a Forecast expects a figure to reach its bound, as a line from where it is now.
type Outlook struct {
	Labels Labels
	At     time.Time // of the newest sample
	Value  float64   // where the trend is then; the sample itself may be beside it
	Reach  time.Time // when it is at Bound, after At; less than 24 h
	Bound  float64
}

// Outlooks returns what the rules that forecast a metric see coming, soon enough for them or not, in no
// order. There is none of a figure that is stale, that goes nowhere or away from its bound, or that is
// there already.
func (e *Engine) Outlooks(metric string, now time.Time) []Outlook {
	var out []Outlook
	for place, r := range e.set.rules {
		if r.Forecast == nil || r.Forecast.Metric != metric {
			continue
		}
		for labels, s := range e.states[place] {
			t, ok := s.sign.(*trend)
			if !ok || !now.Before(t.StaleAt) {
				continue
			}
			if t.draw(); t.reach.After(now) {
				bound, _ := t.bound()
				out = append(out, Outlook{labels, unix(t.Points[len(t.Points)-1].At), t.level, t.reach, bound})
			}
		}
	}
	return out
}
