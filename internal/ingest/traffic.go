package ingest

import (
	"sync/atomic"
	"time"
)

// traffic knows whether deliveries still come, which decides when to close behind Heroku's router.
type traffic struct {
	start    time.Time // carries a monotonic reading: the wall clock may jump
	now      func() time.Time
	inFlight atomic.Int64
	ended    atomic.Int64 // when the last delivery was answered, nanoseconds since start
}

func (t *traffic) begin() { t.inFlight.Add(1) }

func (t *traffic) end() (at time.Time) {
	at = t.now()
	t.ended.Store(int64(at.Sub(t.start)))
	t.inFlight.Add(-1) // last, or quiet could see neither the delivery nor its end
	return at
}

func (t *traffic) quiet() time.Duration {
	if t.inFlight.Load() > 0 {
		return 0
	}
	return t.now().Sub(t.start) - time.Duration(t.ended.Load())
}
