package daemon

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// self tells our own log when it comes back to us. The daemon logs a random id as it starts; a drain
// whose lines carry it is attached to the app that runs us, and each line we read of it could make
// us write another.
type self struct {
	id    []byte
	until time.Time
}

// selfWindow is how long after the start the id is looked for: it is logged once, and Logplex
// delivers within seconds or, after an outage of ours, within minutes.
const selfWindow = 15 * time.Minute

func newSelf(random io.Reader, now time.Time) (self, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return self{}, fmt.Errorf("random id: %w", err)
	}
	return self{id: []byte("drain-" + hex.EncodeToString(b[:])), until: now.Add(selfWindow)}, nil
}

func (s *self) watching(now time.Time) bool { return now.Before(s.until) }
