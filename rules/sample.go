package rules

import (
	"maps"
	"time"
)

// take applies a sample and holds it against the rules that ask for it. Now is the Engine's time in Unix
// nanoseconds.
func (e *Engine) take(in *Sample, now int64) {
	held := e.seriesOf(in)
	if held == nil {
		e.dropped++
		return
	}
	at, nanos := in.At, in.At.UnixNano()
	if at.IsZero() || nanos > now {
		at, nanos = e.now, now
	}
	if !held.older(nanos) {
		e.late++
		return
	}
	held.apply(at, nanos, in)
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

// seriesOf returns the series of a sample, nil if there are too many. A line's numbers mostly follow each
// other as they did in the line before, and need not be looked up.
func (e *Engine) seriesOf(in *Sample) *series {
	last := e.last
	if last != nil {
		if s := last.next; s != nil && s.is(in) {
			e.last = s
			return s
		}
	}
	s := e.findSeries(in)
	if last != nil && s != nil && last.labels.same(&s.labels) {
		last.next = s
	}
	e.last = s
	return s
}

// findSeries is seriesOf for any sample. Mostly the series had one not long ago.
func (e *Engine) findSeries(in *Sample) *series {
	recent := e.recentOf(in)
	if recent != nil && *recent != nil && (*recent).is(in) {
		return *recent
	}
	key := seriesKey{in.Name, in.Labels}
	s := e.series[key]
	if s == nil {
		if len(e.series) >= maxSeries && !e.sweep() {
			return nil
		}
		s = e.newSeries(key)
		recent = e.recentOf(in) // there may be another table now
	}
	*recent = s
	return s
}

// recentOf returns where the series of a sample is held that had one not long ago, or another of the same
// place; nil as long as there is no series.
func (e *Engine) recentOf(in *Sample) **series {
	if len(e.recent) == 0 {
		return nil
	}
	subject := in.Labels.Dyno
	if subject == "" {
		subject = in.Labels.Addon
	}
	hash := (tail(subject) + tail(in.Name)<<32) * spread
	return &e.recent[hash>>32*uint64(len(e.recent))>>32]
}

// sweep lets go of the series that ceased to say anything, at most once in a while, and says whether
// there is room now. Each one-off dyno has a name of its own, and would take its place for good.
func (e *Engine) sweep() bool {
	if e.now.Sub(e.swept) >= e.opts.Stale.Max {
		e.swept = e.now
		maps.DeleteFunc(e.series, func(_ seriesKey, s *series) bool { return !e.now.Before(s.stale(e.opts.Stale)) })
		clear(e.recent)
		for _, s := range e.series {
			e.resolve(s) // what it remembers of others may be gone
		}
	}
	return len(e.series) < maxSeries
}

func (e *Engine) newSeries(key seriesKey) *series {
	s := &series{seriesKey: key}
	e.series[key] = s
	if n := len(e.recent); len(e.series) > n/4 {
		e.recent = make([]*series, max(fewSeries, 2*n))
	}
	e.resolve(s)
	return s
}

// resolve finds the rules that ask for a series, and forgets what else was found for it.
func (e *Engine) resolve(s *series) {
	s.next, s.bounds = nil, e.boundsOf(s.metric)
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
