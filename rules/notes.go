package rules

import "time"

// heed takes what the platform did, as far as conditions with a sign ask.
func (e *Engine) heed(notes []Note) {
	for i := range notes {
		n := &notes[i]
		e.quieten(n)
		if n.Kind != NoteState || n.To == "up" {
			continue
		}
		// It begins anew, or ends: what its numbers were rising to is no more.
		for _, c := range e.set.trends {
			if s := e.states[c.place][Labels{Dyno: n.Process}]; s != nil {
				s.sign.(*trend).reset(e.told(n.At))
				e.touch(s)
			}
		}
	}
}

// told is a line's own time as the Engine takes it: not after now, and now if there is none.
func (e *Engine) told(at time.Time) time.Time {
	if at.IsZero() || at.After(e.now) {
		return e.now
	}
	return at
}
