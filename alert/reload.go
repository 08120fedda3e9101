package alert

import (
	"reflect"
	"regexp"
	"slices"
	"time"
)

// Reload puts other settings, routes and patterns of secrets in place of those that New was given.
//
// An incident that lives keeps its message and its alerts: routes and GroupBy are for those that begin now, but
// one that nobody was told of yet takes the new routes, since the old ones may be why. Durations count at once.
// So do secrets, in what is held as well: messages that can be updated are; what was said elsewhere stays.
func (d *Dispatcher) Reload(s Settings, routes []Route, redact []*regexp.Regexp) {
	s = s.WithDefaults()
	redactor := NewRedactor(redact...)
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.regrouped = d.regrouped || !slices.Equal(d.opt.Settings.GroupBy, s.GroupBy)
	d.opt.Settings = s
	d.routes = d.findRoutes(routes)
	d.redactor.Store(redactor)
	// Else each reload would hold Send up while all that is held is read again.
	same := slices.EqualFunc(d.opt.Redact, redact, func(a, b *regexp.Regexp) bool { return a.String() == b.String() })
	d.opt.Redact = redact
	if !same {
		d.redactHeld(redactor, now)
	}
	for _, inc := range d.incidents {
		if inc.state() == Firing && inc.untold() {
			d.reroute(inc, now)
		}
	}
}

// redactHeld takes out of all incidents what is secret by now.
func (d *Dispatcher) redactHeld(redactor *Redactor, now time.Time) {
	for _, inc := range d.history {
		if inc.redact(redactor) {
			d.edited(inc)
		}
	}
	for _, inc := range d.incidents {
		d.rekey(inc, redactor.Redact(inc.topic.key))
		switch secret := inc.redact(redactor); {
		case secret && inc.state() == Resolved:
			d.edited(inc)
		case secret:
			d.changed(inc, now)
		}
	}
}

// where finds the live incident that an alert is about: that of its topic, or the one that it was in before
// alerts were grouped so.
func (d *Dispatcher) where(t topic, a Alert) *incident {
	if d.regrouped {
		for _, inc := range d.live[a.App] {
			if was := inc.members[member{a.Rule, a.Key}]; was != nil && was.Cause == a.Cause {
				return inc
			}
		}
	}
	return d.live[a.App][t]
}

// rekey gives a live incident that was grouped by a key the one that its alerts have from now on.
func (d *Dispatcher) rekey(inc *incident, key string) {
	all, to := d.live[inc.topic.app], inc.topic
	to.key = key
	if all[inc.topic] != inc || all[to] != nil {
		return
	}
	delete(all, inc.topic)
	inc.topic, all[to] = to, inc
}

// untold says that no destination shows the incident, or is being told, or may show it.
func (i *incident) untold() bool {
	return !slices.ContainsFunc(i.deliveries, func(del *delivery) bool {
		return del.told != "" || del.calling || del.unsure || del.receipt != (Receipt{}) // found, but not updated yet
	})
}

// reroute sends an incident that nobody was told of where the routes lead now.
func (d *Dispatcher) reroute(inc *incident, now time.Time) {
	for _, del := range inc.deliveries {
		delete(del.dst.waiting, del)
	}
	inc.deliveries, inc.routes = nil, d.routes
	d.changed(inc, now)
}

// redact takes out what is secret by now, and says whether there was any.
func (i *incident) redact(r *Redactor) (found bool) {
	members, inherited := make(map[member]*Alert, len(i.members)), make(map[member]bool, len(i.inherited))
	i.firing = 0
	for _, old := range i.sorted() { // of two whose keys become one, the worse stays
		a := r.alert(old)
		a.PeakFigure = r.Redact(a.PeakFigure)
		m := member{a.Rule, a.Key}
		found = found || !reflect.DeepEqual(a, old)
		if members[m] != nil {
			continue
		}
		members[m] = &a
		if a.State == Firing {
			i.firing++
		}
		if i.inherited[member{old.Rule, old.Key}] {
			inherited[m] = true
		}
	}
	i.members, i.inherited = members, inherited
	for n := range i.changes {
		c := &i.changes[n]
		was := *c
		c.Text, c.Evidence, c.Requests = r.Redact(c.Text), r.evidence(c.Evidence), r.lines(c.Requests)
		found = found || !reflect.DeepEqual(*c, was)
	}
	for n, text := range i.actions {
		i.actions[n] = r.Redact(text)
		found = found || i.actions[n] != text
	}
	for n := range i.asks {
		text := i.asks[n].Text
		i.asks[n].Text = r.Redact(text)
		found = found || i.asks[n].Text != text
	}
	return found
}
