package rules

import (
	"fmt"
	"time"
)

// sign is what a state keeps for a condition that is more than a count or a run of samples: a trend,
// a rhythm, a comparison. Its exported fields are what a Snapshot holds of it; all else must follow
// from them and the rule.
type sign interface {
	// holds says whether the condition is true at now, and whether that is known at all.
	holds(now time.Time) (held, known bool)
	// next returns when after now holds could change, or the sign become empty, without anything new.
	// Zero, or a time that is not after now: never.
	next(now time.Time) time.Time
	// empty says that nothing is worth keeping.
	empty(now time.Time) bool
	// figure is what an Event tells, and what it is held against.
	figure(now time.Time) (value, bound float64)
}

// newSign returns nil for a rule that only counts or holds samples against a bound.
func (e *Engine) newSign(s *state) sign {
	switch c := s.rule; {
	case metrics[c.Metric].traffic != nil:
		return &gauge{newFlow(c.Window), &c.Rule}
	case c.Silent != nil:
		return &rhythm{Silent: c.Silent}
	case c.Outlier != nil:
		return &member{newFlow(c.Outlier.Window), c.Outlier, s, e}
	case c.Forecast != nil:
		return &trend{Forecast: c.Forecast, scratch: &e.slopes}
	}
	return nil
}

// of returns the label that the rule's numbers differ in, empty if it only counts lines.
func (r Rule) of() string {
	if r.Silent != nil {
		return r.Silent.Of
	}
	if r.Outlier != nil {
		return "dyno"
	}
	if m := r.watched(); m != "" {
		return metrics[m].by
	}
	return ""
}

// watched is the metric whose samples the rule is judged by, empty if there is none.
func (r Rule) watched() string {
	if r.Forecast != nil {
		return r.Forecast.Metric
	}
	return r.Metric
}

// figured is the metric that the rule tells of, empty if it tells counts or times.
func (r Rule) figured() string {
	if r.Outlier != nil {
		return r.Outlier.Metric
	}
	return r.watched()
}

// checkSigns reports mistakes in the conditions that have a key of their own.
func (r Rule) checkSigns(report Report) {
	given := 0
	for _, on := range []bool{r.Metric != "", r.Forecast != nil, r.Silent != nil, r.Outlier != nil} {
		if on {
			given++
		}
	}
	if given > 1 {
		report("", "has several conditions", "keep one of metric, forecast, silent, outlier; make a rule of each")
	}
	if r.Forecast != nil {
		r.Forecast.check(report)
	}
	if r.Silent != nil {
		r.Silent.check(report)
	}
	if r.Outlier != nil {
		r.Outlier.check(report)
	}
}

// checkSpan reports a duration out of range.
func checkSpan(report Report, field string, d, least, most time.Duration) {
	if d < least || d > most {
		report(field, fmt.Sprintf("%v is out of range", d), "use "+formatDuration(least)+" to "+formatDuration(most))
	}
}
