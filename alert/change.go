package alert

import (
	"slices"
	"strings"
	"time"
)

const (
	maxActions  = 10  // actions an incident remembers, the newest
	maxChanges  = 50  // changes an incident remembers, the newest
	maxResolved = 100 // resolved alerts a firing incident remembers, the newest
)

// span is d to the second, without units that are 0 at its end: 4h, not 4h0m0s.
func span(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// happened adds a Change.
func (i *incident) happened(c Change) {
	i.serial++
	c.N, i.heard = i.serial, c.At
	i.changes = append(i.changes, c)
	if n := len(i.changes) - maxChanges; n > 0 {
		i.changes = slices.Delete(i.changes, 0, n)
	}
}

// tell adds what became of one alert. old is nil the first time. What is worse than all before is
// loud: a message that is edited notifies nobody.
func (i *incident) tell(old *Alert, a Alert) {
	c := Change{
		At: a.At, Text: a.Summary, Evidence: i.unsaid(a.Evidence), Requests: a.Requests,
		Loud: i.severity != "" && rank(a.Severity) < rank(i.severity),
	}
	switch {
	case a.State == Resolved:
		c.Text, c.Evidence, c.Requests = "Over: "+a.Summary, nil, nil
	case old != nil && old.State == Resolved:
		c.Text = "Again: " + a.Summary
	case old != nil && old.Summary == a.Summary && !c.Loud:
		return // a figure moved
	}
	i.happened(c)
}

// loud says that the newest change is to be noticed.
func (i *incident) loud() bool {
	n := len(i.changes)
	return n > 0 && i.changes[n-1].Loud
}

// since returns the changes after the nth, and how many of them are no longer known.
func (i *incident) since(n uint64) (changes []Change, missed int) {
	at := slices.IndexFunc(i.changes, func(c Change) bool { return c.N > n })
	if at < 0 {
		return nil, 0
	}
	return slices.Clone(i.changes[at:]), int(i.changes[at].N - n - 1)
}

// note remembers an action and says whether it is news.
func (i *incident) note(text string, at time.Time) bool {
	if text == "" || len(i.actions) > 0 && i.actions[len(i.actions)-1] == text {
		return false
	}
	i.actions = append(i.actions, text)
	if n := len(i.actions) - maxActions; n > 0 {
		i.actions = slices.Delete(i.actions, 0, n)
	}
	i.happened(Change{At: at, Text: text})
	return true
}
