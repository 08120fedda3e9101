package alert

import (
	"slices"
	"time"
)

// Trouble says what the Dispatcher depends on and can't use, or can use again.
type Trouble struct {
	Notifier string // empty: it is the Store
	Channel  string // as configured; empty for the notifier's own
	Error    string // empty: it works again
}

// health is how long something fails already. Dispatcher.mu guards it.
type health struct {
	since    time.Time // zero: it works
	err      string
	reported bool
}

func (h *health) failed(err string, now time.Time) {
	h.err = err
	if h.since.IsZero() {
		h.since = now
	}
}

func (h *health) works() { h.since = time.Time{} }

// news is what is to be told of it now, if anything: a failure once it lasts, and its end.
func (h *health) news(now time.Time, lasts time.Duration) (err string, isNews bool) {
	bad := !h.since.IsZero() && now.Sub(h.since) >= lasts
	over := h.since.IsZero() && h.reported
	if bad == h.reported && !over {
		return "", false
	}
	h.reported = bad
	if over {
		return "", true
	}
	return h.err, bad
}

// deserted says that nothing is told there any more: a reload brought other routes.
func (d *Dispatcher) deserted(dst *destination) bool {
	if d.routed(dst) || slices.Contains(d.defaults, dst) {
		return false
	}
	for _, inc := range d.incidents {
		if slices.ContainsFunc(inc.deliveries, func(del *delivery) bool { return del.dst == dst }) {
			return false
		}
	}
	return true
}

// report tells Options.Trouble what is new. It is called without d.mu, since who is told may Send.
func (d *Dispatcher) report(now time.Time) {
	if d.opt.Trouble == nil {
		return
	}
	var all []Trouble
	d.mu.Lock()
	for _, dst := range d.places {
		if !dst.health.since.IsZero() && d.deserted(dst) {
			dst.health.works() // no call will say so
		}
		if err, isNews := dst.health.news(now, d.opt.TroubleAfter); isNews {
			all = append(all, Trouble{Notifier: dst.notifier.Name(), Channel: dst.channel, Error: err})
		}
	}
	if err, isNews := d.store.news(now, d.opt.TroubleAfter); isNews {
		all = append(all, Trouble{Error: err})
	}
	d.mu.Unlock()
	for _, t := range all {
		d.opt.Trouble(t)
	}
}
