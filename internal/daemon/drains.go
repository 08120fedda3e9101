package daemon

import (
	"strings"
	"time"
)

// heardDrains is when each drain of an app last delivered: two that live make each line count twice.
// The latest heard from stands first.
type heardDrains []heardDrain

type heardDrain struct {
	token string
	last  time.Time
}

// maxDrains bounds them; of more, the one that was silent for longest is forgotten.
const maxDrains = 8

func (h *heardDrains) add(token string, at time.Time) {
	list := *h
	if token == "" {
		return
	}
	for i := range list {
		if list[i].token == token {
			list[i].last = at
			if i > 0 {
				list[0], list[i] = list[i], list[0] // where the next delivery looks first
			}
			return
		}
	}
	one := heardDrain{strings.Clone(token), at} // a header's value may hold on to all of its request
	if len(list) < maxDrains {
		*h = append(list, one)
		return
	}
	oldest := 0
	for i := range list {
		if list[i].last.Before(list[oldest].last) {
			oldest = i
		}
	}
	list[oldest] = one
}

// view is them by token.
func (h heardDrains) view() map[string]time.Time {
	v := make(map[string]time.Time, len(h))
	for _, d := range h {
		v[d.token] = d.last
	}
	return v
}
