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
	// maxBounds bounds the stays that only tell a bound, of which there is one a formation. They are counted
	// apart: a full add-on must not make forgotten what was seen before.
	maxBounds = 8
	// oldest is how long a stay tells anything; so long the ledger keeps it too.
	oldest = 30 * 24 * time.Hour
)

// pruned leaves out the stays that are too old at that time, or of which there are enough.
func pruned(stays []*stay, at time.Time) []*stay {
	stays = slices.DeleteFunc(stays, func(s *stay) bool { return at.Sub(s.To) > oldest })
	for i := surplus(stays); i >= 0; i = surplus(stays) {
		stays = slices.Delete(stays, i, i+1)
	}
	return stays
}

// surplus is the stay that is there in vain, -1 if there is none. The oldest goes first.
func surplus(stays []*stay) int {
	exact, bounds, often, most := 0, 0, -1, 0
	for i, s := range stays {
		alike := 0
		for _, other := range stays[i:] {
			if other.bound() == s.bound() && maps.Equal(other.Dynos, s.Dynos) {
				alike++
			}
		}
		switch {
		case s.bound():
			bounds++
			if alike > 1 {
				return i
			}
		case alike > maxAlike:
			return i
		default:
			exact++
			if alike > most {
				often, most = i, alike
			}
		}
	}
	switch {
	case bounds > maxBounds:
		return slices.IndexFunc(stays, (*stay).bound)
	case exact > maxStays:
		return often
	}
	return -1
}
