package alert

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// maxCalls bounds the calls under way at one destination: a slow one doesn't hold up the others.
const maxCalls = 4

// never is the wait for something that only a wake-up can bring.
const never = time.Duration(math.MaxInt64)

// destination is one channel of one notifier. Each has one goroutine, see Dispatcher.serve.
type destination struct {
	notifier Notifier
	channel  string // as configured; empty: the notifier's default
	limiter  *rate.Limiter
	wake     chan struct{} // capacity 1; a token means: look again

	// Guarded by Dispatcher.mu.
	waiting map[*delivery]struct{}
	health  health
	calls   int
	idle    time.Time // no call before: what Retry-After asked for, or the next token's time

	blind     bool      // it can't show pictures
	sketching bool      // one is being shown
	undrawn   time.Time // no picture before
}

func newDestination(n Notifier, channel string, o Options) *destination {
	return &destination{
		notifier: n, channel: channel,
		limiter: rate.NewLimiter(o.Rate, o.Burst),
		wake:    make(chan struct{}, 1),
		waiting: map[*delivery]struct{}{},
	}
}

// nudge makes the destination's goroutine look again. It never blocks.
func (d *destination) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// recovered lets all that waits for another try have it now, the most urgent first: after an outage
// the pauses say nothing but who failed last.
func (d *destination) recovered() {
	for del := range d.waiting {
		del.retry = time.Time{}
	}
}

// next takes the most urgent delivery that may be tried now, or says how long to wait for one. The
// choice is made only when a request is allowed: what turns up meanwhile may be more urgent.
func (d *destination) next(now time.Time, flushing bool) (*delivery, time.Duration) {
	if len(d.waiting) == 0 || d.calls == maxCalls {
		return nil, never
	}
	if wait := d.idle.Sub(now); wait > 0 {
		return nil, wait
	}
	var best *delivery
	wait := never
	for del := range d.waiting {
		var w time.Duration
		if del.job, w = del.next(now, flushing); del.job == nothing {
			wait = min(wait, w)
		} else if best == nil || del.before(best) {
			best = del
		}
	}
	if best == nil {
		return nil, wait
	}
	if best.job == picture {
		if spare := d.spare(now); spare > 0 {
			return nil, min(wait, spare)
		}
	}
	token := d.limiter.ReserveN(now, 1)
	if wait := token.DelayFrom(now); wait > 0 {
		token.CancelAt(now)
		d.idle = now.Add(wait)
		return nil, wait
	}
	delete(d.waiting, best)
	best.calling = true
	d.sketching = d.sketching || best.job == picture
	d.calls++
	return best, 0
}
