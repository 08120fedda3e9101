package ingest

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"time"
)

// claims decides who may judge a frame id: one delivery at a time, and none after one succeeded.
//
// Log-shuttle sends X-Request-Id instead of a frame id. It is not used: Heroku's router sets that
// header anew on each request, so a retry would not keep it.
type claims struct {
	seed maphash.Seed // random: nobody can make up ids that collide

	mu       sync.Mutex
	accepted *recent                    // guarded by mu
	under    map[frameKey]chan struct{} // guarded by mu; the channel closes when the claim ends, nil until one waits
}

func newClaims(limit int) *claims {
	return &claims{
		seed:     maphash.MakeSeed(),
		accepted: newRecent(limit),
		under:    make(map[frameKey]chan struct{}),
	}
}

// key makes the key of a frame id. Ids of different apps never meet; where the app is unknown the
// drain token keeps them apart.
func (c *claims) key(d *Delivery) frameKey {
	if d.FrameID == "" {
		return 0
	}
	sender := d.App
	if sender == "" {
		sender = d.Token
	}
	// Turned, so that a pair and its reverse have different keys.
	return frameKey(maphash.String(c.seed, d.FrameID) + bits.RotateLeft64(maphash.String(c.seed, sender), 32))
}

// claim takes the key, unless it was accepted before or is taken: then it returns a channel that
// closes when it is worth trying again.
func (c *claims) claim(key frameKey) (seen bool, retry <-chan struct{}) {
	if key == 0 {
		return false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accepted.has(key) {
		return true, nil
	}
	ended, taken := c.under[key]
	if taken && ended == nil {
		ended = make(chan struct{})
	}
	c.under[key] = ended
	return false, ended
}

// accept ends a claim that succeeded: the key is seen from now on. Where that pushed another key
// out, it returns how long that one was remembered.
func (c *claims) accept(key frameKey, at time.Time) (age time.Duration, evicted bool) {
	if key == 0 {
		return 0, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(key)
	return c.accepted.add(key, at)
}

// release ends a claim that failed: one that waits for the key may take it.
func (c *claims) release(key frameKey) {
	if key == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(key)
}

func (c *claims) end(key frameKey) {
	if ended := c.under[key]; ended != nil {
		close(ended)
	}
	delete(c.under, key)
}
