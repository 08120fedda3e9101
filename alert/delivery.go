package alert

import (
	"cmp"
	"time"
)

// job is what a delivery wants of a notifier.
type job int

const (
	nothing job = iota
	message     // to show the incident as it is
	reply       // to say beside it what changed
	picture     // to show beside it how its figure went
)

// delivery is the one slot an incident has at one destination: whatever is to be told there is the
// incident as it is now. Dispatcher.mu guards it.
type delivery struct {
	inc *incident
	dst *destination

	receipt Receipt
	told    State  // the last state told; empty: nothing yet
	shown   uint64 // the revision told
	refused uint64 // the revision that failed for good; 0: none
	err     string // why the last try failed

	said  uint64    // the newest change told in the thread
	first uint64    // the newest change when the first message was told
	quiet time.Time // no reply there before, unless it is the end or loud

	sketches int // tries of the picture

	intent   time.Time // when a first request was about to leave; zero: none was
	unsure   bool      // something may be shown even if receipt is empty
	job      job       // what the call under way is for
	calling  bool      // one call at a time keeps the order
	failures int       // in a row
	retry    time.Time // no try before
	paced    time.Time // no update before, unless it is the end
	gathers  time.Time // no update before, unless it is the end or worse than what was told
	worst    string    // the severity told
	since    time.Time // when it began to wait
}

// pending says that the destination doesn't show what it should, also while a call is under way.
func (d *delivery) pending() bool {
	if d.refused == d.inc.rev || d.hushed() {
		return false
	}
	if d.dst.notifier.Updates() {
		return d.shown < d.inc.rev
	}
	return d.told != d.inc.state()
}

// hushed says that a silence keeps the destination from hearing of it. Where it was told before, that
// it is silenced is shown, and so is its end: what was begun must not stay open for ever.
func (d *delivery) hushed() bool {
	switch {
	case d.inc.silenced == "":
		return false
	case d.told == "" && d.intent.IsZero():
		return true
	case d.inc.state() == Resolved:
		return false
	default:
		return d.told == "" || d.shown >= d.inc.hushed
	}
}

// failed says that the destination refused the incident as it is now.
func (d *delivery) failed() bool { return d.refused == d.inc.rev }

// next is what to do now, or how long to wait for something to do. Who stops has no time for replies:
// the message tells the state, and the Store knows what is still to be said.
func (d *delivery) next(now time.Time, flushing bool) (job, time.Duration) {
	wait := never
	if d.pending() {
		if wait = d.due(flushing).Sub(now); wait <= 0 {
			return message, 0
		}
	}
	if d.owes() && !flushing {
		if wait = min(wait, d.replyDue().Sub(now)); wait <= 0 {
			return reply, 0
		}
	}
	if d.lacks() && !flushing {
		if wait = min(wait, d.dst.undrawn.Sub(now)); wait <= 0 {
			return picture, 0
		}
	}
	return nothing, wait
}

// due is the earliest time for the next try of the message.
func (d *delivery) due(flushing bool) time.Time {
	if flushing || d.told == "" || d.inc.state() == Resolved || d.shown < d.inc.hurry {
		return d.retry
	}
	due := later(d.retry, d.paced)
	if rank(d.inc.severity) < rank(d.worst) {
		return due // who waits for the rest of a storm would hear too late how bad it is
	}
	return later(due, d.gathers)
}

// before orders deliveries that are due: messages, then replies, then pictures; the worst severity; what nobody was
// told of; what is over; the one that has waited for longest.
func (d *delivery) before(o *delivery) bool {
	return cmp.Or(
		cmp.Compare(d.job, o.job),
		cmp.Compare(rank(d.inc.severity), rank(o.inc.severity)),
		cmp.Compare(d.urgency(), o.urgency()),
		d.since.Compare(o.since),
		cmp.Compare(d.inc.id, o.inc.id),
	) < 0
}

func (d *delivery) urgency() int {
	live := d.inc.state() == Firing
	switch {
	case live && d.told == "":
		return 0
	case !live && d.told != "":
		return 1
	case live:
		return 2
	default: // over before anyone heard of it
		return 3
	}
}

func (d *delivery) status() Delivery {
	return Delivery{
		Notifier: d.dst.notifier.Name(), Channel: d.dst.channel,
		Told: d.told, Waiting: d.pending(), Error: d.err,
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
