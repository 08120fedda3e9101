package scale

import (
	"context"
	"fmt"
	"time"
)

// watch awaits the effect of an action.
type watch struct {
	policy   *Policy
	action   Action
	decision Decision  // as it was when the action was done
	until    time.Time // when the effect must be there
	full     []Reading // the figures that must fall
}

func newWatch(p *Policy, a Action, d Decision) *watch {
	w := &watch{policy: p, action: a, decision: d, until: a.Ended.Add(p.Verify)}
	for _, r := range d.Evidence.Readings {
		if r.full() {
			w.full = append(w.full, r)
		}
	}
	return w
}

// enough says whether the action should have sufficed. One that max_step or min kept short of what
// fits was never meant to, so that nothing falls yet proves nothing, and it isn't waited for any longer.
func (w *watch) enough() bool {
	e, p := &w.decision.Evidence, w.policy
	if e.Fits == 0 && w.decision.Process != p.Process[len(p.Process)-1] {
		return !e.FitsKnown // it may take the next type too: that none fits is all that is known
	}
	return !e.FitsKnown || w.decision.To <= e.Fits
}

// look ends the watch if the figures fell below the bound, or the time for it is over.
func (t *attention) look(ctx context.Context) {
	w := t.watch
	if w.action.restores() {
		t.lookRestored(ctx)
		return
	}
	if w.action.Dyno != "" {
		t.lookRestarted(ctx)
		return
	}
	d := w.decision
	d.At, d.Until, d.Why = time.Now(), time.Time{}, ""
	d.Evidence = t.s.o.Evidence(d.App, d.Process)
	change := fmt.Sprintf("%s %d → %d", d.Process, d.From, d.To)
	fell, figures := w.fell(d.Evidence.Readings)
	took := brief(d.At.Sub(w.action.Ended))
	switch {
	case fell:
		d.Verdict, d.Text = Worked, fmt.Sprintf("%s worked: %s %s later", change, figures, took)
	case !w.enough() && (w.still(d.Evidence.Readings) || !d.At.Before(w.until)):
		t.watch = nil
		return
	case d.At.Before(w.until):
		return
	default:
		d.Verdict, d.Wanted = NoEffect, t.before(t.incidents[w.action.Policy], &w.action)
		d.Text = fmt.Sprintf("%s had no effect: %s %s later; policy %s does nothing more in this incident", change, figures, took, d.Policy)
	}
	t.ended(ctx, d)
}

// lookRestored ends the watch of a restore at the first sign that it was too much, else when its time
// is over.
func (t *attention) lookRestored(ctx context.Context) {
	w := t.watch
	d := w.decision
	d.At, d.Until, d.Why = time.Now(), time.Time{}, ""
	d.Evidence = t.s.o.Evidence(d.App, d.Process)
	t.s.mu.Lock()
	_, fires := t.app.firing[d.Rule]
	t.s.mu.Unlock()
	change := fmt.Sprintf("restoring %s %d → %d", d.Process, d.From, d.To)
	took := brief(d.At.Sub(w.action.Ended))
	figures, high := w.after(d.Evidence.Readings)
	switch {
	case high:
		d.Verdict, d.Text = Relapse, fmt.Sprintf("%s was too much: %s %s later", change, figures, took)
	case fires:
		d.Verdict, d.Text = Relapse, fmt.Sprintf("%s was too much: the incident is back %s later", change, took)
	case d.At.Before(w.until):
		return
	case figures == "":
		d.Verdict, d.Text = NoEffect, fmt.Sprintf("%s couldn't be verified: no new figure came in %s", change, took)
	default:
		d.Verdict, d.Text = Worked, fmt.Sprintf("%s holds: %s %s later", change, figures, took)
	}
	t.ended(ctx, d)
}

// after says how the figures that came since the action stand, and whether one is at the bound. It
// tells of that one, else of the last; of none it says nothing.
func (w *watch) after(now []Reading) (figures string, high bool) {
	for i := range now {
		r := &now[i]
		if !r.At.After(w.action.Ended) {
			continue
		}
		figures = r.String()
		if r.full() {
			return figures, true
		}
	}
	return figures, false
}

// ended closes the watch with d.
func (t *attention) ended(ctx context.Context, d Decision) {
	w := t.watch
	t.watch = nil
	w.action.Outcome = d.Verdict
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.s.o.Timing.Call)
	defer cancel()
	if err := t.keep(ctx, w.action); err != nil {
		t.s.o.Log.Warn().Err(err).Str("app", d.App).Msg("the outcome of an action can't be put in the ledger")
		t.s.mu.Lock()
		t.app.put(w.action) // to stop the policy at least until a restart
		t.s.mu.Unlock()
	}
	in := t.incidents[d.Policy]
	if w.action.restores() {
		in = t.restores[d.Process]
	}
	if in != nil {
		in.due = d.At
		var offers []*offer
		if d.Verb == VerbScale && d.Verdict == NoEffect {
			offers = t.offer(in, d) // before people are told, who may want to know what they can do
		}
		t.note(in, d)
		for _, o := range offers {
			t.note(&o.incident, o.offered)
		}
		return
	}
	t.s.record(d) // the rule no longer fires
}

// fell says whether all figures that were full have fallen below the bound since the action, and
// how they stand.
func (w *watch) fell(now []Reading) (fell bool, figures string) {
	figures = "no new figure came"
	for i := range w.full {
		r := latest(now, &w.full[i])
		if r == nil || !r.Own || !r.At.After(w.action.Ended) {
			return false, figures
		}
		figures = r.String()
		if r.full() {
			return false, figures
		}
	}
	return len(w.full) > 0, figures
}

// still says whether a figure since the action is as full as before.
func (w *watch) still(now []Reading) bool {
	for i := range w.full {
		if r := latest(now, &w.full[i]); r != nil && r.Own && r.At.After(w.action.Ended) && r.full() {
			return true
		}
	}
	return false
}

func latest(readings []Reading, of *Reading) *Reading {
	for i := range readings {
		if readings[i].is(of) {
			return &readings[i]
		}
	}
	return nil
}
