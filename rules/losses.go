package rules

// Losses remembers what an app's log said was lost, so that nothing is counted twice: Logplex makes
// the L10 line of a repeated frame anew, with the same `since` and often a larger number. The zero
// value is ready; it is for one goroutine at a time.
type Losses struct {
	counted map[string]uint64
	order   []string // oldest first
}

// maxLosses is how many `since` are remembered: a repeat comes within minutes of the first.
const maxLosses = 256

// New returns how many of the n messages lost since a time, as written, were not counted before.
func (l *Losses) New(since []byte, n uint64) uint64 {
	had, known := l.counted[string(since)]
	if n <= had {
		return 0
	}
	if l.counted == nil {
		l.counted = make(map[string]uint64)
	}
	if !known {
		if len(l.order) == maxLosses {
			delete(l.counted, l.order[0])
			l.order = l.order[1:]
		}
		l.order = append(l.order, string(since))
	}
	l.counted[string(since)] = n
	return n - had
}
