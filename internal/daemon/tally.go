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

	mu    sync.Mutex
	steps [tallySteps]tallied // a ring, by the number of the step
}

type tallied struct {
	step  int64
	lines int
	delay time.Duration
	cpu   time.Duration // used before the step
}

// add counts a delivery's lines. Newest is the newest line's own time in Unix nanoseconds, 0 for none.
func (t *tally) add(at time.Time, lines int, newest int64) {
	step := at.UnixNano() / int64(tallyStep)
	t.mu.Lock()
	s := &t.steps[step%tallySteps]
	if s.step != step {
		*s = tallied{step: step, cpu: t.cpu()}
	}
	s.lines += lines
	if newest != 0 {
		s.delay = max(s.delay, time.Duration(at.UnixNano()-newest))
	}
	t.mu.Unlock()
}

func (t *tally) view(now time.Time) page.Self {
	v := page.Self{Lost: t.lost.Load(), Duplicates: t.repeats.Load(), Since: t.since}
	step := now.UnixNano() / int64(tallyStep)
	lines := 0
	var first *tallied
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.steps {
		if s := &t.steps[i]; s.step > step-tallySteps {
			lines += s.lines
			v.Delay = max(v.Delay, s.delay)
			if s.lines > 0 && (first == nil || s.step < first.step) {
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
