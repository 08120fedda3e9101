package rules

import (
	"math"
	"time"
)

// deadlines is a heap of states, the earliest deadline first. Ties are broken by rank and key, so
// that the same input always gives the same order of Events, and a rule comes after those it names.
// Each delivery puts some deadlines off: those stay where they are until they come first.
type deadlines []deadline

// deadline holds a time beside the state, for the heap to compare: the state's deadline, or an
// earlier one that was put off since.
type deadline struct {
	nanos int64
	*state
}

// nanosOf is a deadline in Unix nanoseconds. Of one that is later than those go, as a Snapshot that was changed may
// have it, it is the last they have: UnixNano would say that it is long past.
func nanosOf(deadline time.Time) int64 {
	if deadline.Unix() >= math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	return deadline.UnixNano()
}

// first returns the state with the earliest deadline, nil if there is none.
func (d deadlines) first() *state {
	for len(d) > 0 {
		due := nanosOf(d[0].deadline)
		if d[0].nanos == due {
			return d[0].state
		}
		d[0].nanos = due
		d.fix(0)
	}
	return nil
}

// due returns the state with the earliest deadline if that has come at a time, nil if none has.
func (d deadlines) due(nanos int64) *state {
	if len(d) == 0 || d[0].nanos > nanos { // what was put off comes later still
		return nil
	}
	if s := d.first(); nanosOf(s.deadline) <= nanos {
		return s
	}
	return nil
}

func (d deadlines) before(i, j int) bool {
	a, b := d[i], d[j]
	if a.nanos != b.nanos {
		return a.nanos < b.nanos
	}
	if a.rule.rank != b.rule.rank {
		return a.rule.rank < b.rule.rank
	}
	return a.labels.compare(b.labels) < 0
}

// set moves s to its deadline, or takes it out if it has none.
func (d *deadlines) set(s *state) {
	if s.deadline.IsZero() {
		d.remove(s)
		return
	}
	due := nanosOf(s.deadline)
	if s.place < 0 {
		s.place = len(*d)
		*d = append(*d, deadline{state: s})
	} else if due >= (*d)[s.place].nanos {
		return
	}
	(*d)[s.place].nanos = due
	d.fix(s.place)
}

func (d *deadlines) remove(s *state) {
	if s.place < 0 {
		return
	}
	hole, last := s.place, len(*d)-1
	d.swap(hole, last)
	(*d)[last] = deadline{}
	*d = (*d)[:last]
	s.place = -1
	if hole < last {
		d.fix(hole)
	}
}

// fix puts the one at i where it belongs, all others being in order.
func (d deadlines) fix(i int) {
	for i > 0 && d.before(i, (i-1)/2) {
		d.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	for {
		first := 2*i + 1
		if first >= len(d) {
			return
		}
		if first+1 < len(d) && d.before(first+1, first) {
			first++
		}
		if !d.before(first, i) {
			return
		}
		d.swap(i, first)
		i = first
	}
}

func (d deadlines) swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}
