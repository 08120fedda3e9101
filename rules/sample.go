package rules

import (
	"maps"
	"time"
)

// take applies a sample and holds it against the rules that ask for it.
func (e *Engine) take(in *Sample) {
	at := in.At
	if at.IsZero() || at.After(e.now) {
		at = e.now
	}
	held := e.seriesOf(in)
	if held == nil {
		e.dropped++
		return
	}
	if !held.apply(at, in.Value, in.Source) {
		e.late++
		return
	}
	staleAt := held.stale(e.opts.Stale)
	if !e.now.Before(staleAt) {
		e.late++ // too old on arrival: it says nothing about now
		return
	}
	e.hold(held.bounds, held, in.Value, staleAt)
	if held.share != nil {
		if limit := e.limit(held); limit > 0 {
			e.hold(held.share.bounds, held, in.Value/limit, staleAt)
		}
	}
}

// seriesOf returns the series of a sample, nil if there are too many. Deliveries repeat each other:
// mostly it is the one that followed last time, too, and need not be looked up.
func (e *Engine) seriesOf(in *Sample) *series {
	if last := e.last; last != nil && last.next != nil && last.next.metric == in.Name && last.next.labels.same(&in.Labels) {
		e.last = last.next
		return e.last
	}
	key := seriesKey{in.Name, in.Labels}
	s := e.series[key]
	if s == nil {
		if len(e.series) >= maxSeries && !e.sweep() {
			return nil
		}
		s = e.newSeries(key)
	}
	if e.last != nil {
		e.last.next = s
	}
	e.last = s
	return s
}

// same is l == *m, for labels most of which are empty.
func (l *Labels) same(m *Labels) bool {
	return len(l.Process) == len(m.Process) && len(l.Dyno) == len(m.Dyno) && len(l.Addon) == len(m.Addon) &&
		len(l.Code) == len(m.Code) && len(l.Field) == len(m.Field) &&
		(l.Process == "" || l.Process == m.Process) && (l.Dyno == "" || l.Dyno == m.Dyno) && (l.Addon == "" || l.Addon == m.Addon) &&
		(l.Code == "" || l.Code == m.Code) && (l.Field == "" || l.Field == m.Field)
}

// sweep lets go of the series that ceased to say anything, at most once in a while, and says whether
// there is room now. Each one-off dyno has a name of its own, and would take its place for good.
func (e *Engine) sweep() bool {
	if e.now.Sub(e.swept) >= e.opts.Stale.Max {
		e.swept = e.now
		maps.DeleteFunc(e.series, func(_ seriesKey, s *series) bool { return !e.now.Before(s.stale(e.opts.Stale)) })
		e.last = nil
		for _, s := range e.series {
			e.resolve(s) // what it remembers of others may be gone
		}
	}
	return len(e.series) < maxSeries
}

func (e *Engine) newSeries(key seriesKey) *series {
	s := &series{seriesKey: key}
	e.series[key] = s
	e.resolve(s)
	return s
}

// resolve finds the rules that ask for a series, and forgets what else was found for it.
func (e *Engine) resolve(s *series) {
	s.bounds, s.next = e.boundsOf(s.metric), nil
	if of, ok := shares[s.metric]; ok {
		s.share = &share{bounds: e.boundsOf(of.ratio)}
	}
}

func (e *Engine) boundsOf(metric string) []bound {
	var out []bound
	for _, c := range e.set.byMetric[metric] {
		out = append(out, bound{rule: c})
	}
	return out
}

// limit of a number is the newest one logged, else the one that is known otherwise.
func (e *Engine) limit(of *series) float64 {
	from := shares[of.metric]
	if of.share.limit == nil {
		of.share.limit = e.series[seriesKey{from.limit, of.labels}]
	}
	if of.share.limit != nil {
		return of.share.limit.value
	}
	if known := from.known(&e.opts); known != nil {
		return known(of.labels.Addon, of.source)
	}
	return 0
}

// hold holds a new number against the rules that ask for it.
func (e *Engine) hold(list []bound, from *series, value float64, staleAt time.Time) {
	for i := range list {
		b := &list[i]
		if b.state == nil || b.state.gone {
			if b.state = e.state(b.rule.place, from.labels); b.state == nil {
				continue
			}
		}
		s, c := b.state, b.rule
		s.source, s.value, s.sampleAt, s.staleAt = from.source, value, from.at, staleAt
		switch t, ok := s.sign.(*trend); {
		case ok:
			t.add(from.at, value, staleAt)
		case beyond(value, c.Above, c.Below):
			s.run++
		default:
			s.run = 0
		}
		e.touch(s)
	}
}
