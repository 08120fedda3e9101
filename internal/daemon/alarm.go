package daemon

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// alarm wakes each app when its Engine's deadline comes. One heap serves all apps, and nothing runs
// while nothing is due.
type alarm struct {
	now  func() time.Time
	ring func(*app, time.Time) // judges what is due; called without the alarm's lock

	mu   sync.Mutex
	heap appHeap
	wake chan struct{} // cap 1; a token means that the earliest deadline changed
}

func newAlarm(now func() time.Time, ring func(*app, time.Time)) *alarm {
	return &alarm{now: now, ring: ring, wake: make(chan struct{}, 1)}
}

// set moves an app's deadline; zero: it has none. The caller holds the app's lock, so that the
// alarm never knows an older deadline than the Engine.
func (a *alarm) set(one *app, at time.Time) {
	if at.Equal(one.due) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	one.due = at
	switch {
	case at.IsZero() && one.place >= 0:
		heap.Remove(&a.heap, one.place)
	case at.IsZero():
	case one.place >= 0:
		heap.Fix(&a.heap, one.place)
	default:
		heap.Push(&a.heap, one)
	}
	if one.place == 0 {
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
}

// next returns the app that is due first.
func (a *alarm) next() (one *app, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.heap) == 0 {
		return nil, time.Time{}
	}
	return a.heap[0], a.heap[0].due
}

// run rings until ctx ends.
func (a *alarm) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		one, at := a.next()
		wait := time.Hour
		if one != nil {
			wait = at.Sub(a.now())
		}
		if wait <= 0 {
			a.ring(one, a.now())
			if ctx.Err() != nil {
				return
			}
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-a.wake:
		case <-ctx.Done():
			return
		}
	}
}

// appHeap orders apps by deadline.
type appHeap []*app

func (h appHeap) Len() int           { return len(h) }
func (h appHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h appHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push is for container/heap only.
func (h *appHeap) Push(x any) {
	one := x.(*app)
	one.place = len(*h)
	*h = append(*h, one)
}

// Pop is for container/heap only.
func (h *appHeap) Pop() any {
	old := *h
	one := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	one.place = -1
	return one
}
