package alert

import (
	"context"
	"time"
)

// threads is the destination's way to reply beside a message; nil if it has none.
func (d *destination) threads() Threads {
	if t, ok := d.notifier.(Threads); ok && t.Updates() {
		return t
	}
	return nil
}

// owes says that changes were not told in the thread. Of what is silenced nothing is told there.
func (d *delivery) owes() bool {
	return d.inc.silenced == "" && d.said < d.inc.serial && d.receipt != (Receipt{}) && d.dst.threads() != nil
}

// replyDue is the earliest time for the next reply. What happens meanwhile goes into the same one.
func (d *delivery) replyDue() time.Time {
	if d.inc.state() == Resolved {
		return d.retry
	}
	for _, c := range d.inc.changes {
		if c.Loud && c.N > max(d.said, d.first) {
			return d.retry // it is to be noticed now
		}
	}
	return later(d.retry, d.quiet)
}

// begun takes note of what the incident's first message told by itself: changes without evidence, and
// all of what was over before anyone heard of it. Nothing of it is loud any more.
func (d *delivery) begun(told Incident) {
	for _, c := range told.Changes {
		d.first = c.N
		if told.State == Resolved || c.N == d.said+1 && len(c.Evidence)+len(c.Requests) == 0 {
			d.said = c.N
		}
	}
}

// reply makes one call that tells in the thread what changed.
func (d *Dispatcher) reply(ctx context.Context, del *delivery) {
	d.mu.Lock()
	inc, was := del.inc.snapshot(), del.receipt
	changes, missed := del.inc.since(del.said)
	for i := range changes {
		changes[i].Loud = changes[i].Loud && changes[i].N > del.first
	}
	d.mu.Unlock()
	call, cancel := context.WithTimeout(ctx, d.opt.CallTimeout)
	began := time.Now()
	err := del.dst.threads().Reply(call, inc, was, changes, missed)
	cancel()
	d.metrics.took(del, time.Since(began))
	if err != nil && d.again(ctx, err) {
		d.missed(ctx, del, inc, 0, err)
		return
	}

	outcome := outcomeSent
	if err != nil {
		// The message itself tells the state. What can't be said beside it is not worth another try.
		outcome = outcomeFailed
		d.opt.Log.Error().Str("incident", inc.ID).Str("notifier", del.dst.notifier.Name()).Str("channel", del.dst.channel).
			Str("err", d.redactor.Load().Redact(err.Error())).Msg("reply refused: the thread lacks some changes")
	}
	d.metrics.count(del, outcome)
	d.mu.Lock()
	now := time.Now()
	del.said = changes[len(changes)-1].N
	del.failures, del.retry, del.quiet = 0, time.Time{}, now.Add(d.opt.ThreadInterval)
	if err == nil {
		del.dst.health.works() // there may be no message to tell for long that says so
		if !del.failed() {
			del.err = ""
		}
	}
	d.edited(del.inc)
	d.release(del, now)
	d.mu.Unlock()
}
