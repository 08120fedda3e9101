package rules

import "container/heap"

// deadlines is a heap of states, the earliest deadline first. Ties are broken by rule and key, so
// that the same input always gives the same order of Events.
type deadlines []*state

func (d deadlines) Len() int { return len(d) }

func (d deadlines) Less(i, j int) bool {
	a, b := d[i], d[j]
	if !a.deadline.Equal(b.deadline) {
		return a.deadline.Before(b.deadline)
	}
	if a.rule.place != b.rule.place {
		return a.rule.place < b.rule.place
	}
	return a.labels.String() < b.labels.String()
}

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push is for container/heap only.
func (d *deadlines) Push(x any) {
	s := x.(*state)
	s.place = len(*d)
	*d = append(*d, s)
}

// Pop is for container/heap only.
func (d *deadlines) Pop() any {
	old := *d
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	s.place = -1
	return s
}

// set moves s to its deadline, or takes it out if it has none.
func (d *deadlines) set(s *state) {
	switch {
	case s.deadline.IsZero() && s.place >= 0:
		heap.Remove(d, s.place)
	case s.deadline.IsZero():
	case s.place >= 0:
		heap.Fix(d, s.place)
	default:
		heap.Push(d, s)
	}
}
