package scale

import (
	"fmt"
	"slices"
)

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
		process, forgotten, grace, upgrading, inFlight, release, rate, inVain,
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
	since := fmt.Sprintf("%d → %d had no effect", u.From, u.To)
	if u.Outcome != NoEffect { // another type's had none
		since = "shedding had no effect in the end"
	}
	change := fmt.Sprintf("%s back %d → %d%s, since %s", u.Process, d.From, d.To, yes, since)
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

// inVain holds unless the figure is as it was: what had its effect late is not to be undone. One from before
// another type was put back tells as much, since more dynos don't lower it.
func inVain(p *Policy, s *Situation) held {
	shed := *s
	shed.Actions = slices.DeleteFunc(slices.Clone(s.Actions), func(a Action) bool { return a.Undo })
	h := evidence(p, &shed)
	unknown := func(r Reading) bool { return r.Limit <= 0 }
	if h.why == GuardEvidence && len(s.Evidence.Readings) > 0 && !slices.ContainsFunc(s.Evidence.Readings, unknown) {
		h.text += "; so fewer dynos did help"
	}
	return h
}

// unchanged holds if somebody else changed the process type since, be it back to what it was.
func unchanged(_ *Policy, s *Situation) held {
	u := s.Undo
	n, changed := s.Formation[u.Process], u.overridden(s.Foreign)
	if n == u.To && !changed {
		return held{}
	}
	if !changed {
		return held{why: GuardForeign, text: fmt.Sprintf("it was set to %d since", n)} // another policy may have
	}
	return held{why: GuardForeign, text: fmt.Sprintf("somebody else set it to %d since", s.Foreign.To)}
}
