package ingest

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// entrance admits deliveries: it gives each its frame id, then a place for its body. Places are
// bytes, given in the order of asking.
type entrance struct {
	claims     *claims
	places     *semaphore.Weighted
	maxWait    time.Duration
	maxWaiting int64

	bytes   atomic.Int64 // in places given
	waiting atomic.Int64
}

// enter claims key, then a place of size bytes, waiting at most maxWait for both together. It returns
// taken where it got both: the caller ends the claim and leaves. Else the caller owes nothing.
func (e *entrance) enter(ctx context.Context, key frameKey, size int64) verdict {
	queue := queue{entrance: e}
	defer queue.leave()

	for {
		seen, retry := e.claims.claim(key)
		if seen {
			return repeated
		}
		if retry == nil {
			break
		}
		if !queue.join(ctx) {
			return tooManyWaiting
		}
		select {
		case <-retry:
		case <-queue.ctx.Done():
			return underWay
		}
	}

	if !e.places.TryAcquire(size) {
		if !queue.join(ctx) {
			e.claims.release(key)
			return tooManyWaiting
		}
		if e.places.Acquire(queue.ctx, size) != nil {
			e.claims.release(key)
			return noPlace
		}
	}
	e.bytes.Add(size)
	return taken
}

// leave gives the place back. The claim has been accepted or released before.
func (e *entrance) leave(size int64) {
	e.bytes.Add(-size)
	e.places.Release(size)
}

// queue is one delivery's waiting. Most deliveries never join it, and pay for no timer.
type queue struct {
	entrance *entrance
	ctx      context.Context // set by join; ends with the delivery's patience
	cancel   context.CancelFunc
}

// join begins the waiting, unless too many wait. Joining again changes nothing.
func (q *queue) join(ctx context.Context) bool {
	if q.ctx != nil {
		return true
	}
	if q.entrance.waiting.Add(1) > q.entrance.maxWaiting {
		q.entrance.waiting.Add(-1)
		return false
	}
	q.ctx, q.cancel = context.WithTimeout(ctx, q.entrance.maxWait)
	return true
}

func (q *queue) leave() {
	if q.ctx != nil {
		q.cancel()
		q.entrance.waiting.Add(-1)
	}
}
