package rules

import "time"

// phase is where a state stands.
type phase uint8

const (
	idle    phase = iota // the condition does not hold
	pending              // it holds, but not yet for the rule's For
	firing               // it has held for For; stays until it has ceased for KeepFiringFor
)

// state is one rule under one key.
type state struct {
	rule   *compiled
	labels Labels
	source string

	phase  phase
	since  time.Time // pending: since when it holds; firing: when it fired
	ceased time.Time // firing: since when it does not hold; zero while it does
	told   string    // firing: the summary it fired with
	more   string    // … and the details
	shown  bool      // firing: an Event said so

	standing standing // as the rules know it that name this one

	hits, of window
	excerpt  string // of the newest match; aliases the delivery until an Event clones it
	run      int    // samples in a row that were out of bounds
	sampleAt time.Time
	staleAt  time.Time
	value    float64
	sign     sign // nil: counts and samples in a row are all there is

	deadline time.Time // when it must be looked at again
	place    int       // in the heap of deadlines; -1: none
	gone     bool      // the Engine no longer has it

	met, touched bool // by the Observation being judged
}

// holds says whether the rule's condition is true at now, and whether that is known at all: of a
// stale number nothing is.
func (s *state) holds(now time.Time) (held, known bool) {
	s.prune(now.UnixNano())
	if s.counted() {
		return true, true
	}
	if s.sign != nil {
		return s.sign.holds(now)
	}
	if s.sampleAt.IsZero() {
		return false, true
	}
	if !now.Before(s.staleAt) {
		return false, false
	}
	return s.run >= s.rule.Samples, true
}

// prune forgets what has left the windows at now, in Unix nanoseconds.
func (s *state) prune(now int64) {
	width := int64(s.rule.Window)
	s.hits.prune(now, width)
	s.of.prune(now, width)
}

// counted says whether the rule's lines are as many as it asks for. The windows have been pruned.
func (s *state) counted() bool {
	r := s.rule
	if r.Match == nil || s.hits.sum < r.Count {
		return false
	}
	if r.Of == nil {
		return true
	}
	return s.of.sum >= r.Volume && float64(s.hits.sum) >= r.Ratio*float64(s.of.sum)
}

// next returns when after now, without anything new, the state could change or be forgotten; zero:
// never. The windows have been pruned at now.
func (s *state) next(now time.Time, forget time.Duration) time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if t.After(now) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	width := int64(s.rule.Window)
	switch {
	case s.rule.Of != nil && s.hits.sum >= s.rule.Count && s.rule.Count > 0:
		// A share can rise or fall when anything leaves either window.
		for _, t := range []int64{s.hits.first(width), s.of.first(width)} {
			if t > 0 {
				sooner(unix(t))
			}
		}
	case s.phase != idle && s.ceased.IsZero():
		if t := s.hits.falls(s.rule.Count, width); t > 0 {
			sooner(unix(t))
		}
	default:
		if t := max(s.hits.last(width), s.of.last(width)); t > 0 {
			sooner(unix(t))
		}
	}
	if s.phase == pending {
		sooner(s.since.Add(s.rule.For))
	}
	if s.phase == firing && !s.ceased.IsZero() {
		sooner(s.ceased.Add(s.rule.KeepFiringFor))
	}
	if !s.sampleAt.IsZero() {
		if s.phase == firing {
			sooner(s.staleAt.Add(forget))
		} else {
			sooner(s.staleAt)
		}
	}
	if s.sign != nil {
		sooner(s.sign.next(now))
	}
	return at
}

// empty says that the state holds nothing worth keeping. The windows have been pruned at now.
func (s *state) empty(now time.Time) bool {
	return s.phase == idle && len(s.hits.buckets)+len(s.of.buckets) == 0 &&
		(s.sampleAt.IsZero() || !now.Before(s.staleAt)) && (s.sign == nil || s.sign.empty(now))
}
