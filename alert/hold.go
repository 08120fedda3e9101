package alert

import (
	"slices"
	"strconv"
	"time"
)

// What follows needs Dispatcher.mu.

// newID never returns the same twice in one process; over restarts the nanosecond tells IDs apart.
func (d *Dispatcher) newID(t topic, now time.Time) string {
	d.lastID = max(d.lastID+1, now.UnixNano())
	return t.String() + "/" + strconv.FormatInt(d.lastID, 36)
}

// hold takes a firing incident in, for another one if there are too many.
func (d *Dispatcher) hold(inc *incident) {
	if len(d.incidents) >= d.opt.Capacity {
		d.evict()
	}
	d.incidents[inc.id] = inc
	d.makeLive(inc)
}

func (d *Dispatcher) makeLive(inc *incident) {
	app := inc.topic.app
	if d.live[app] == nil {
		d.live[app] = map[topic]*incident{}
	}
	d.live[app][inc.topic] = inc
}

// end takes an incident out of those that fire.
func (d *Dispatcher) end(inc *incident) {
	app := inc.topic.app
	if d.live[app][inc.topic] == inc {
		delete(d.live[app], inc.topic)
		if len(d.live[app]) == 0 {
			delete(d.live, app)
		}
	}
	if last := d.closed[inc.topic]; last == nil || !inc.ended.Before(last.ended) {
		d.closed[inc.topic] = inc
	}
}

// evict forgets the incident that has been over for longest, unless it is being told right now.
func (d *Dispatcher) evict() {
	var oldest *incident
	for _, inc := range d.incidents {
		busy := slices.ContainsFunc(inc.deliveries, func(del *delivery) bool { return del.calling })
		if inc.state() == Resolved && !busy && (oldest == nil || inc.ended.Before(oldest.ended)) {
			oldest = inc
		}
	}
	if oldest == nil {
		return
	}
	for _, del := range oldest.deliveries {
		if del.pending() {
			d.metrics.count(del, outcomeDropped)
		}
	}
	d.drop(oldest)
}

// changed gives the incident's new state to every destination it belongs to.
func (d *Dispatcher) changed(inc *incident, now time.Time) {
	d.hush(inc)
	inc.rev++
	d.edited(inc)
	d.assign(inc, now)
	if inc.state() == Resolved {
		d.end(inc)
		d.remember(inc)
		d.settle(inc, now)
	}
}

// assign gives the incident a delivery at each destination it belongs to. It keeps those it has: a
// message once shown is kept current, whatever matches later.
func (d *Dispatcher) assign(inc *incident, now time.Time) {
	for _, dst := range d.destinations(inc) {
		if !slices.ContainsFunc(inc.deliveries, func(del *delivery) bool { return del.dst == dst }) {
			inc.deliveries = append(inc.deliveries, &delivery{inc: inc, dst: dst})
		}
	}
	for _, del := range inc.deliveries {
		d.enqueue(del, now)
	}
}

func (d *Dispatcher) destinations(inc *incident) []*destination {
	var found []*destination
	for _, r := range inc.routes {
		if r.match.holds(inc) {
			found = append(found, r.dst)
		}
	}
	if found == nil {
		return d.defaults
	}
	return found
}

// enqueue makes the delivery wait for its turn if there is something to tell.
func (d *Dispatcher) enqueue(del *delivery, now time.Time) {
	if del.calling {
		return
	}
	if !del.pending() && !del.owes() && !del.lacks() {
		delete(del.dst.waiting, del) // silenced while it waited
		del.since = time.Time{}
		return
	}
	_, waits := del.dst.waiting[del]
	if !waits {
		if del.since.IsZero() {
			del.since = now
		}
		del.dst.waiting[del] = struct{}{}
	}
	// A change of what waits anyhow makes nothing due any earlier, unless it is the end or to be
	// noticed. Not to look again keeps a storm of alerts cheap.
	if !waits || del.inc.state() == Resolved || del.inc.loud() {
		del.dst.nudge()
	}
}

// settle makes history of an incident that is over and of which nothing more is to be told.
func (d *Dispatcher) settle(inc *incident, now time.Time) {
	if inc.state() != Resolved {
		return
	}
	failed := false
	for _, del := range inc.deliveries {
		if del.pending() || del.owes() {
			return
		}
		failed = failed || del.failed()
	}
	if !failed {
		d.shelve(inc)
		return
	}
	if inc.forget.IsZero() {
		inc.forget = now.Add(d.opt.KeepFailed)
	}
}

// remember keeps the last of each alert of an incident that ended.
func (d *Dispatcher) remember(inc *incident) {
	if len(d.over) >= d.opt.Capacity {
		clear(d.over) // it guards against what shouldn't happen, so a bound matters more
	}
	for m, a := range inc.members {
		d.over[over{inc.topic, m}] = mark{a.Seq, a.At}
	}
}

// drop forgets an incident that is over.
func (d *Dispatcher) drop(inc *incident) {
	for _, del := range inc.deliveries {
		delete(del.dst.waiting, del)
	}
	delete(d.incidents, inc.id)
	d.unshelve(inc)
	if d.closed[inc.topic] == inc {
		delete(d.closed, inc.topic)
	}
	inc.forgotten = true
	d.edited(inc)
}

// edited marks what the Store holds of an incident as out of date.
func (d *Dispatcher) edited(inc *incident) {
	inc.edits++
	if d.opt.Store != nil {
		d.unsaved[inc] = struct{}{}
	}
}
