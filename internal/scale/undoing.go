package scale

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// offer is a shed without effect that a person may have taken back.
type offer struct {
	incident
	action  Action
	request Request
	offered Decision // what waits
}

// offer lets a person take back what had no effect in in, to what there was before the incident, and so of
// the policy's other types: what was shed together is of no use alone. Each waits as an ask does, for
// Timing.Void; until then nothing is done.
func (t *attention) offer(in *incident, was Decision) (offers []*offer) {
	for _, a := range t.undoable(in) {
		o := &offer{incident: incident{policy: in.policy, began: in.began}, action: a}
		o.request = Request{App: was.App, Rule: was.Rule, Cause: was.Cause, At: in.began}
		d := was
		d.Verb, d.Verdict, d.Process, d.From, d.To = VerbUndo, Ask, a.Process, a.To, t.before(in, &a)
		d.Wanted, d.Evidence = d.To, t.s.o.Evidence(d.App, a.Process)
		came := fmt.Sprintf("%s %d → %d had no effect", a.Process, a.From, a.To)
		if a.Outcome != NoEffect {
			came = fmt.Sprintf("%s %d → %d was shed too", a.Process, d.To, a.To)
		}
		d.Text = came + "; undo: " + byHand(&d)
		t.stand(o, &d)
		t.offers[a.Process] = o
		offers = append(offers, o)
	}
	return offers
}

// offerAgain offers what a process before this one did, of which it died. It says whether that is known yet.
func (t *attention) offerAgain(in *incident, r Request) (known bool) {
	t.s.mu.Lock()
	known = t.s.loaded
	last := *newest(&Situation{Actions: t.app.actions}, func(a *Action) bool { return a.Policy == in.policy.Name && a.Dyno == "" && !a.restores() })
	t.s.mu.Unlock()
	since := time.Since(last.over().Add(in.policy.Verify)) // it was offered
	if last.Outcome != NoEffect || last.At.Before(in.began) || since >= t.s.o.Timing.Void {
		return known
	}
	was := Decision{At: time.Now(), Policy: in.policy.Name, Rule: in.policy.On, Cause: r.Cause, App: in.policy.App}
	for _, o := range t.offer(in, was) {
		t.note(&o.incident, o.offered)
	}
	return known
}

// stand has o wait for a person.
func (t *attention) stand(o *offer, d *Decision) {
	t.open(&o.incident, d)
	o.due, o.offered = d.Until, *d
}

// undoable are the last changes that in's policy made in it, one a process type, the least expendable
// first, where nobody has changed it since.
func (t *attention) undoable(in *incident) (all []Action) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	sit := &Situation{Actions: t.app.actions}
	for _, process := range slices.Backward(in.policy.Process) {
		last := *newest(sit, func(a *Action) bool { return a.counts(process) && a.Dyno == "" })
		if last.Policy == in.policy.Name && !last.At.Before(in.began) && last.To < last.From && !last.overridden(t.app.foreignTo(process)) {
			all = append(all, last)
		}
	}
	return all
}

// before is the quantity that a's steps in the incident began with, as far back as nobody else changed it
// between two of them. Without in, which is over, it is what a alone began with.
func (t *attention) before(in *incident, a *Action) int {
	quantity := a.From
	if in == nil {
		return quantity
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for _, b := range slices.Backward(t.app.actions) {
		if b.counts(a.Process) && b.Dyno == "" && b.At.Before(a.At) && !b.At.Before(in.began) && b.To == quantity &&
			!b.overridden(t.app.foreignTo(b.Process)) {
			quantity = b.From
		}
	}
	return quantity
}

// foreignTo is the newest change of process by somebody else, zero if none is known. The caller holds mu.
func (a *app) foreignTo(process string) Action {
	for _, c := range slices.Backward(a.foreign) {
		if c.Process == process {
			return c
		}
	}
	return Action{}
}

// byHand is the command that does d.
func byHand(d *Decision) string {
	return fmt.Sprintf("`heroku ps:scale %s=%d -a %s`", d.Process, d.To, d.App)
}

// undo takes back what a person wants taken back, and withdraws what nobody wanted in time, what somebody
// changed, or what is over. It returns when to look again.
func (t *attention) undo(ctx context.Context) (next time.Time) {
	next = time.Now().Add(time.Hour)
	for _, process := range slices.Sorted(maps.Keys(t.offers)) {
		o := t.offers[process]
		in := t.incidents[o.policy.Name]
		if in == nil || !in.began.Equal(o.began) { // it is over, also for who answered just now: prune closes it
			delete(t.offers, process)
			continue
		}
		o.policy = in.policy // as it is since a reload
		t.s.mu.Lock()
		changed := t.app.foreignTo(process)
		t.s.mu.Unlock()
		k := t.answered(&o.incident)
		switch {
		case k != nil && k.refused:
			t.refuse(&o.incident, k)
		case k != nil:
			if t.takeBack(ctx, o, k) {
				next = earliest(next, o.due)
				continue
			}
		case o.action.overridden(changed):
			t.withdraw(o, GuardForeign, fmt.Sprintf("%s isn't put back to %d: somebody else set it to %d since", process, o.offered.To, changed.To))
		case !time.Now().Before(o.due):
			t.withdraw(o, GuardVoid, fmt.Sprintf("nobody wanted %s put back to %d in time; by hand: %s", process, o.offered.To, byHand(&o.offered)))
		default:
			next = earliest(next, o.due)
			continue
		}
		delete(t.offers, process)
	}
	return next
}

// takeBack does what k wants, if it may be done, and answers. It says whether it is still to be had: what
// holds it may soon let go.
func (t *attention) takeBack(ctx context.Context, o *offer, k *ask) (again bool) {
	d := t.decide(ctx, &o.incident, job{
		policy: o.policy, request: o.request, undo: &o.action,
		yes: &Approval{ID: k.decision.ID, By: k.by, Process: o.action.Process, To: k.decision.To},
	})
	if d.At.IsZero() {
		close(k.answer)
		return false
	}
	switch d.Why {
	case GuardForeign, GuardEvidence, GuardNoProcess, GuardChanged:
	default:
		again = d.Verdict == Hold || d.Verdict == Failed
	}
	if again {
		still := k.decision
		still.At, still.By = d.At, ""
		t.stand(o, &still)
		t.note(&o.incident, still)
	}
	k.answer <- d
	return again
}

// withdraw ends o's waiting and says why.
func (t *attention) withdraw(o *offer, why Guard, text string) {
	d := o.offered
	d.At, d.Until, d.ID, d.Verdict, d.Why, d.Text = time.Now(), time.Time{}, "", Hold, why, text
	d.To = d.From
	t.s.mu.Lock()
	t.close(&o.incident)
	t.s.mu.Unlock()
	t.note(&o.incident, d)
}
