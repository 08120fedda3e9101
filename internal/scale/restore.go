package scale

import (
	"fmt"
	"slices"
	"time"
)

// DecideRestore judges one step back to s.Wanted, which policy p's actions left. It asks for
// s.Formation and s.Obstacles as Decide does. s.Process is s.Wanted's.
func DecideRestore(p *Policy, s *Situation) Decision {
	w := s.Wanted
	d := Decision{
		At: s.Now, Policy: p.Name, Rule: p.On, App: p.App, Verb: VerbRestore, Process: w.Process,
		From: w.To, To: w.To, Wanted: w.Quantity, Verdict: Hold, Evidence: s.Evidence,
	}
	yes := s.approved(&d)
	if n, known := s.Formation[w.Process]; known {
		d.From, d.To = n, n
	}
	for _, guard := range []func(*Policy, *Situation) held{
		process, forgotten, grace, upgrading, offHours, refused,
		calm, order, inFlight, foreign, release, restorePerHour, rate, figures, room,
		formation, theirs,
		obstacles, autoscaling, settling, sharedAny, approvedMore,
	} {
		if h := guard(p, s); h.why != "" {
			d.Why, d.Until = h.why, h.until
			d.Text = fmt.Sprintf("%s stays at %d of the %d before the incident: %s", w.Process, d.From, w.Quantity, h.text)
			return d
		}
	}
	d.To = min(d.From+max(1, int(p.MaxStep)), w.Quantity, s.Evidence.Fits)
	if a := s.Approved; a != nil && a.To < d.To {
		d.To, d.Why = a.To, GuardApproved
	}
	change := fmt.Sprintf("%s %d → %d (%d before the incident)", w.Process, d.From, d.To, w.Quantity)
	because := ": " + s.Evidence.Budget
	if s.Evidence.Budget == "" {
		because = fmt.Sprintf(": %d fit", s.Evidence.Fits)
	}
	because = yes + because
	switch {
	case p.Mode == DryRun:
		d.Verdict, d.Text = WouldAct, "would restore "+change+because+"; nothing is done in mode dry_run"
	case !s.Durable:
		d.Verdict, d.Why = WouldAct, GuardLedger
		d.Text = "would restore " + change + because + "; nothing is done since no durable ledger remembers actions"
	case p.Restore != RestoreAutomatic && s.Approved == nil:
		d.Verdict, d.Text = Ask, "restoring "+change+" needs approval"+because
	default:
		d.Verdict, d.Text = Act, "restoring "+change+because
	}
	return d
}

// calm holds until the incident has been over for its time.
func calm(p *Policy, s *Situation) held {
	if s.Calm.IsZero() {
		return held{why: GuardCalm, text: "the incident isn't over"}
	}
	wait := s.Wanted.wait(p)
	h := pause(s, GuardCalm, s.Calm, wait, "the incident is over for %s, and must be for %s")
	if h.why != "" && s.Wanted.Flaps > 0 {
		h.text += fmt.Sprintf(" since it came back (%d)", s.Wanted.Flaps)
	}
	return h
}

// refused holds for good where the platform will never do it.
func refused(p *Policy, s *Situation) held {
	for _, a := range s.Actions {
		if a.Policy == p.Name && a.restores() && a.Final && !a.At.Before(s.Wanted.Began) {
			return held{why: GuardStopped, text: fmt.Sprintf("%s %d → %d was refused, a person has to look", a.Process, a.From, a.To)}
		}
	}
	return held{}
}

// restorePerHour leaves one of an hour's actions to shedding: a restore that was wrong must not be what
// keeps it from being taken back.
func restorePerHour(p *Policy, s *Situation) held {
	less := *p
	less.PerHour = max(1, p.PerHour-1)
	return perHour(&less, s)
}

// figures holds unless every add-on tells that it has room, by a figure that may be acted on.
func figures(_ *Policy, s *Situation) held {
	touched := s.touched("")
	if len(s.Evidence.Readings) == 0 {
		return held{why: GuardEvidence, text: "no add-on says how many connections it has"}
	}
	for _, r := range s.Evidence.Readings {
		switch {
		case r.full():
			return held{why: GuardEvidence, text: r.String()}
		case r.stale(s.Now, touched, s.Timing.Fresh):
			return held{why: GuardStale, text: fmt.Sprintf("%s, but that is %s old or from before the last action", r.String(), ago(s.Now, r.At))}
		case !r.Own:
			return held{why: GuardUntrusted, text: r.String() + ", but that came under the shared password, which is good for alerts only"}
		}
	}
	return held{}
}

// room holds where another dyno doesn't fit. It goes by what we left, so that the platform isn't asked
// again and again while there is none.
func room(_ *Policy, s *Situation) held {
	have := min(s.Wanted.From, s.Wanted.To)
	if n, known := s.Formation[s.Wanted.Process]; known {
		have = n
	}
	switch {
	case !s.Evidence.FitsKnown:
		return held{why: GuardRoom, text: "how many dynos fit isn't known; per_dyno in the app's redis would tell"}
	case s.Evidence.Fits > have:
		return held{}
	}
	h := held{why: GuardRoom, text: fmt.Sprintf("%d fit", s.Evidence.Fits)}
	if s.Evidence.Budget != "" {
		h.text = s.Evidence.Budget
	}
	return h
}

// theirs holds for a quantity that isn't ours, or what is wanted already.
func theirs(_ *Policy, s *Situation) held {
	w, n := s.Wanted, s.Formation[s.Wanted.Process]
	switch {
	case n >= w.Quantity:
		return held{why: GuardRestored, text: "nothing is left to restore"}
	case n != w.From && n != w.To:
		return held{why: GuardForeign, text: fmt.Sprintf("somebody else set it to %d", n)}
	}
	return held{}
}

// sharedAny holds where another app may take the room that is seen.
func sharedAny(_ *Policy, s *Situation) held {
	for _, r := range s.Evidence.Readings {
		if slices.Contains(s.Obstacles.Shared, r.Addon) {
			return held{why: GuardShared, text: "another app uses " + r.name() + " too"}
		}
	}
	return held{}
}

// over says since when no incident of the rule is known: since this process started if none ended since.
func (a *app) over(rule string, started time.Time) time.Time {
	if _, fires := a.firing[rule]; fires {
		return time.Time{}
	}
	if at := a.calm[rule]; at.After(started) {
		return at
	}
	return started
}

// approvedMore is approvedLess for a restore.
func approvedMore(_ *Policy, s *Situation) held {
	if s.Approved == nil || s.Approved.To > s.Formation[s.Wanted.Process] {
		return held{}
	}
	return held{why: GuardApproved, text: fmt.Sprintf("only %d was approved", s.Approved.To)}
}
