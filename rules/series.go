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
	next   *series // what came after it the last time, of the same labels; may be nil
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

// is says whether a sample belongs to s.
func (s *series) is(in *Sample) bool { return s.metric == in.Name && s.labels.same(&in.Labels) }

// older says whether the held sample, if there is one, is older than one of a time in Unix nanoseconds.
func (s *series) older(nanos int64) bool { return s.at.IsZero() || s.at.UnixNano() < nanos }

// apply takes a newer sample. Nanos is its time, too.
func (s *series) apply(at time.Time, nanos int64, in *Sample) {
	if !s.at.IsZero() {
		// Half the way to each new gap: a hole in the log is forgotten after a few samples.
		gap := time.Duration(nanos - s.at.UnixNano())
		if s.interval == 0 {
			s.interval = gap
		} else {
			s.interval += (gap - s.interval) / 2
		}
	}
	s.at, s.value = at, in.Value
	if in.Source != "" {
		s.source = in.Source
	}
}

// stale returns when the held sample ceases to say anything.
func (s *series) stale(bounds Stale) time.Time {
	return s.at.Add(min(max(3*s.interval, bounds.Min), bounds.Max))
}
