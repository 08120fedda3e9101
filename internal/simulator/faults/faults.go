package faults

import (
	"net/http"
	"sync"
	"time"
)

// Fault is what happens to one request. The zero Fault does nothing.
type Fault struct {
	Delay      time.Duration // waited before anything else
	Drop       bool          // then the connection is closed without an answer
	Lost       bool          // or the service does what was asked, and then it is closed
	Status     int           // or this is answered, and the service never sees the request
	RetryAfter time.Duration // Retry-After of that answer, sent in whole seconds, rounded up; 0 sends none
}

// Queue holds the faults to come. The zero Queue is ready and holds none.
type Queue struct {
	mu     sync.Mutex
	next   []Fault // guarded by mu
	always *Fault  // guarded by mu

	roll func(*http.Request) Fault // guarded by mu
}

// Next adds f for the next n requests, after those added before.
func (q *Queue) Next(n int, f Fault) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		q.next = append(q.next, f)
	}
}

// Always makes f happen to every request that no Next is left for, until Clear.
func (q *Queue) Always(f Fault) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.always = &f
}

// Roll makes f choose what happens to each request that neither Next nor Always is left for, until
// Clear. f is called by one goroutine at a time, and must not call the Queue.
func (q *Queue) Roll(f func(*http.Request) Fault) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.roll = f
}

// Clear ends all faults.
func (q *Queue) Clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next, q.always, q.roll = nil, nil, nil
}

func (q *Queue) take(r *http.Request) Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.next) > 0 {
		f := q.next[0]
		q.next = q.next[1:]
		return f
	}
	if q.always != nil {
		return *q.always
	}
	if q.roll != nil {
		return q.roll(r)
	}
	return Fault{}
}

// Wrap puts the queue in front of h. answer writes a fault that has a Status.
func (q *Queue) Wrap(h http.Handler, answer func(http.ResponseWriter, *http.Request, Fault)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := q.take(r)
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-r.Context().Done():
				return
			}
		}
		switch {
		case f.Drop:
			// net/http's way to close the connection without a word.
			panic(http.ErrAbortHandler)
		case f.Lost:
			h.ServeHTTP(unheard{w.Header()}, r)
			panic(http.ErrAbortHandler)
		case f.Status != 0:
			answer(w, r, f)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// unheard is an answer that nobody gets.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header       { return u.header }
func (unheard) Write(b []byte) (int, error) { return len(b), nil }
func (unheard) WriteHeader(int)             {}

// Seconds is d as a Retry-After header counts it: whole seconds, never too few.
func Seconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}
