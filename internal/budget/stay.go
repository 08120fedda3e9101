package budget

import (
	"maps"
	"slices"
	"time"
)

const (
	// longest is how much time one stay covers. A long one goes on as another, so that what differs from day
	// to day is seen, and the newest is not lost among many.
	longest = 24 * time.Hour
	// keepReadings is how many readings one stay keeps, and fewestReadings how many it must have to tell
	// anything: one alone may be of a dyno that just died.
	keepReadings   = 16
	fewestReadings = 3
)

// stay is what an add-on said while the app had one formation, one release and one limit. Its fields are
// what the ledger keeps.
type stay struct {
	Dynos    map[string]int `json:"dynos"` // of every process type that is known
	Release  int            `json:"release"`
	Limit    int            `json:"limit"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Count    int            `json:"count"`    // of readings
	Full     int            `json:"full"`     // of those, at 95 % of the limit or more
	Most     int            `json:"most"`     // the largest
	Every    int            `json:"every"`    // of how many readings one is kept
	Readings []int          `json:"readings"` // evenly spread over the stay, at most keepReadings
}

func (s *stay) add(used int, full bool, at time.Time) {
	if s.Count%s.Every == 0 {
		if len(s.Readings) == keepReadings {
			for i := range keepReadings / 2 {
				s.Readings[i] = s.Readings[2*i]
			}
			s.Readings = s.Readings[:keepReadings/2]
			s.Every *= 2
		}
		if s.Count%s.Every == 0 {
			s.Readings = append(s.Readings, used)
		}
	}
	s.Count++
	if full {
		s.Full++
	}
	s.Most, s.To = max(s.Most, used), at
}

// goesOn says whether the next reading belongs to s.
func (s *stay) goesOn(dynos map[string]int, release, limit int, at time.Time) bool {
	return s.Release == release && s.Limit == limit && at.Sub(s.From) < longest && maps.Equal(s.Dynos, dynos)
}

// tells says whether there are enough readings.
func (s *stay) tells() bool { return s.Count >= fewestReadings }

// bound says that s only tells the least that the dynos take. An add-on that was full now and then may
// have fewer connections in between because its clients crash: those readings are no demand either. One
// in eight may be of something else, such as a burst of one-off dynos.
func (s *stay) bound() bool { return s.Full*8 > s.Count }

// middle is the median of the readings, which single ones can't spoil.
func (s *stay) middle() float64 { return median(s.Readings) }

// spread is the standard error of one reading, by the median of how far they are from the middle.
func (s *stay) spread() float64 {
	middle := s.middle()
	far := make([]float64, len(s.Readings))
	for i, r := range s.Readings {
		far[i] = max(float64(r)-middle, middle-float64(r))
	}
	return 1.4826 * median(far)
}

func median[N int | float64](of []N) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return float64(sorted[(len(sorted)-1)/2]+sorted[len(sorted)/2]) / 2
}

const (
	// maxStays bounds what one add-on remembers, and maxAlike how much of that is of one formation: what is
	// learnt comes from formations that differ.
	maxStays = 24
	maxAlike = 4
	// oldest is how long a stay tells anything; so long the ledger keeps it too.
	oldest = 30 * 24 * time.Hour
)

// room makes room for a stay in dynos at a time, and leaves out what tells nothing.
func room(stays []*stay, dynos map[string]int, at time.Time) []*stay {
	stays = slices.DeleteFunc(stays, func(s *stay) bool { return !s.tells() || at.Sub(s.To) > oldest })
	if alike(stays, dynos) >= maxAlike {
		return withoutOldest(stays, dynos)
	}
	if len(stays) < maxStays {
		return stays
	}
	often := stays[0]
	for _, s := range stays {
		if alike(stays, s.Dynos) > alike(stays, often.Dynos) {
			often = s
		}
	}
	return withoutOldest(stays, often.Dynos)
}

// alike counts the stays in a formation.
func alike(stays []*stay, dynos map[string]int) (n int) {
	for _, s := range stays {
		if maps.Equal(s.Dynos, dynos) {
			n++
		}
	}
	return n
}

// withoutOldest leaves out one stay in a formation, and rather one that only tells a bound: a full add-on
// must not make forgotten what was seen before.
func withoutOldest(stays []*stay, dynos map[string]int) []*stay {
	i := slices.IndexFunc(stays, func(s *stay) bool { return s.bound() && maps.Equal(s.Dynos, dynos) })
	if i < 0 {
		i = slices.IndexFunc(stays, func(s *stay) bool { return maps.Equal(s.Dynos, dynos) })
	}
	return slices.Delete(stays, i, i+1)
}
