package alert

import (
	"fmt"
	"time"
)

// flapLimit is how often an incident must have come back to be flapping.
const flapLimit = 2

func (i *incident) flapping() bool { return i.flaps >= flapLimit }

// reopened is the incident of t that ended not long before at, made live again; nil if there is none.
// A condition that comes and goes is one incident, not one message each time.
func (d *Dispatcher) reopened(t topic, at time.Time) *incident {
	inc := d.closed[t]
	if inc == nil || at.Sub(inc.ended) > d.opt.Settings.FlapWindow {
		return nil
	}
	away := at.Sub(inc.ended)
	inc.ended, inc.forget = time.Time{}, time.Time{}
	d.back(inc, at, away)
	delete(d.closed, t)
	d.unshelve(inc)
	d.incidents[inc.id] = inc
	d.makeLive(inc)
	return inc
}

// back counts that the incident came back after away.
func (d *Dispatcher) back(inc *incident, at time.Time, away time.Duration) {
	inc.flaps++
	inc.quiet = time.Time{}
	text := "It is back after " + span(away) + "."
	loud := inc.flaps <= flapLimit // who was told that it flaps need not hear it each time
	if inc.flapping() {
		text = fmt.Sprintf("It flaps: back after %s, %d times by now. It counts as over after %s without an alert.",
			span(away), inc.flaps, span(d.opt.Settings.FlapWindow))
	}
	inc.happened(Change{At: at, Text: text, Loud: loud})
}

// calm ends what flapped and has been quiet for long enough.
func (d *Dispatcher) calm(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, inc := range d.incidents {
		if inc.state() == Firing && !inc.quiet.IsZero() && now.Sub(inc.quiet) >= d.opt.Settings.FlapWindow {
			inc.ended, inc.quiet = inc.quiet, time.Time{}
			d.changed(inc, now)
		}
	}
}
