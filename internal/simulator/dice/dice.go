package dice

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Dice rolls repeatable random values.
type Dice struct {
	mu sync.Mutex
	r  *rand.Rand // guarded by mu
}

// New returns Dice. Each part of the simulator rolls its own stream, so that one part's rolls don't
// depend on how the scheduler interleaved the others'.
func New(seed, stream uint64) *Dice {
	return &Dice{r: rand.New(rand.NewPCG(seed, stream))}
}

// IntN is uniform in [0, n); n must be positive.
func (d *Dice) IntN(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

// Chance is true with probability p.
func (d *Dice) Chance(p float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Float64() < p
}

// Between is uniform in [lo, hi).
func (d *Dice) Between(lo, hi time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return lo + time.Duration(d.r.Float64()*float64(hi-lo))
}

// Gap is the time to the next of independent arrivals that come every mean on average, at most ten
// times the mean.
func (d *Dice) Gap(mean time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(min(d.r.ExpFloat64(), 10) * float64(mean))
}

// Hex is n random bytes in lower-case hexadecimal.
func (d *Dice) Hex(n int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.r.Uint32())
	}
	return fmt.Sprintf("%x", b)
}

// UUID is a random (version 4) UUID.
func (d *Dice) UUID() string {
	h := d.Hex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
