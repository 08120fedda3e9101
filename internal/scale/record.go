package scale

import (
	"slices"
	"sync"

	"github.com/rs/zerolog"
)

// record makes a decision known: in the ring, the metrics, the log, and to who was asked to be told.
func (s *Scaler) record(d Decision) {
	s.ring.add(d)
	s.metrics.decided(d)
	level := zerolog.InfoLevel
	if d.Verdict == Failed || d.Verdict == NoEffect {
		level = zerolog.WarnLevel
	}
	s.o.Log.WithLevel(level).Str("app", d.App).Str("process", d.Process).Str("policy", d.Policy).
		Str("verdict", string(d.Verdict)).Str("why", string(d.Why)).Int("have", d.From).Int("want", d.To).Msg(d.Text)
	if s.o.Tell != nil {
		s.o.Tell(d)
	}
}

// ringSize is how many decisions a ring holds.
const ringSize = 1000

// ring holds the newest decisions.
type ring struct {
	mu    sync.Mutex
	items []Decision
	next  int // where the next goes, once items is full
}

func (r *ring) add(d Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.items) < ringSize {
		r.items = append(r.items, d)
		return
	}
	r.items[r.next] = d
	r.next = (r.next + 1) % ringSize
}

func (r *ring) all() []Decision {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.items[r.next:], r.items[:r.next])
}
