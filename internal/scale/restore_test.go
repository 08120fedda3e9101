package scale

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shed has the exhausted app's web at 1 of 4, for a quarter of an hour since the incident was over, and
// nothing in the way of two.
func shed() (Policy, Situation) {
	p, s := shedWeb(Automatic), exhausted()
	p.Restore = RestoreAutomatic
	s.Evidence = Evidence{Readings: []Reading{mainAt(26, t0)}, Fits: 2, FitsKnown: true, Budget: "web 1 × 26 = 26 of 76; 2 fit"}
	s.Formation["web"] = 1
	s.Calm = t0.Add(-15 * time.Minute)
	at := t0.Add(-time.Hour)
	s.Wanted = &Wanted{App: "enketo", Process: "web", Policy: "shed-web", Quantity: 4, From: 1, To: 1, At: at, Began: at}
	return p, s
}

func TestDecideRestore(t *testing.T) {
	f := func(name string, change func(*Policy, *Situation), verdict Verdict, to int, why Guard, text string) {
		t.Helper()
		p, s := shed()
		change(&p, &s)
		d := DecideRestore(&p, &s)
		if d.Verdict != verdict || d.To != to || d.Why != why || !strings.Contains(d.Text, text) {
			t.Errorf("%s: got  %s to %d, %q: %s\nwant %s to %d, %q: …%s…", name, d.Verdict, d.To, d.Why, d.Text, verdict, to, why, text)
		}
	}
	f("one dyno", func(*Policy, *Situation) {}, Act, 2, "", "restoring web 1 → 2 (4 before the incident): web 1 × 26 = 26 of 76; 2 fit")
	f("one dyno of many that fit", func(_ *Policy, s *Situation) { s.Evidence.Fits = 9 }, Act, 2, "", "")
	f("the policy's step", func(p *Policy, s *Situation) { p.MaxStep, s.Evidence.Fits = 2, 9 }, Act, 3, "", "")
	f("never above what was", func(p *Policy, s *Situation) { p.MaxStep, s.Evidence.Fits = 7, 9 }, Act, 4, "", "")
	f("never above what fits", func(p *Policy, _ *Situation) { p.MaxStep = 3 }, Act, 2, "", "")
	f("asks", func(p *Policy, _ *Situation) { p.Restore = RestoreApprove }, Ask, 2, "", "needs approval")
	f("dry run", func(p *Policy, _ *Situation) { p.Mode = DryRun }, WouldAct, 2, "", "would restore web 1 → 2")
	f("not durable", func(_ *Policy, s *Situation) { s.Durable = false }, WouldAct, 2, GuardLedger, "no durable ledger")
	f("either end of a change without an answer", func(_ *Policy, s *Situation) { s.Wanted.From, s.Wanted.To = 1, 2 }, Act, 2, "", "")
	f("the other end", func(_ *Policy, s *Situation) { s.Wanted.From = 4 }, Act, 2, "", "")

	f("firing", func(_ *Policy, s *Situation) { s.Calm = time.Time{} }, Hold, 1, GuardCalm, "isn't over")
	f("over for too short", func(_ *Policy, s *Situation) { s.Calm = t0.Add(-time.Minute) }, Hold, 1, GuardCalm, "over for 1m, and must be for 15m")
	f("it came back once", func(_ *Policy, s *Situation) { s.Wanted.Flaps = 1 }, Hold, 1, GuardCalm, "must be for 30m since it came back (1)")
	f("it came back often", func(_ *Policy, s *Situation) { s.Wanted.Flaps = 60 }, Hold, 1, GuardCalm, "must be for 4h")
	f("no figure", func(_ *Policy, s *Situation) { s.Evidence.Readings = nil }, Hold, 1, GuardEvidence, "no add-on")
	f("an old figure", func(_ *Policy, s *Situation) { s.Evidence.Readings[0].At = t0.Add(-4 * time.Minute) }, Hold, 1, GuardStale, "4m old")
	f("one add-on's figure is old", func(_ *Policy, s *Situation) {
		s.Evidence.Readings = append(s.Evidence.Readings, mainAt(1, t0.Add(-time.Hour)))
	}, Hold, 1, GuardStale, "")
	f("from before the last step", func(_ *Policy, s *Situation) {
		s.Actions = []Action{{At: t0, Policy: "shed-web", Process: "web", From: 1, To: 1}}
	}, Hold, 1, GuardStale, "before the last action")
	f("shared password", func(_ *Policy, s *Situation) { s.Evidence.Readings[0].Own = false }, Hold, 1, GuardUntrusted, "")
	f("full", func(_ *Policy, s *Situation) { s.Evidence.Readings[0].Used = 38 }, Hold, 1, GuardEvidence, "38 of 38")
	f("nobody knows how many fit", func(_ *Policy, s *Situation) { s.Evidence.FitsKnown = false }, Hold, 1, GuardRoom, "per_dyno")
	f("no more fit", func(_ *Policy, s *Situation) { s.Evidence.Fits, s.Evidence.Budget = 1, "" }, Hold, 1, GuardRoom, "1 fit")
	f("a person's quantity", func(_ *Policy, s *Situation) { s.Formation["web"], s.Evidence.Fits = 3, 9 }, Hold, 3, GuardForeign, "somebody else set it to 3")
	f("nothing left", func(_ *Policy, s *Situation) { s.Formation["web"], s.Evidence.Fits = 4, 9 }, Hold, 4, GuardRestored, "")
	f("a change by somebody else", func(_ *Policy, s *Situation) { s.Foreign = Action{At: t0.Add(-time.Minute), Process: "worker", To: 2} }, Hold, 1, GuardForeign, "set worker to 2")
	f("release", func(_ *Policy, s *Situation) { s.Obstacles.Releasing = true }, Hold, 1, GuardRelease, "")
	f("starting", func(_ *Policy, s *Situation) { s.Obstacles.Starting = 1 }, Hold, 1, GuardStarting, "")
	f("autoscaling", func(_ *Policy, s *Situation) { s.Obstacles.Autoscaling = AutoscalingOn }, Hold, 1, GuardAutoscaling, "")
	f("shared add-on", func(_ *Policy, s *Situation) { s.Obstacles.Shared = []string{"redis-main"} }, Hold, 1, GuardShared, "")
	f("refused for good", func(_ *Policy, s *Situation) {
		s.Actions = []Action{{At: t0.Add(-30 * time.Minute), Policy: "shed-web", Process: "web", From: 1, To: 2, Refused: true, Final: true}}
	}, Hold, 1, GuardStopped, "a person has to look")
	f("an action is left for shedding", func(p *Policy, s *Situation) {
		p.PerHour = 2
		s.Actions = []Action{{At: t0.Add(-30 * time.Minute), Policy: "shed-web", Process: "web", From: 4, To: 1}}
	}, Hold, 1, GuardPerHour, "1 actions")
	f("grace", func(_ *Policy, s *Situation) { s.Started = t0 }, Hold, 1, GuardGrace, "")
	f("not read", func(_ *Policy, s *Situation) { s.Formation = nil }, Hold, 1, GuardPlatform, "")
}

// A restore that was wrong is taken back at once, and does not count as an action without effect.
func TestARestoreDelaysNoShed(t *testing.T) {
	p, s := shedWeb(Automatic), exhausted()
	s.Actions = []Action{{At: t0.Add(-time.Minute), Ended: t0.Add(-time.Minute), Policy: "shed-web", Process: "web", From: 1, To: 4, Outcome: NoEffect}}
	if d := Decide(&p, &s); d.Verdict != Act {
		t.Errorf("%s %q: %s", d.Verdict, d.Why, d.Text)
	}
}

// Whatever the situation, a restore stays within what was, what fits and the step, and is never against
// a quantity that isn't ours.
func TestDecideRestoreIsSafe(t *testing.T) {
	acted := 0
	safe := func(t *rapid.T) {
		p, s := anySituation(t)
		p.Restore = RestoreAutomatic
		_, calm := shed()
		s.Wanted, s.Calm = calm.Wanted, t0.Add(-time.Duration(rapid.SampledFrom([]int{0, 14, 15, 29, 30, 59, 60, 239, 240, 300}).Draw(t, "calm"))*time.Minute)
		s.Wanted.Quantity, s.Wanted.Flaps = rapid.IntRange(1, 9).Draw(t, "wanted"), rapid.IntRange(0, 5).Draw(t, "flaps")
		s.Wanted.From, s.Wanted.To = rapid.IntRange(0, 9).Draw(t, "from"), rapid.IntRange(0, 9).Draw(t, "to")
		for i := range s.Evidence.Readings {
			s.Evidence.Readings[i].Used = rapid.IntRange(20, 38).Draw(t, "used")
		}
		from := rapid.SampledFrom([]int{s.Wanted.From, s.Wanted.To, 7}).Draw(t, "web now")
		s.Formation["web"] = from
		d := DecideRestore(&p, &s)
		if d.Verdict == Hold {
			if d.To != d.From || d.Why == "" || d.Text == "" {
				t.Fatalf("a hold that changes something or has no guard: %+v", d)
			}
			return
		}
		if d.From != from || from != s.Wanted.From && from != s.Wanted.To {
			t.Fatalf("%d is somebody else's: %+v", from, s.Wanted)
		}
		if d.To <= from || d.To > s.Wanted.Quantity || d.To > s.Evidence.Fits || !s.Evidence.FitsKnown || d.To-from > max(1, int(p.MaxStep)) {
			t.Fatalf("%d → %d of %d, %d fit", from, d.To, s.Wanted.Quantity, s.Evidence.Fits)
		}
		for _, r := range s.Evidence.Readings {
			if !r.Own || r.full() || t0.Sub(r.At) > 3*time.Minute {
				t.Fatalf("rests on %+v", r)
			}
		}
		if t0.Sub(s.Calm) < 15*time.Minute<<min(4, s.Wanted.Flaps) {
			t.Fatalf("too soon: over since %s, %d flaps", s.Calm, s.Wanted.Flaps)
		}
		acted++
	}
	for tries := 0; tries < 50 && acted == 0; tries++ { // most situations hold it back
		rapid.Check(t, safe)
	}
	if acted == 0 {
		t.Error("nothing was ever restored, so nothing was shown")
	}
}
