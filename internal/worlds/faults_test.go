package worlds

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"

	"drain/internal/simulator/faults"
)

// odd keeps an answer from coming in the very instant in which it is no longer waited for.
const odd = 7 * time.Millisecond

// roll decides what becomes of a request: most often nothing happens to it, and what happens may last.
func (w *world) roll(*http.Request) faults.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold > 0 {
		w.hold--
		return w.fault
	}
	if w.luck.IntN(w.odds) > 0 {
		return faults.Fault{}
	}
	w.hold = []int{0, 0, 1, 2, 5}[w.luck.IntN(5)]
	switch w.luck.IntN(6) {
	case 0:
		w.seen.add("429 with Retry-After")
		w.hold = 0 // it is over when that says so
		return faults.Fault{Status: 429, RetryAfter: time.Duration(1+w.luck.IntN(40)) * time.Second}
	case 1:
		w.seen.add("5xx")
		w.fault = faults.Fault{Status: []int{500, 502, 503, 504}[w.luck.IntN(4)]}
	case 2:
		w.seen.add("slow answer")
		w.fault = faults.Fault{Delay: time.Duration(1+w.luck.IntN(20))*time.Second + odd}
	case 3:
		w.seen.add("answer lost, done")
		w.fault = faults.Fault{Lost: true}
	case 4:
		w.seen.add("answer lost, done, slow")
		w.fault = faults.Fault{Lost: true, Delay: time.Duration(1+w.luck.IntN(4))*time.Second + odd}
	default:
		w.seen.add("answer lost, not done")
		w.fault = faults.Fault{Drop: true}
	}
	return w.fault
}

// postponed loses the answer to what changes something, which is then done when nobody waits for it any more.
func (w *world) postponed(r *http.Request) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tardy == 0 || r.Method == http.MethodGet || w.luck.IntN(w.tardy) > 0 {
		return false
	}
	w.seen.add("answer lost, done late")
	w.blind = time.Now().Add(time.Minute)
	gone, leave := context.WithCancel(context.WithoutCancel(r.Context()))
	leave()
	again := r.Clone(gone)
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			w.t.Fatal(err)
		}
		again.Body = body
	}
	time.AfterFunc(time.Duration(w.luck.IntN(w.late))*time.Second+odd, func() {
		w.mu.Lock()
		w.lateAt = time.Now()
		w.mu.Unlock()
		w.serve(httptest.NewRecorder(), again)
	})
	return true
}

// outage makes every request fail for a while.
func (w *world) outage(lasts time.Duration) {
	w.seen.add("outage")
	w.api.Faults.Always(faults.Fault{Status: 503})
	time.AfterFunc(lasts, func() { w.api.Faults.Clear(); w.api.Faults.Roll(w.roll) })
}

// die passes a point where the process can die, and says whether it is dead.
func (w *world) die() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dieIn > 0 {
		if w.dieIn--; w.dieIn == 0 {
			w.dead, w.diedAt = true, time.Now()
			w.tellf("the process dies")
			if w.died != nil {
				w.died()
			}
			w.seen.add("the process died")
		}
	}
	return w.dead
}

// mortal lets the process die n points from now; 0 is never. It lives until then.
func (w *world) mortal(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.dieIn = false, n
}

func (w *world) isDead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead
}
