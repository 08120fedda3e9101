package rules

import (
	"slices"
	"time"
)

// link is one rule naming another, in a Set.
type link struct {
	place    int // among the Set's links
	need     need
	from, to *compiled // from names to
	shared   labelSet  // the labels that both keep their states by
	anchor   bool      // where to holds, from has a state
}

// standing is what the rules that name a rule can know of one of its states.
type standing uint8

const (
	absent  standing = iota // there is no such state
	fails                   // it does not fire
	unsure                  // it does not fire, and its number is stale
	doubted                 // it fires, and its number is stale
	holds                   // it fires
	standings
)

// tally counts states by how they stand.
type tally [standings]int32

// verdict is what is known of a condition. Of several that must hold the least counts, of several of
// which one must hold the greatest.
type verdict uint8

const (
	no verdict = iota
	unknown
	yes
)

func verdictOf(held, known bool) verdict {
	switch {
	case !known:
		return unknown
	case held:
		return yes
	}
	return no
}

// worst is the verdict of the state that speaks most for trouble.
func (t tally) worst() verdict {
	switch {
	case t[holds] > 0:
		return yes
	case t[doubted]+t[unsure] > 0:
		return unknown
	}
	return no
}

// excuses says whether there are states and each is known to hold: one that is not may be the trouble.
func (t tally) excuses() bool {
	return t[holds] > 0 && t[fails]+t[unsure]+t[doubted] == 0
}

// holds says whether the condition of s is true, and whether that is known at all: its own, together
// with those of the rules it names.
func (e *Engine) holds(s *state) (held, known bool) {
	all, some, anyone := yes, no, false
	if s.rule.own() {
		all = verdictOf(s.holds(e.now))
	}
	for _, l := range s.rule.names {
		switch l.need {
		case needAll:
			all = min(all, e.tally(l, s.labels).worst())
		case needAny:
			some, anyone = max(some, e.tally(l, s.labels).worst()), true
		case needUnless:
			if e.tally(l, s.labels).excuses() {
				all = no
			}
		}
	}
	if anyone {
		all = min(all, some)
	}
	return all == yes, all != unknown
}

// tally counts the states of l.to that agree with labels wherever both have a value.
func (e *Engine) tally(l *link, labels Labels) (sum tally) {
	labels = labels.only(l.shared)
	given := labels.given()
	counts := e.tallies[l.place]
	for blank := given; ; blank = nextSubset(blank, given) {
		for i, n := range counts[labels.with(blank, "").with(l.shared&^given, anyLabel)] {
			sum[i] += n
		}
		if blank == 0 {
			return sum
		}
	}
}

// stand makes known to the rules that name s's how it stands, and has their states that it bears on
// judged next.
func (e *Engine) stand(s *state, now standing) {
	was := s.standing
	if len(s.rule.namedBy) == 0 || was == now {
		return
	}
	s.standing = now
	for _, l := range s.rule.namedBy {
		counts, labels := e.tallies[l.place], s.labels.only(l.shared)
		for wide := l.shared; ; wide = nextSubset(wide, l.shared) {
			key := labels.with(wide, anyLabel)
			t := counts[key]
			t[was]--
			t[now]++
			t[absent] = 0
			if t == (tally{}) {
				delete(counts, key)
			} else {
				counts[key] = t
			}
			if wide == 0 {
				break
			}
		}
		e.wake(l, s)
	}
}

// wake has the states of l.from judged that s bears on, at the Engine's time.
func (e *Engine) wake(l *link, s *state) {
	c := l.from
	if l.anchor && s.standing >= doubted {
		e.state(c.place, s.labels.only(c.labels))
	}
	given := s.labels.only(l.shared).given()
	if given != c.labels || slices.ContainsFunc(c.By, isRouterLabel) {
		for _, w := range e.states[c.place] {
			if w.labels.agrees(s.labels) {
				e.due(l, w)
			}
		}
		return
	}
	for blank := given; ; blank = nextSubset(blank, given) {
		if w := e.states[c.place][s.labels.only(given).with(blank, "")]; w != nil {
			e.due(l, w)
		}
		if blank == 0 {
			return
		}
	}
}

// due has a state judged at the Engine's time. The deadlines are ordered so that a rule comes after
// those it names: it sees them all as they are now.
func (e *Engine) due(l *link, s *state) {
	if l.need == needInhibitor && (s.phase != firing || s.shown) {
		return
	}
	e.dueNow(s)
}

func (e *Engine) dueNow(s *state) {
	s.deadline = e.now
	e.queue.set(s)
}

// standingOf is how a state stands that was just judged.
func standingOf(s *state, known bool) standing {
	switch {
	case s.phase == firing && known:
		return holds
	case s.phase == firing:
		return doubted
	case known:
		return fails
	}
	return unsure
}

// kept says whether s, which is empty, must stay: it says something to the rules that name its own, or
// a rule that its own names holds.
func (e *Engine) kept(s *state) bool {
	if len(s.rule.namedBy) > 0 && !s.sampleAt.IsZero() && e.now.Before(s.staleAt.Add(e.opts.Stale.Forget)) {
		return true // unknown is not the same as absent
	}
	for _, l := range s.rule.names {
		if l.anchor {
			if t := e.tally(l, s.labels); t[holds]+t[doubted] > 0 {
				return true
			}
		}
	}
	return false
}

// next returns when after now, without anything new, s could change, be told or be forgotten.
func (e *Engine) next(s *state) time.Time {
	forget := e.opts.Stale.Forget
	at := s.next(e.now, forget)
	sooner := func(t time.Time) {
		if t.After(e.now) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if len(s.rule.namedBy) > 0 && !s.sampleAt.IsZero() {
		sooner(s.staleAt)
		sooner(s.staleAt.Add(forget))
	}
	if s.phase == firing && !s.shown {
		sooner(e.quietUntil(s))
	}
	return at
}

// rejudge has everything judged at the Engine's time that other rules bear on or may come to, after the
// rules were replaced: those they name, or that name them, may be others now.
func (e *Engine) rejudge() {
	for _, c := range e.set.order {
		if len(c.names)+len(c.namedBy) > 0 {
			for _, s := range e.states[c.place] {
				e.dueNow(s)
			}
		}
	}
}

// weight is how many of the rules that s is made of hold, and how many there are.
func (e *Engine) weight(s *state) (hold, of float64) {
	for _, l := range s.rule.names {
		if l.need == needAll || l.need == needAny {
			of++
			if e.tally(l, s.labels).worst() == yes {
				hold++
			}
		}
	}
	return hold, of
}
