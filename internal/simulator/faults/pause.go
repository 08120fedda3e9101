package faults

import (
	"sync"
	"time"
)

// grace is how long after a Retry-After was sent a request may have been under way already.
const grace = 50 * time.Millisecond

// Pause knows whether a client that was told to wait does. The zero Pause has told nobody.
type Pause struct {
	mu    sync.Mutex
	since time.Time // guarded by mu
	until time.Time // guarded by mu
}

// Tell records that the client was just told to wait for d.
func (p *Pause) Tell(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = time.Now()
	p.until = p.since.Add(d)
}

// Early is how much too early a request comes now; 0 if it doesn't.
func (p *Pause) Early() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.since) <= grace {
		return 0
	}
	return max(0, time.Until(p.until))
}
