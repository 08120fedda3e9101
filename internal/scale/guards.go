package scale

import (
	"fmt"
	"slices"
	"time"
)

// held is why a guard holds; empty where it doesn't. until is when it could let go, zero where time
// alone won't tell.
type held struct {
	why   Guard
	text  string
	until time.Time
}

func process(_ *Policy, s *Situation) held {
	if s.MayAct {
		return held{}
	}
	return held{why: GuardProcess, text: "this process only counts, another one acts"}
}

func forgotten(_ *Policy, s *Situation) held {
	if !s.Forgotten {
		return held{}
	}
	return held{why: GuardLedger, text: "the ledger can't be read, so past actions, or an upgrade, aren't known"}
}

func grace(_ *Policy, s *Situation) held {
	return pause(s, GuardGrace, s.Started, s.Timing.Grace, "started %s ago, nothing is done in the first %s")
}

func stopped(p *Policy, s *Situation) held {
	for _, a := range s.Actions {
		if a.Undo && a.counts(s.Process) && p.Verb != VerbRestart && !a.At.Before(s.Began) { // another policy's too
			return held{why: GuardStopped, text: fmt.Sprintf("a person had it put back %d → %d in this incident", a.From, a.To)}
		}
		if a.Policy == p.Name && !a.restores() && a.stops() && !a.At.Before(s.Began) {
			came := "had no effect"
			if a.Final {
				came = "was refused"
			}
			did := fmt.Sprintf("%s %d → %d", a.Process, a.From, a.To)
			if a.Dyno != "" {
				did = "restarting " + a.Dyno
			}
			return held{why: GuardStopped, text: did + " " + came + ", a person has to look"}
		}
	}
	return held{}
}

func inFlight(_ *Policy, s *Situation) held {
	if s.InFlight == "" {
		return held{}
	}
	return held{why: GuardInFlight, text: "an action of policy " + s.InFlight + " isn't over"}
}

func foreign(_ *Policy, s *Situation) held {
	c := s.Foreign
	h := pause(s, GuardForeign, c.At, s.Timing.Foreign, "")
	h.text = fmt.Sprintf("somebody else set %s to %d %s ago", c.Process, c.To, ago(s.Now, c.At))
	return h
}

func release(_ *Policy, s *Situation) held {
	return pause(s, GuardRelease, s.Released, s.Timing.Release, "a release was %s ago, dynos settle for %s")
}

func cooldown(p *Policy, s *Situation) held {
	last := func(missed bool) time.Time {
		// A restore that was wrong must be taken back at once.
		return newest(s, func(a *Action) bool { return a.counts(s.Process) && !a.restores() && a.missed(s) == missed }).At
	}
	if h := pause(s, GuardCooldown, last(false), p.Cooldown, "the last action was %s ago and the cooldown is %s"); h.why != "" {
		return h
	}
	return pause(s, GuardCooldown, last(true), s.Timing.Echo, "the last action got no answer %s ago, and may yet be done within %s")
}

func perHour(p *Policy, s *Situation) held {
	var times []time.Time
	for _, a := range s.Actions {
		if a.counts(s.Process) && s.Now.Sub(a.At) < s.Timing.Hour {
			times = append(times, a.At)
		}
	}
	over := len(times) - p.PerHour
	if over < 0 {
		return held{}
	}
	h := held{why: GuardPerHour, text: fmt.Sprintf("there were %d actions in the last %s", len(times), brief(s.Timing.Hour))}
	if over < len(times) {
		slices.SortFunc(times, time.Time.Compare)
		h.until = times[over].Add(s.Timing.Hour)
	}
	return h
}

func rate(_ *Policy, s *Situation) held {
	if s.CallsLeft == Unknown || s.CallsLeft >= reserve {
		return held{}
	}
	return held{why: GuardRate, text: fmt.Sprintf("the account has %d API calls left, %d are kept for people", s.CallsLeft, reserve)}
}

// evidence holds unless one figure may be acted on. Of those that fail, the nearest to being good
// tells why.
func evidence(_ *Policy, s *Situation) held {
	touched := s.touched("")
	h := held{why: GuardEvidence, text: "no add-on says how many connections it has"}
	nearest := map[Guard]int{GuardEvidence: 1, GuardUntrusted: 2, GuardStale: 3}
	best := 0
	for _, r := range s.Evidence.Readings {
		why := r.good(s.Now, touched, s.Timing.Fresh)
		if why == "" {
			return held{}
		}
		if nearest[why] <= best {
			continue
		}
		best = nearest[why]
		h.why, h.text = why, doubt(why, r.String(), ago(s.Now, r.At), bound)
	}
	return h
}

// doubt says why a figure of that age is not enough to act on; bound is the least that is, percent.
func doubt(why Guard, figure, age string, bound int) string {
	switch why {
	case GuardUntrusted:
		return figure + ", but that came under the shared password, which is good for alerts only"
	case GuardStale:
		return fmt.Sprintf("%s, but that is %s old or from before the last action", figure, age)
	}
	return fmt.Sprintf("%s, and only %d %% is evidence for acting", figure, bound)
}

func formation(p *Policy, s *Situation) held {
	if s.Formation == nil {
		return held{why: GuardPlatform, text: "the formation isn't known"}
	}
	if _, known := s.Formation[s.Process]; !known {
		return held{why: GuardNoProcess, text: p.App + " has no such process type"}
	}
	return held{}
}

func fits(_ *Policy, s *Situation) held {
	if s.Evidence.calls(s.Formation[s.Process]) {
		return held{}
	}
	// The add-on is full and the sum says it shouldn't be: fewer dynos may not be the cure.
	text := "that fits, so connections come from elsewhere or per_dyno is too low"
	if s.Evidence.Budget != "" {
		text += " (" + s.Evidence.Budget + ")"
	}
	return held{why: GuardFits, text: text}
}

func floor(p *Policy, s *Situation) held {
	if s.Formation[s.Process] > p.Floor(s.Process) {
		return held{}
	}
	return held{why: GuardFloor, text: fmt.Sprintf("min is %d", p.Floor(s.Process))}
}

func obstacles(_ *Policy, s *Situation) held {
	if s.Obstacles == nil {
		return held{why: GuardPlatform, text: "what else goes on in the app isn't known"}
	}
	return held{}
}

func autoscaling(_ *Policy, s *Situation) held {
	if s.Obstacles.Autoscaling != AutoscalingOn {
		return held{}
	}
	return held{why: GuardAutoscaling, text: "Heroku's autoscaling is on and would undo it"}
}

func settling(_ *Policy, s *Situation) held {
	if s.Obstacles.Releasing {
		return held{why: GuardRelease, text: "a release is under way"}
	}
	if s.Obstacles.Starting > 0 {
		return held{why: GuardStarting, text: fmt.Sprintf("%d of its dynos are still starting", s.Obstacles.Starting)}
	}
	return held{}
}

// shared holds for an add-on that is full: shedding this app's dynos for another app's connections
// is nothing a budget of one app can judge.
func shared(_ *Policy, s *Situation) held {
	for _, r := range s.Evidence.Readings {
		if r.full() && slices.Contains(s.Obstacles.Shared, r.Addon) {
			return held{why: GuardShared, text: "another app uses " + r.name() + " too"}
		}
	}
	return held{}
}

// pause holds until length has passed since at, also where at is in the future, as after a clock went
// back. text, if not empty, is given how long ago at is, and length.
func pause(s *Situation, why Guard, at time.Time, length time.Duration, text string) held {
	if at.IsZero() || s.Now.Sub(at) >= length {
		return held{}
	}
	if text != "" {
		text = fmt.Sprintf(text, ago(s.Now, at), brief(length))
	}
	return held{why: why, text: text, until: at.Add(length)}
}

func ago(now, at time.Time) string { return brief(max(0, now.Sub(at))) }

// brief prints a duration as people say it: 1h0m0s is 1h.
func brief(d time.Duration) string {
	s := d.Round(time.Second).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if n := len(s) - len(zero); n > 0 && s[n:] == zero {
			s = s[:n+1]
		}
	}
	return s
}

// approvedLess holds if what was approved is done already: the formation changed since.
func approvedLess(_ *Policy, s *Situation) held {
	if s.Approved == nil || s.Approved.To < s.Formation[s.Process] {
		return held{}
	}
	return held{why: GuardApproved, text: fmt.Sprintf("only %d was approved", s.Approved.To)}
}
