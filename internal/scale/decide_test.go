package scale

import (
	"strings"
	"testing"
	"time"
)

var t0 = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func shedWeb(mode Mode) Policy {
	p := Policy{Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: mode, Restore: RestoreNever}
	p.SetDefaults()
	return p
}

func mainAt(used int, at time.Time) Reading {
	return Reading{Addon: "redis-main", Attachment: "ENKETO_REDIS_MAIN", Used: used, Limit: 38, At: at, Own: true}
}

// exhausted is the Enketo story: 4 dynos, 38 of 38, 1 fits, and nothing in the way.
func exhausted() Situation {
	return Situation{
		Now: t0, Timing: DefaultTiming(), Started: t0.Add(-time.Hour), MayAct: true, Durable: true,
		Began: t0.Add(-time.Minute), CallsLeft: 4000,
		Process: "web",
		Evidence: Evidence{
			Readings: []Reading{mainAt(38, t0.Add(-30*time.Second))},
			Fits:     1, FitsKnown: true, Budget: "web 4 × 26 = 104 of 38; 1 fits",
		},
		Formation: map[string]int{"web": 4},
		Obstacles: &Obstacles{Autoscaling: AutoscalingOff},
	}
}

func TestDecideTarget(t *testing.T) {
	f := func(name string, change func(*Policy, *Situation), verdict Verdict, to int, why Guard, text string) {
		t.Helper()
		p, s := shedWeb(Automatic), exhausted()
		change(&p, &s)
		d := Decide(&p, &s)
		if d.Verdict != verdict || d.To != to || d.Why != why || !strings.Contains(d.Text, text) {
			t.Errorf("%s: got  %s to %d, %q: %s\nwant %s to %d, %q: …%s…", name, d.Verdict, d.To, d.Why, d.Text, verdict, to, why, text)
		}
	}
	f("what fits", func(*Policy, *Situation) {}, Act, 1, "",
		"web 4 → 1: ENKETO_REDIS_MAIN has 38 of 38 connections (web 4 × 26 = 104 of 38; 1 fits)")
	f("one step where nothing is known", func(_ *Policy, s *Situation) { s.Evidence.FitsKnown = false }, Act, 3, "", "web 4 → 3")
	f("largest step", func(p *Policy, _ *Situation) { p.MaxStep = 2 }, Act, 2, GuardStep, "as far as max_step allows")
	f("a larger step than needed", func(p *Policy, _ *Situation) { p.MaxStep = 3 }, Act, 1, "", "web 4 → 1")
	f("floor", func(p *Policy, _ *Situation) { p.Min = Min{All: new(2)} }, Act, 2, GuardFloor, "as far as min allows")
	f("none fits, floor 1", func(_ *Policy, s *Situation) { s.Evidence.Fits = 0 }, Act, 1, GuardFloor, "web 4 → 1")
	f("none fits, floor 0", func(p *Policy, s *Situation) { p.Min, s.Evidence.Fits = Min{All: new(0)}, 0 }, Act, 0, "", "web 4 → 0")
	f("at the floor", func(_ *Policy, s *Situation) { s.Formation["web"], s.Evidence.Fits = 1, 0 }, Hold, 1, GuardFloor, "web stays at 1: min is 1")
	f("below the floor", func(p *Policy, _ *Situation) { p.Min = Min{All: new(9)} }, Hold, 4, GuardFloor, "min is 9")
	f("it fits already", func(_ *Policy, s *Situation) { s.Evidence.Fits = 4 }, Hold, 4, GuardFits, "connections come from elsewhere")
	f("more would fit", func(_ *Policy, s *Situation) { s.Evidence.Fits = 9 }, Hold, 4, GuardFits, "")
	f("no such process", func(_ *Policy, s *Situation) { s.Process = "worker" }, Hold, Unknown, GuardNoProcess, "enketo has no such process type")

	f("asks", func(p *Policy, _ *Situation) { p.Mode = Approve }, Ask, 1, "", "web 4 → 1 needs approval: ENKETO")
	f("dry run", func(p *Policy, _ *Situation) { p.Mode = DryRun }, WouldAct, 1, "", "would scale web 4 → 1: ENKETO")
	f("not durable", func(_ *Policy, s *Situation) { s.Durable = false }, WouldAct, 1, GuardLedger, "no durable ledger")
	f("not durable, asks", func(p *Policy, s *Situation) { p.Mode, s.Durable = Approve, false }, WouldAct, 1, GuardLedger, "no durable ledger")
	f("not durable, dry run anyway", func(p *Policy, s *Situation) { p.Mode, s.Durable = DryRun, false }, WouldAct, 1, "", "in mode dry_run")
	f("autoscaling unknown", func(_ *Policy, s *Situation) { s.Obstacles.Autoscaling = AutoscalingUnknown }, Act, 1, "",
		"whether Heroku's autoscaling is on couldn't be found out")
}

func TestDecideGuards(t *testing.T) {
	minutes := func(n float64) time.Duration { return time.Duration(n * float64(time.Minute)) }
	// f expects a hold, and that change is all there is to it: the same situation at until acts.
	f := func(name string, why Guard, text string, until time.Duration, change func(*Situation)) {
		t.Helper()
		p, s := shedWeb(Automatic), exhausted()
		change(&s)
		d := Decide(&p, &s)
		if d.Verdict != Hold || d.Why != why || d.To != d.From || !strings.Contains(d.Text, text) {
			t.Errorf("%s: got  %s %q: %s\nwant hold %q: …%s…", name, d.Verdict, d.Why, d.Text, why, text)
		}
		if until == 0 {
			if !d.Until.IsZero() {
				t.Errorf("%s: until %s, but no time lets it go", name, d.Until)
			}
			return
		}
		if want := t0.Add(until); !d.Until.Equal(want) {
			t.Errorf("%s: until %s, want %s", name, d.Until, want)
		}
		s.Now = d.Until
		for i := range s.Evidence.Readings {
			s.Evidence.Readings[i].At = d.Until
		}
		if d := Decide(&p, &s); d.Verdict != Act {
			t.Errorf("%s: still %s %q at its end: %s", name, d.Verdict, d.Why, d.Text)
		}
	}
	ours := func(age, ended time.Duration, to int) Action {
		return Action{At: t0.Add(-age), Ended: t0.Add(-ended), Policy: "another", App: "enketo", Process: "web", From: 5, To: to, Outcome: Done}
	}

	f("not the acting process", GuardProcess, "only counts", 0, func(s *Situation) { s.MayAct = false })
	f("ledger unread", GuardLedger, "can't be read", 0, func(s *Situation) { s.Forgotten = true })
	f("grace", GuardGrace, "started 1m ago, nothing is done in the first 5m", minutes(4), func(s *Situation) { s.Started = t0.Add(-time.Minute) })
	f("no effect before", GuardStopped, "had no effect, a person has to look", 0, func(s *Situation) {
		s.Began = t0.Add(-30 * time.Minute)
		a := ours(minutes(20), minutes(20), 4)
		a.Policy, a.Outcome = "shed-web", NoEffect
		s.Actions = []Action{a}
	})
	f("refused for good", GuardStopped, "was refused, a person has to look", 0, func(s *Situation) {
		s.Actions = []Action{{At: t0, Policy: "shed-web", Process: "web", Outcome: Failed, Refused: true, Final: true}}
	})

	f("text only", GuardEvidence, "no add-on says", 0, func(s *Situation) { s.Evidence.Readings = nil })
	f("below the bound", GuardEvidence, "36 of 38", 0, func(s *Situation) { s.Evidence.Readings[0].Used = 36 })
	f("no limit", GuardEvidence, "no known limit", 0, func(s *Situation) { s.Evidence.Readings[0].Limit = 0 })
	f("stale", GuardStale, "4m old", 0, func(s *Situation) { s.Evidence.Readings[0].At = t0.Add(-minutes(4)) })
	f("shared password", GuardUntrusted, "alerts only", 0, func(s *Situation) { s.Evidence.Readings[0].Own = false })
	f("stale tells more than below", GuardStale, "", 0, func(s *Situation) {
		s.Evidence.Readings[0].At = t0.Add(-minutes(4))
		s.Evidence.Readings = append(s.Evidence.Readings, mainAt(1, t0))
	})
	f("from before the last action", GuardStale, "before the last action", 0, func(s *Situation) {
		s.Actions = []Action{ours(minutes(20), 29*time.Second, 4)}
	})
	f("from before an action on another type", GuardStale, "", 0, func(s *Situation) {
		a := ours(minutes(1), 29*time.Second, 4)
		a.Process = "worker"
		s.Actions = []Action{a}
	})

	f("in flight", GuardInFlight, "an action of policy shed-worker isn't over", 0, func(s *Situation) { s.InFlight = "shed-worker" })
	f("somebody else", GuardForeign, "somebody else set web to 4 1m ago", minutes(9), func(s *Situation) {
		s.Foreign = Action{At: t0.Add(-time.Minute), Process: "web", To: 4}
	})
	f("release heard of", GuardRelease, "a release was 1m ago", minutes(2), func(s *Situation) { s.Released = t0.Add(-time.Minute) })
	f("cooldown", GuardCooldown, "the last action was 4m ago and the cooldown is 10m", minutes(6), func(s *Situation) {
		s.Actions = []Action{ours(minutes(4), minutes(4), 4)}
	})
	f("cooldown after a crash", GuardCooldown, "", minutes(9.5), func(s *Situation) {
		s.Actions = []Action{{At: t0.Add(-30 * time.Second), Process: "web", From: 5, To: 4}} // nothing but the intent
		s.Evidence.Readings[0].At = t0
	})
	unsure := func(age float64, from int) Action {
		return Action{At: t0.Add(-minutes(age)), Process: "web", From: from, To: 1, Outcome: Failed, Unsure: true}
	}
	f("no answer", GuardCooldown, "the last action got no answer 1m ago, and may yet be done within 2m", minutes(1), func(s *Situation) {
		s.Actions = []Action{unsure(1, 4)}
	})
	f("no answer, and the formation isn't as it was", GuardCooldown, "the last action was 4m ago", minutes(6), func(s *Situation) {
		s.Actions = []Action{unsure(4, 5)}
	})
	f("no answer after one that was done", GuardCooldown, "the last action was 5m ago", minutes(5), func(s *Situation) {
		s.Actions = []Action{ours(minutes(5), minutes(5), 4), unsure(3, 4)}
	})
	f("no answer to a restart", GuardCooldown, "the last action was 4m ago", minutes(6), func(s *Situation) {
		a := unsure(4, 4)
		a.To, a.Dyno = 4, "web.3"
		s.Actions = []Action{a}
	})
	f("per hour", GuardPerHour, "there were 5 actions in the last 1h", minutes(15), func(s *Situation) {
		for _, age := range []float64{50, 45, 40, 35, 30} { // the cooldown is over
			s.Actions = append(s.Actions, ours(minutes(age), minutes(age), 4))
		}
	})
	f("rate", GuardRate, "99 API calls left", 0, func(s *Situation) { s.CallsLeft = 99 })

	f("formation not read", GuardPlatform, "web stays as it is: the formation", 0, func(s *Situation) { s.Formation = nil })
	f("obstacles not read", GuardPlatform, "", 0, func(s *Situation) { s.Obstacles = nil })
	f("autoscaling", GuardAutoscaling, "would undo it", 0, func(s *Situation) { s.Obstacles.Autoscaling = AutoscalingOn })
	f("releasing", GuardRelease, "a release is under way", 0, func(s *Situation) { s.Obstacles.Releasing = true })
	f("starting", GuardStarting, "2 of its dynos are still starting", 0, func(s *Situation) { s.Obstacles.Starting = 2 })
	f("shared add-on", GuardShared, "another app uses ENKETO_REDIS_MAIN too", 0, func(s *Situation) { s.Obstacles.Shared = []string{"redis-main"} })
}

// What looks like a guard's case and isn't.
func TestDecideActsAllTheSame(t *testing.T) {
	f := func(name string, change func(*Situation)) {
		t.Helper()
		p, s := shedWeb(Automatic), exhausted()
		change(&s)
		if d := Decide(&p, &s); d.Verdict != Act || d.To != 1 {
			t.Errorf("%s: %s %q to %d: %s", name, d.Verdict, d.Why, d.To, d.Text)
		}
	}
	f("the bound itself", func(s *Situation) { s.Evidence.Readings[0].Used, s.Evidence.Readings[0].Limit = 95, 100 })
	f("as old as may be", func(s *Situation) { s.Evidence.Readings[0].At = t0.Add(-3 * time.Minute) })
	f("a figure from the future is from now", func(s *Situation) { s.Evidence.Readings[0].At = t0.Add(time.Minute) })
	f("one add-on is full, another isn't", func(s *Situation) {
		cache := mainAt(3, t0)
		cache.Addon, cache.Attachment = "redis-cache", "ENKETO_REDIS_CACHE"
		s.Evidence.Readings = []Reading{cache, s.Evidence.Readings[0]}
	})
	f("no effect in an earlier incident", func(s *Situation) {
		s.Actions = []Action{{At: s.Began.Add(-time.Hour), Policy: "shed-web", Process: "web", Outcome: NoEffect}}
	})
	f("no effect of another policy", func(s *Situation) {
		s.Began = t0.Add(-time.Hour)
		s.Actions = []Action{{At: t0.Add(-time.Hour), Policy: "shed-worker", Process: "web", Outcome: NoEffect}}
	})
	f("a refused action has no cooldown", func(s *Situation) {
		s.Actions = []Action{{At: t0.Add(-time.Second), Policy: "shed-web", Process: "web", Outcome: Failed, Refused: true}}
	})
	f("no answer, and it wasn't done", func(s *Situation) {
		s.Actions = []Action{{At: t0.Add(-2 * time.Minute), Policy: "shed-web", Process: "web", From: 4, To: 1, Outcome: Failed, Unsure: true}}
	})
	f("another type's cooldown", func(s *Situation) {
		s.Actions = []Action{{At: t0.Add(-time.Minute), Process: "worker", Outcome: Done}}
	})
	f("calls left unknown", func(s *Situation) { s.CallsLeft = Unknown })
	f("another add-on is shared", func(s *Situation) { s.Obstacles.Shared = []string{"redis-cache"} })
}

func TestBrief(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := brief(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	f(0, "0s")
	f(90*time.Second, "1m30s")
	f(10*time.Minute, "10m")
	f(time.Hour, "1h")
	f(100*time.Minute, "1h40m")
	f(time.Hour+5*time.Second, "1h0m5s")
	f(1500*time.Millisecond, "2s")
}
