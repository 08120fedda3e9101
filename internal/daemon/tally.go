package daemon

import (
	"sync"
	"sync/atomic"
	"time"

	"drain/internal/page"
)

// A rate is told of the last minute, in steps.
const (
	tallyStep  = 5 * time.Second
	tallySteps = 12
)

// tally counts what tells how we do ourselves.
type tally struct {
	since   time.Time
	cpu     func() time.Duration // that the process has used so far; asked once a step
	lost    atomic.Uint64        // messages that Logplex says it dropped
	repeats atomic.Uint64        // deliveries that were taken before

	turn  sync.Mutex                          // held while a step begins
	steps [tallySteps]atomic.Pointer[tallied] // a ring, by the number of the step
}

// tallied is one step. All deliveries of all apps add to it, and so without a lock.
type tallied struct {
	step  int64
	cpu   time.Duration // used before the step
	lines atomic.Int64
	delay atomic.Int64 // nanoseconds
}

// add counts a delivery's lines. Newest is the newest line's own time in Unix nanoseconds, 0 for none.
func (t *tally) add(at time.Time, lines int, newest int64) {
	nanos := at.UnixNano()
	step := nanos / int64(tallyStep)
	s := t.steps[step%tallySteps].Load()
	if s == nil || s.step != step {
		s = t.begin(step)
	}
	s.lines.Add(int64(lines))
	for newest != 0 {
		if most := s.delay.Load(); nanos-newest <= most || s.delay.CompareAndSwap(most, nanos-newest) {
			return
		}
	}
}

// begin returns a step, which nobody or one other has begun.
func (t *tally) begin(step int64) *tallied {
	t.turn.Lock()
	defer t.turn.Unlock()
	place := &t.steps[step%tallySteps]
	s := place.Load()
	if s == nil || s.step != step {
		s = &tallied{step: step, cpu: t.cpu()}
		place.Store(s)
	}
	return s
}

func (t *tally) view(now time.Time) page.Self {
	v := page.Self{Lost: t.lost.Load(), Duplicates: t.repeats.Load(), Since: t.since}
	step := now.UnixNano() / int64(tallyStep)
	lines := int64(0)
	var first *tallied
	for i := range t.steps {
		if s := t.steps[i].Load(); s != nil && s.step > step-tallySteps {
			n := s.lines.Load()
			lines += n
			v.Delay = max(v.Delay, time.Duration(s.delay.Load()))
			if n > 0 && (first == nil || s.step < first.step) {
				first = s
			}
		}
	}
	if first != nil {
		v.CPU = (t.cpu() - first.cpu) / time.Duration(lines)
	}
	// The present step has only begun, and before the first minute is over there are fewer.
	span := time.Duration(tallySteps-1)*tallyStep + now.Sub(time.Unix(0, step*int64(tallyStep)))
	v.Lines = float64(lines) / max(min(span, now.Sub(t.since)), time.Second).Seconds()
	return v
}
