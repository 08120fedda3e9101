package ingest

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// entrance admits deliveries: it gives each its frame id, then a place for its body, and once the body
// is here its turn to be judged. Places are bytes; they and turns are given in the order of asking.
//
// Turns are few. With one for everybody a machine that has too much to judge would judge all of it at
// once, each more slowly the more there are, and nobody would be told in time to come again.
type entrance struct {
	claims     *claims
	places     *semaphore.Weighted
	turns      chan struct{} // full while all turns are taken; blocked senders are woken first come, first served
	maxWait    time.Duration
	maxWaiting int64

	bytes   atomic.Int64 // in places given
	waiting atomic.Int64
}

// enter claims key, then a place of size bytes. It returns taken where it got both: the caller ends
// the claim and leaves. Else the caller owes nothing.
func (e *entrance) enter(queue *queue, key frameKey, size int64) verdict {
	defer queue.leave()

	for {
		seen, retry := e.claims.claim(key)
		if seen {
			return repeated
		}
		if retry == nil {
			break
		}
		if !queue.join() {
			return tooManyWaiting
		}
		select {
		case <-retry:
		case <-queue.ended.Done():
			return underWay
		}
	}

	if !e.places.TryAcquire(size) {
		if !queue.join() {
			e.claims.release(key)
			return tooManyWaiting
		}
		if e.places.Acquire(queue.ended, size) != nil {
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

// turn waits until the delivery may be judged. Where it returns taken the caller calls done after.
func (e *entrance) turn(queue *queue) verdict {
	select {
	case e.turns <- struct{}{}:
		return taken
	default:
	}
	if !queue.join() {
		return tooManyWaiting
	}
	defer queue.leave()
	select {
	case e.turns <- struct{}{}:
		return taken
	case <-queue.ended.Done():
		return noTurn
	}
}

func (e *entrance) done() { <-e.turns }

// queue is one delivery's waiting, for whatever it waits. Most never do, and pay for no timer.
type queue struct {
	entrance *entrance
	request  context.Context
	waited   time.Duration // before it joined last

	joined time.Time
	ended  context.Context // set while it waits; ends with the delivery's patience
	cancel context.CancelFunc
}

// join begins the waiting, unless too many wait. Joining again changes nothing.
func (q *queue) join() bool {
	if q.ended != nil {
		return true
	}
	if !addOne(&q.entrance.waiting, q.entrance.maxWaiting) {
		return false
	}
	q.joined = time.Now()
	q.ended, q.cancel = context.WithTimeout(q.request, q.entrance.maxWait-q.waited)
	return true
}

// leave ends the waiting, if there is any. What was waited counts when the delivery waits again.
func (q *queue) leave() {
	if q.ended == nil {
		return
	}
	q.cancel()
	q.ended = nil
	q.waited += time.Since(q.joined)
	q.entrance.waiting.Add(-1)
}

// addOne adds 1 to n unless that would be more than most, which it isn't for a moment.
func addOne(n *atomic.Int64, most int64) bool {
	for now := n.Load(); now < most; now = n.Load() {
		if n.CompareAndSwap(now, now+1) {
			return true
		}
	}
	return false
}
