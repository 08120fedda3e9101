package scale

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// act carries d out and returns how it went. The intent is in the ledger before the platform is
// told; once it is, the calls go on for up to Timing.Call even if ctx ends, since nobody would know
// what came of an abandoned one.
func (t *attention) act(ctx context.Context, in *incident, d Decision) (_ Decision, wait time.Duration) {
	ctx = context.WithoutCancel(ctx)
	if t.lease != nil {
		ctx = t.lease.ctx
	}
	ctx, cancel := context.WithTimeout(ctx, t.s.o.Timing.Call)
	defer cancel()
	a := Action{At: time.Now(), Policy: d.Policy, App: d.App, Process: d.Process, Dyno: d.Dyno, From: d.From, To: d.To, Undo: d.Verb == VerbUndo}
	var err error
	if d.Verb != VerbRestart {
		err = t.owe(ctx, in, d, a.At)
	}
	if err == nil {
		err = t.keep(ctx, a)
	}
	if err != nil {
		d.Verdict, d.Why, d.To = Hold, GuardLedger, d.From
		d.Text = fmt.Sprintf("%s stays at %d: what is about to be done can't be put in the ledger: %v", d.Process, d.From, err)
		return d, 0
	}
	t.note(in, d)

	if d.Verb == VerbRestart {
		err = t.callRestart(ctx, &d)
	} else {
		err = t.call(ctx, &d)
	}
	a.Ended, d.At = time.Now(), time.Now()
	a.Outcome = d.Verdict
	if e, ok := errors.AsType[*PlatformError](err); ok && e.Failure != Temporary {
		a.Refused, a.Final = true, e.Failure != RateLimited
		wait = e.After
	} else {
		a.Unsure = err != nil
	}
	if err := t.keep(ctx, a); err != nil {
		// The intent is there, which is all that cooldown and hourly limit need.
		t.s.o.Log.Warn().Err(err).Str("app", d.App).Msg("the outcome of an action can't be put in the ledger")
	}
	if d.Verb != VerbRestart {
		t.settle(ctx, d, a.Refused)
	}
	if d.Verdict == Done && d.Verb != VerbUndo { // of which nobody expects anything
		t.watch = newWatch(in.policy, a, d)
	}
	return d, wait
}

// call tells the platform once and reads back. It sets d to how that went and returns why it isn't known
// to be done, if it isn't. Without an answer it isn't told again here: that is for another decision, by
// all guards.
func (t *attention) call(ctx context.Context, d *Decision) error {
	change := fmt.Sprintf("%s %d → %d", d.Process, d.From, d.To)
	quantity, err := t.s.o.Platform.Scale(ctx, d.App, d.Process, d.To)
	if err == nil {
		t.s.mu.Lock()
		t.app.saw(t.s, d.Process, quantity, time.Now())
		t.s.mu.Unlock()
	}
	if e, ok := errors.AsType[*PlatformError](err); ok && e.Failure != Temporary {
		d.Verdict, d.Why, d.Text = Failed, GuardPlatform, change+" was refused: "+e.Error()
		return err
	}
	// Without an answer the platform may have done it all the same. Reading back tells.
	have, readErr := t.formation(ctx, d.App)
	if readErr == nil {
		quantity = have[d.Process]
	}
	switch {
	case readErr != nil && err != nil:
		d.Verdict, d.Why, d.Text = Failed, GuardPlatform, change+" may have been done or not: "+err.Error()
	case quantity == d.To:
		d.Verdict, d.Why, d.Text = Done, "", change+" is done"
		return nil
	case err != nil:
		d.Verdict, d.Why = Failed, GuardPlatform
		d.Text = fmt.Sprintf("%s isn't done yet, %s is at %d: %v", change, d.Process, quantity, err)
	default:
		d.Verdict, d.Why = Failed, GuardChanged
		d.Text = fmt.Sprintf("%s was done, but %s is at %d: somebody else changed it", change, d.Process, quantity)
	}
	return err
}

// keep puts an action in the ledger, and only then among those that are judged by.
func (t *attention) keep(ctx context.Context, a Action) error {
	if err := t.s.o.Actions.Put(ctx, a.key(), a.encode()); err != nil {
		return err
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.app.put(a)
	return nil
}
