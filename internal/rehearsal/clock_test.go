package rehearsal

import (
	"container/heap"
	"time"
)

// clock runs what was put off until its time has come, in order; what is put off first runs first.
type clock struct {
	now   time.Time
	queue timers
	seq   int
}

type timer struct {
	at  time.Time
	seq int
	do  func()
}

func (c *clock) after(d time.Duration, do func()) {
	c.seq++
	heap.Push(&c.queue, timer{c.now.Add(d), c.seq, do})
}

// run lets time pass until then.
func (c *clock) run(until time.Time) {
	for len(c.queue) > 0 && c.queue[0].at.Before(until) {
		next := heap.Pop(&c.queue).(timer)
		c.now = next.at
		next.do()
	}
	c.now = until
}

type timers []timer

func (t timers) Len() int      { return len(t) }
func (t timers) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t timers) Less(i, j int) bool {
	if !t[i].at.Equal(t[j].at) {
		return t[i].at.Before(t[j].at)
	}
	return t[i].seq < t[j].seq
}

// Push is for container/heap only.
func (t *timers) Push(x any) { *t = append(*t, x.(timer)) }

// Pop is for container/heap only.
func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}
