package alert

import (
	"slices"
	"time"
)

const (
	maxHistory    = 1000                // incidents that are over and told, the newest
	historyAge    = 30 * 24 * time.Hour // … and no older
	historyAlerts = 25                  // alerts kept of each
)

// History returns the incidents that are over and told everywhere, the one that ended last first: at
// most 1000, of the last 30 days, with 25 alerts each and no text of the log. With a Store they
// outlive a restart.
func (d *Dispatcher) History() []Incident {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Incident, 0, len(d.history))
	for _, inc := range slices.Backward(d.history) {
		list = append(list, inc.snapshot())
	}
	slices.SortStableFunc(list, func(a, b Incident) int { return b.Ended.Compare(a.Ended) })
	return list
}

// shelve makes an incident that is over and told history. It needs d.mu.
func (d *Dispatcher) shelve(inc *incident) {
	if d.incidents[inc.id] != inc {
		return
	}
	delete(d.incidents, inc.id)
	for _, del := range inc.deliveries {
		delete(del.dst.waiting, del)
	}
	inc.trim()
	d.edited(inc)
	d.history = append(d.history, inc)
	if len(d.history) > maxHistory {
		d.drop(d.history[0])
	}
}

// unshelve takes an incident out of the history, if it is there. It needs d.mu.
func (d *Dispatcher) unshelve(inc *incident) {
	if at := slices.Index(d.history, inc); at >= 0 {
		d.history = slices.Delete(d.history, at, at+1)
	}
}

// expire drops what is too old for the history.
func (d *Dispatcher) expire(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.history) > 0 && now.Sub(d.history[0].ended) > historyAge {
		d.drop(d.history[0])
	}
}

// trim lets go of what only a living incident needs.
func (i *incident) trim() {
	for n, a := range i.sorted() {
		m := member{a.Rule, a.Key}
		if n >= historyAlerts {
			delete(i.members, m)
			continue
		}
		i.members[m].Evidence = nil
	}
	for n := range i.changes {
		i.changes[n].Evidence = nil
	}
}
