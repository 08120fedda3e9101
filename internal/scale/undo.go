package scale

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// offer is a shed without effect that a person may have taken back.
type offer struct {
	incident
	action  Action
	request Request
}

// offer lets a person take back what had no effect in in, to what there was before the incident. It waits
// as an ask does, for Timing.Void; until then nothing is done.
func (t *attention) offer(in *incident, action Action, was Decision) {
	o := &offer{incident: incident{policy: in.policy, began: in.began}, action: action}
	o.request = Request{App: was.App, Rule: was.Rule, Cause: was.Cause, At: in.began}
	d := was
	d.Verb, d.Verdict, d.From, d.To = VerbUndo, Ask, action.To, was.Wanted
	d.Text = fmt.Sprintf("%s %d → %d had no effect; undo: %s%s", d.Process, action.From, action.To, byHand(&d), t.alsoShed(in, d.Process))
	t.open(&o.incident, &d)
	o.due = d.Until
	t.offers[action.Process] = o
	t.note(&o.incident, d)
}

// before is the quantity that a's steps in the incident began with, as far back as nobody else changed it
// between two of them.
func (t *attention) before(a *Action) int {
	quantity, in := a.From, t.incidents[a.Policy]
	if in == nil {
		return quantity
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for _, b := range slices.Backward(t.app.actions) {
		if b.counts(a.Process) && b.Dyno == "" && b.At.Before(a.At) && !b.At.Before(in.began) && b.To == quantity &&
			!t.app.changedSince(b.Process, b.At) {
			quantity = b.From
		}
	}
	return quantity
}

// changedSince says whether somebody else set process after a time. The caller holds mu.
func (a *app) changedSince(process string, at time.Time) bool {
	return slices.ContainsFunc(a.foreign, func(c Action) bool { return c.Process == process && c.At.After(at) })
}

// alsoShed names what was shed of p's other process types in in, which no button puts back.
func (t *attention) alsoShed(in *incident, process string) string {
	t.s.mu.Lock()
	actions := slices.Clone(t.app.actions)
	t.s.mu.Unlock()
	text := ""
	for _, other := range in.policy.Process {
		last := newest(&Situation{Actions: actions}, func(a *Action) bool {
			return a.counts(other) && a.Policy == in.policy.Name && !a.At.Before(in.began)
		})
		if other != process && last.To < last.From {
			d := Decision{App: last.App, Process: other, To: t.before(last)}
			text += fmt.Sprintf("; %s %d → %d, by hand: %s", other, d.To, last.To, byHand(&d))
		}
	}
	return text
}

// byHand is the command that does d.
func byHand(d *Decision) string {
	return fmt.Sprintf("`heroku ps:scale %s=%d -a %s`", d.Process, d.To, d.App)
}

// undo takes back what a person wants taken back, and withdraws what nobody wanted in time or what is over.
// It returns when to look again.
func (t *attention) undo(ctx context.Context) (next time.Time) {
	next = time.Now().Add(time.Hour)
	for process, o := range t.offers {
		in := t.incidents[o.policy.Name]
		if in == nil || !in.began.Equal(o.began) { // it is over, also for who answered just now: prune closes it
			delete(t.offers, process)
			continue
		}
		o.policy = in.policy // as it is since a reload
		k := t.answered(&o.incident)
		switch {
		case k != nil && k.refused:
			t.refuse(&o.incident, k)
		case k != nil:
			d := t.decide(ctx, &o.incident, job{
				policy: o.policy, request: o.request, undo: &o.action,
				yes: &Approval{ID: k.decision.ID, By: k.by, Process: process, To: k.decision.To},
			})
			if d.At.IsZero() {
				close(k.answer)
			} else {
				k.answer <- d
			}
		case !time.Now().Before(o.due):
			d := o.last
			d.At, d.Until, d.ID, d.Verdict, d.Why = time.Now(), time.Time{}, "", Hold, GuardVoid
			d.To = d.From
			d.Text = fmt.Sprintf("nobody wanted %s put back to %d in time; by hand: %s", process, o.last.To, byHand(&o.last))
			t.s.mu.Lock()
			t.close(&o.incident)
			t.s.mu.Unlock()
			t.note(&o.incident, d)
		default:
			next = earliest(next, o.due)
			continue
		}
		delete(t.offers, process)
	}
	return next
}

// DecideUndo judges whether s.Undo, which had no effect, is taken back as a person wants by s.Approved.
// What limits how often and when a policy acts by itself doesn't hold it.
func DecideUndo(p *Policy, s *Situation) Decision {
	u := s.Undo
	d := Decision{
		At: s.Now, Policy: p.Name, Rule: p.On, App: p.App, Verb: VerbUndo, Process: u.Process,
		From: u.To, To: u.To, Verdict: Hold, Evidence: s.Evidence,
	}
	yes := s.approved(&d)
	if n, known := s.Formation[u.Process]; known {
		d.From, d.To = n, n
	}
	for _, guard := range []func(*Policy, *Situation) held{
		process, forgotten, upgrading, inFlight, foreign, release, rate, inVain,
		formation, unchanged,
		obstacles, autoscaling, settling,
	} {
		if h := guard(p, s); h.why != "" {
			d.Why, d.Until = h.why, h.until
			d.Text = fmt.Sprintf("%s stays at %d: %s", u.Process, d.From, h.text)
			return d
		}
	}
	d.To = s.Approved.To
	change := fmt.Sprintf("%s back %d → %d%s, since %d → %d had no effect", u.Process, d.From, d.To, yes, u.From, u.To)
	switch {
	case p.Mode == DryRun: // since a reload
		d.Verdict, d.Text = WouldAct, "would put "+change+"; nothing is done in mode dry_run"
	case !s.Durable:
		d.Verdict, d.Why = WouldAct, GuardLedger
		d.Text = "would put " + change + "; nothing is done since no durable ledger remembers actions"
	default:
		d.Verdict, d.Text = Act, "putting "+change
	}
	return d
}

// inVain holds unless the figure is as it was: what had its effect late is not to be undone.
func inVain(p *Policy, s *Situation) held {
	h := evidence(p, s)
	unknown := func(r Reading) bool { return r.Limit <= 0 }
	if h.why == GuardEvidence && len(s.Evidence.Readings) > 0 && !slices.ContainsFunc(s.Evidence.Readings, unknown) {
		h.text += "; so fewer dynos did help"
	}
	return h
}

// unchanged holds if somebody else changed the process type since, be it back to what it was.
func unchanged(_ *Policy, s *Situation) held {
	u := s.Undo
	n, changed := s.Formation[u.Process], s.Foreign.Process == u.Process && s.Foreign.At.After(u.At)
	if n == u.To && !changed {
		return held{}
	}
	if !changed {
		return held{why: GuardForeign, text: fmt.Sprintf("it was set to %d since", n)} // another policy may have
	}
	return held{why: GuardForeign, text: fmt.Sprintf("somebody else set it to %d since", s.Foreign.To)}
}
