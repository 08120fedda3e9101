package alert

import (
	"context"
	"time"
)

// uncertain says that a first message may be there although nobody was told where: a process died
// between posting it and writing that down, or an answer was lost.
func (d *delivery) uncertain() bool {
	_, finds := d.dst.notifier.(Finder)
	return finds && d.unsure && d.receipt == (Receipt{})
}

// adopt looks for such a message. The error says that it should be tried again.
func (d *Dispatcher) adopt(ctx context.Context, del *delivery, inc Incident, since time.Time) error {
	call, cancel := context.WithTimeout(ctx, d.opt.CallTimeout)
	found, err := del.dst.notifier.(Finder).Find(call, inc, since)
	cancel()
	if err != nil && d.again(ctx, err) {
		return err
	}
	log := d.opt.Log.With().Str("incident", inc.ID).Str("notifier", del.dst.notifier.Name()).Str("channel", del.dst.channel).Logger()
	d.mu.Lock()
	del.unsure = false
	if err == nil && found != (Receipt{}) {
		del.receipt = found
		d.edited(del.inc)
	}
	d.mu.Unlock()
	switch {
	case err != nil:
		log.Warn().Str("err", d.redactor.Load().Redact(err.Error())).
			Msg("can't look whether the incident was told already; it may be told twice")
	case found != (Receipt{}):
		log.Info().Msg("found the message of a call whose answer was lost, and go on with it")
	}
	return nil
}
