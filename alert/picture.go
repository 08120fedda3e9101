package alert

import (
	"context"
	"errors"
	"time"
)

// Pictures is a Notifier that can show beside an incident's message how its figure went. Only one that
// Updates is asked to.
type Pictures interface {
	Notifier
	// Picture shows it beside the message that was tells of; without figures to draw it does nothing. A
	// *RetryError means that surely nothing is shown and another try is worth it. After a
	// *UnableError the Notifier is never asked again. Any other error is the end of this picture.
	Picture(ctx context.Context, inc Incident, was Receipt) error
}

// UnableError marks what a Notifier can't do at all, as it is set up.
type UnableError struct{ Err error }

func (e *UnableError) Error() string { return e.Err.Error() }
func (e *UnableError) Unwrap() error { return e.Err }

const (
	// maxSketches is how often a picture is tried. One that is lost is no loss.
	maxSketches = 3
	// pictureTimeout bounds one try: while it lasts the incident's message isn't updated, and whoever
	// presses a button waits for that.
	pictureTimeout = 3 * time.Second
)

// pictures is the destination's way to show pictures; nil if it has none.
func (d *destination) pictures() Pictures {
	if p, ok := d.notifier.(Pictures); ok && p.Updates() && !d.blind {
		return p
	}
	return nil
}

// lacks says that a picture is still to be shown: of what lives, and that people were told of.
func (d *delivery) lacks() bool {
	return d.inc.drawable && d.sketches < maxSketches && d.receipt != (Receipt{}) && d.inc.state() == Firing &&
		d.inc.silenced == "" && d.dst.pictures() != nil
}

// spare is how long until a picture may be shown: it waits for the whole burst to be there again, so that
// no message waits for what it took, and there is one at a time, so that a slow one holds up none.
func (d *destination) spare(now time.Time) time.Duration {
	if d.sketching {
		return never
	}
	lack := float64(d.limiter.Burst()) - d.limiter.TokensAt(now)
	return time.Duration(lack / float64(d.limiter.Limit()) * float64(time.Second))
}

// picture makes one call that shows a picture. That it was tried is saved first: after a crash another
// one could be the second.
func (d *Dispatcher) picture(ctx context.Context, del *delivery) {
	d.mu.Lock()
	p := del.dst.pictures()
	if p == nil { // another channel has just learnt that there are none
		del.dst.sketching = false
		d.release(del, time.Now())
		d.mu.Unlock()
		return
	}
	del.sketches++
	d.edited(del.inc)
	inc, was := del.inc.snapshot(), del.receipt
	d.mu.Unlock()
	d.save(ctx, del.inc)

	call, cancel := context.WithTimeout(ctx, min(pictureTimeout, d.opt.CallTimeout))
	began := time.Now()
	err := p.Picture(call, inc, was)
	cancel()
	d.metrics.took(del, time.Since(began))

	retry, again := errors.AsType[*RetryError](err)
	_, unable := errors.AsType[*UnableError](err)
	d.mu.Lock()
	now := time.Now()
	outcome := outcomeSent
	switch {
	case err == nil:
		del.sketches = maxSketches
	case again && del.sketches < maxSketches:
		outcome = outcomeRetried
		del.dst.undrawn = now.Add(max(retry.After, d.backoff(del.sketches)))
	default:
		outcome = outcomeFailed
		del.sketches = maxSketches
	}
	unable = unable && !del.dst.blind
	if unable {
		for _, dst := range d.places {
			dst.blind = dst.blind || dst.notifier.Name() == p.Name()
		}
	}
	del.dst.sketching = false
	d.release(del, now)
	d.mu.Unlock()

	d.metrics.count(del, outcome)
	log := d.opt.Log.With().Str("incident", inc.ID).Str("notifier", p.Name()).Str("channel", del.dst.channel).Logger()
	switch {
	case unable:
		log.Warn().Str("err", d.redactor.Load().Redact(err.Error())).Msg("incidents have no pictures until the next start")
	case outcome == outcomeFailed:
		log.Warn().Str("err", d.redactor.Load().Redact(err.Error())).Msg("the incident goes without its picture")
	}
}
