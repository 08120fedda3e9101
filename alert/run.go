package alert

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Run loads what the Store holds and then tells the notifiers until ctx ends. After that it tells
// what is still waiting, without the usual pauses between updates, for at most FlushTimeout, writes
// the Store a last time, and returns: with an error if something is left untold. Call it once.
func (d *Dispatcher) Run(ctx context.Context) error {
	d.load(ctx)
	close(d.loaded)

	// Calls don't end with ctx but with the flush.
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var upkeep, serve sync.WaitGroup
	upkeep.Go(func() { d.upkeep(calls) })
	d.mu.Lock()
	d.begin = func(dst *destination) { serve.Go(func() { d.serve(calls, dst) }) }
	for _, dst := range d.places {
		d.begin(dst)
	}
	d.mu.Unlock()

	<-ctx.Done()
	d.beginFlush()
	timer := time.AfterFunc(d.opt.FlushTimeout, cancel)
	serve.Wait()
	timer.Stop()
	cancel()
	upkeep.Wait()
	d.saveAll(ctx)
	if n := d.waiting(); n > 0 {
		return fmt.Errorf("incidents left untold at the stop: %d", n)
	}
	return nil
}

// Loaded is closed once Run has read the Store. Of an incident there a resolution counts only then.
func (d *Dispatcher) Loaded() <-chan struct{} { return d.loaded }

func (d *Dispatcher) beginFlush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flushing = true
	d.deadline = time.Now().Add(d.opt.FlushTimeout)
	for _, dst := range d.places {
		dst.nudge()
	}
}

// serve starts the calls for one destination. When flushing it returns as soon as nothing is left
// that could be told in time.
func (d *Dispatcher) serve(ctx context.Context, dst *destination) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		del, wait, last := d.next(dst)
		if last {
			return
		}
		if del != nil {
			calls.Go(func() { d.do(ctx, del) })
			continue
		}
		if !pause(ctx, dst.wake, wait) {
			return
		}
	}
}

// pause waits for a wake-up or until wait has passed. It is false once ctx ended.
func pause(ctx context.Context, wake <-chan struct{}, wait time.Duration) bool {
	var passed <-chan time.Time
	if wait != never {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-wake:
	case <-passed:
	case <-ctx.Done():
		return false
	}
	return true
}

// next is what to tell at dst, or how long to wait for it, or that there is nothing more to come.
func (d *Dispatcher) next(dst *destination) (del *delivery, wait time.Duration, last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	del, wait = dst.next(now, d.flushing)
	last = d.flushing && del == nil && dst.calls == 0 && wait > d.deadline.Sub(now)
	return del, wait, last
}

// do makes the calls of one job, and saves what came of it.
func (d *Dispatcher) do(ctx context.Context, del *delivery) {
	switch del.job {
	case reply:
		d.reply(ctx, del)
	case picture:
		d.picture(ctx, del)
	default:
		d.tell(ctx, del)
	}
	d.save(ctx, del.inc)
}

// tell shows the incident as it is. The intent is saved before the request.
func (d *Dispatcher) tell(ctx context.Context, del *delivery) {
	d.mu.Lock()
	if del.intent.IsZero() {
		del.intent = time.Now()
		d.edited(del.inc)
	}
	uncertain, since := del.uncertain(), del.intent
	inc, rev := del.inc.snapshot(), del.inc.rev
	d.mu.Unlock()
	d.save(ctx, del.inc)
	if uncertain {
		if err := d.adopt(ctx, del, inc, since); err != nil {
			d.missed(ctx, del, inc, rev, err)
			return
		}
		d.save(ctx, del.inc)
	}

	d.mu.Lock()
	inc, rev = del.inc.snapshot(), del.inc.rev
	was := del.receipt
	d.mu.Unlock()
	if d.opt.Links != nil {
		inc.Links = d.opt.Links(inc)
	}
	call, cancel := context.WithTimeout(ctx, d.opt.CallTimeout)
	began := time.Now()
	receipt, err := del.dst.notifier.Notify(call, inc, was)
	cancel()
	d.metrics.took(del, time.Since(began))

	if err == nil {
		d.succeeded(del, inc, rev, receipt)
	} else {
		d.missed(ctx, del, inc, rev, err)
	}
}

func (d *Dispatcher) succeeded(del *delivery, inc Incident, rev uint64, receipt Receipt) {
	d.metrics.count(del, outcomeSent)
	d.mu.Lock()
	now := time.Now()
	told, failures := del.told, del.failures
	if down := del.dst.health.since; !down.IsZero() && now.Sub(down) >= d.opt.RetryMax {
		del.dst.recovered()
	}
	del.dst.health.works()
	del.receipt, del.told, del.shown = receipt, inc.State, rev
	del.err, del.failures, del.refused, del.retry = "", 0, 0, time.Time{}
	del.since, del.paced, del.worst = time.Time{}, now.Add(d.opt.Settings.UpdateInterval), inc.Severity
	if told == "" {
		del.begun(inc)
		del.gathers = now.Add(d.opt.Settings.GroupWait)
	}
	d.edited(del.inc)
	d.release(del, now)
	d.mu.Unlock()
	if told != inc.State {
		d.opt.Log.Info().Str("incident", inc.ID).Str("notifier", del.dst.notifier.Name()).Str("channel", del.dst.channel).
			Str("state", string(inc.State)).Int("failures", failures).Msg("incident told")
	}
}

// missed decides what becomes of a delivery after a failed call.
func (d *Dispatcher) missed(ctx context.Context, del *delivery, inc Incident, rev uint64, err error) {
	retry, _ := errors.AsType[*RetryError](err)
	again := d.again(ctx, err)
	text := d.redactor.Load().Redact(err.Error())

	d.mu.Lock()
	now := time.Now()
	before, failures := del.err, del.failures
	del.err = text
	del.dst.health.failed(text, now)
	if again {
		// Only who asks for a pause has surely shown nothing.
		del.unsure = del.unsure || retry == nil || retry.After <= 0
		d.metrics.count(del, outcomeRetried)
		del.failures++
		del.retry = now.Add(d.backoff(del.failures))
		if retry != nil && retry.After > 0 {
			// Who asks for a pause means all requests to the channel.
			if until := now.Add(retry.After); until.After(del.dst.idle) {
				del.dst.idle = until
			}
		}
	} else {
		d.metrics.count(del, outcomeFailed)
		del.failures, del.refused = 0, rev
		del.retry = now.Add(d.opt.Settings.UpdateInterval) // a storm must not ask again with every alert
	}
	d.release(del, now)
	d.mu.Unlock()

	log := d.opt.Log.With().Str("incident", inc.ID).Str("notifier", del.dst.notifier.Name()).Str("channel", del.dst.channel).
		Str("err", text).Logger()
	switch {
	case again && failures == 0:
		log.Warn().Msg("notification failed, trying again until it succeeds")
	case !again && before != text:
		log.Error().Msg("notification refused, trying again when the incident changes")
	}
}

// again says whether a call that failed is worth another try.
func (d *Dispatcher) again(ctx context.Context, err error) bool {
	_, retry := errors.AsType[*RetryError](err)
	// The flush's end cut the call short, or the notifier passed its timeout on as it was.
	return retry || ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded)
}

// release ends a call. It needs d.mu.
func (d *Dispatcher) release(del *delivery, now time.Time) {
	del.calling = false
	del.dst.calls--
	d.enqueue(del, now)
	d.settle(del.inc, now)
	del.dst.nudge()
}

// backoff is the wait after so many failures in a row: doubled each time, half of it random, so that
// what failed together doesn't come back together.
func (d *Dispatcher) backoff(failures int) time.Duration {
	wait := d.opt.RetryMin
	for range failures - 1 {
		if wait *= 2; wait >= d.opt.RetryMax {
			wait = d.opt.RetryMax
			break
		}
	}
	return time.Duration(float64(wait) * (0.5 + 0.5*d.opt.Rand()))
}
