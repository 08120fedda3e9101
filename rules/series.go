package rules

import "time"

// Stale is how old a sample may be before it says nothing: three times its series' own interval,
// within bounds. Stale is unknown, not fine.
type Stale struct {
	Min, Max time.Duration // default 3m and 10m
	Forget   time.Duration // a firing alert without samples for so long resolves, since nobody can tell; default 1h
}

// DefaultStale suits Heroku's rhythms: 20 s for dynos, about a minute for add-ons.
var DefaultStale = Stale{Min: 3 * time.Minute, Max: 10 * time.Minute, Forget: time.Hour}

// Faster returns the bounds divided by n, for a platform that runs n times faster.
func (s Stale) Faster(n int) Stale {
	d := time.Duration(n)
	return Stale{Min: s.Min / d, Max: s.Max / d, Forget: s.Forget / d}
}

// series holds the newest sample of one number under one key.
type series struct {
	seriesKey
	at       time.Time
	value    float64
	source   string
	interval time.Duration // learnt; 0 until there were two samples

	bounds []bound // the rules that ask for it
	share  *share  // of a number that has a limit; else nil
}

type seriesKey struct {
	metric string
	labels Labels
}

// bound is a rule that asks for a number, with its state under the number's labels.
type bound struct {
	rule  *compiled
	state *state // nil or gone: to be looked up
}

// share is how much of its limit a number is.
type share struct {
	limit  *series // nil as long as none was logged
	bounds []bound
}

// apply takes a sample and says whether it was newer than the held one. Nanos is its time, too.
func (s *series) apply(at time.Time, nanos int64, value float64, source string) bool {
	if !s.at.IsZero() {
		gap := time.Duration(nanos - s.at.UnixNano())
		if gap <= 0 {
			return false
		}
		// Half the way to each new gap: a hole in the log is forgotten after a few samples.
		if s.interval == 0 {
			s.interval = gap
		} else {
			s.interval += (gap - s.interval) / 2
		}
	}
	s.at, s.value = at, value
	if source != "" {
		s.source = source
	}
	return true
}

// stale returns when the held sample ceases to say anything.
func (s *series) stale(bounds Stale) time.Time {
	return s.at.Add(min(max(3*s.interval, bounds.Min), bounds.Max))
}
