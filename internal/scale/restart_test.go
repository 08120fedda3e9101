package scale

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func restartWeb(mode Mode) Policy {
	p := shedWeb(mode)
	p.Name, p.Verb = "restart-web", VerbRestart
	return p
}

// leaking is an app of which web.2 leaks.
func leaking() Situation {
	s := exhausted()
	s.Evidence = Evidence{Dynos: []Footprint{
		{"web.1", 0.5, t0, true}, {"web.2", 0.97, t0, true}, {"web.3", 0.92, t0, true},
	}}
	return s
}

func TestDecideRestartOfADyno(t *testing.T) {
	f := func(name string, change func(*Policy, *Situation), verdict Verdict, dyno string, why Guard, text string) {
		t.Helper()
		p, s := restartWeb(Automatic), leaking()
		change(&p, &s)
		d := Decide(&p, &s)
		if d.Verdict != verdict || d.Dyno != dyno || d.Why != why || !strings.Contains(d.Text, text) || d.From != d.To {
			t.Errorf("%s: got  %s %s %q: %s\nwant %s %s %q: …%s…", name, d.Verdict, d.Dyno, d.Why, d.Text, verdict, dyno, why, text)
		}
	}
	web2 := func(s *Situation) *Footprint { return &s.Evidence.Dynos[1] }
	f("the heaviest", func(*Policy, *Situation) {}, Act, "web.2", "", "restarting web.2: web.2 uses 97 % of its memory")
	f("of those that tell", func(_ *Policy, s *Situation) { web2(s).At = t0.Add(-4 * time.Minute) }, Act, "web.3", "", "")
	f("asks", func(p *Policy, _ *Situation) { p.Mode = Approve }, Ask, "web.2", "", "needs approval")
	f("dry run", func(p *Policy, _ *Situation) { p.Mode = DryRun }, WouldAct, "web.2", "", "would restart web.2")
	f("not durable", func(_ *Policy, s *Situation) { s.Durable = false }, WouldAct, "web.2", GuardLedger, "")
	f("approved", func(p *Policy, s *Situation) { p.Mode, s.Approved = Approve, &Approval{By: "jo", Dyno: "web.2"} }, Act, "web.2", "", "web.2, approved by jo")
	f("another was approved", func(p *Policy, s *Situation) { p.Mode, s.Approved = Approve, &Approval{By: "jo", Dyno: "web.3"} }, Hold, "", GuardApproved, "what was approved is web.3")

	f("none tells", func(_ *Policy, s *Situation) { s.Evidence.Dynos = nil }, Hold, "", GuardEvidence, "log-runtime-metrics")
	f("light", func(_ *Policy, s *Situation) { s.Evidence.Dynos = s.Evidence.Dynos[:1] }, Hold, "", GuardEvidence, "web.1 uses 50 %")
	f("shared password", func(_ *Policy, s *Situation) {
		s.Evidence.Dynos = s.Evidence.Dynos[1:2]
		s.Evidence.Dynos[0].Own = false
	}, Hold, "", GuardUntrusted, "")
	f("stale", func(_ *Policy, s *Situation) {
		s.Evidence.Dynos = s.Evidence.Dynos[1:2]
		s.Evidence.Dynos[0].At = t0.Add(-4 * time.Minute)
	}, Hold, "", GuardStale, "4m old")
	f("the only one", func(_ *Policy, s *Situation) { s.Formation["web"] = 1 }, Hold, "", GuardFloor, "of 1 one would be down for a while, and min is 1")
	f("the only one, and may be down", func(p *Policy, s *Situation) { p.Min, s.Formation["web"] = Min{All: new(0)}, 1 }, Act, "web.2", "", "")
	f("starting", func(_ *Policy, s *Situation) { s.Obstacles.Starting = 1 }, Hold, "", GuardStarting, "")
	f("cooldown", func(_ *Policy, s *Situation) {
		s.Actions = []Action{{At: t0.Add(-time.Minute), Process: "web", Dyno: "web.3", From: 4, To: 4}}
	}, Hold, "", GuardCooldown, "")
	f("in vain before", func(_ *Policy, s *Situation) {
		s.Actions = []Action{{At: t0, Policy: "restart-web", Process: "web", Dyno: "web.3", Outcome: NoEffect}}
	}, Hold, "", GuardStopped, "restarting web.3 had no effect")
}

// restarting is a world whose policy restarts.
func restarting(t *testing.T, mode Mode, test func(t *testing.T, w *world)) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0] = restartWeb(mode)
		w.memory = map[string]float64{"web.1": 0.4, "web.2": 0.99}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		test(t, w)
	})
}

func (w *world) restarts() (dynos []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if name, ok := strings.CutPrefix(c, "restart "); ok {
			dynos = append(dynos, name)
		}
	}
	return dynos
}

func TestRestartsOneDyno(t *testing.T) {
	restarting(t, Automatic, func(t *testing.T, w *world) {
		w.pass(2 * time.Minute)
		w.want("act", "done", "worked")
		if got := w.restarts(); !slices.Equal(got, []string{"web.2"}) || w.dynos() != 4 {
			t.Errorf("restarted %q, web is at %d", got, w.dynos())
		}
		if text := w.scaler.Decisions()[2].Text; text != "restarting web.2 worked: web.2 uses 30 % of its memory 1m later" {
			t.Error(text)
		}
		// A person's line of the same quantity is no echo of a restart.
		if w.scaler.Scaled("enketo", "web", 4, time.Now()) {
			t.Error("somebody else's line was taken for ours")
		}
	})
}

// A dyno that is as heavy again stops the policy.
func TestRestartInVain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0] = restartWeb(Automatic)
		w.memory = map[string]float64{"web.2": 0.99}
		w.onRestart = func(string) error { return nil }
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(3 * time.Hour)
		w.want("act", "done", "no_effect")
		if got := w.restarts(); len(got) != 1 {
			t.Errorf("restarted %q", got)
		}
	})
}

// Without an answer it may have been done, so it isn't done again before the cooldown.
func TestRestartWithoutAnAnswer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0] = restartWeb(Automatic)
		w.memory = map[string]float64{"web.2": 0.99}
		w.onRestart = func(string) error { return errDown }
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(9 * time.Minute)
		w.want("act", "failed platform", "hold cooldown")
		if got := w.restarts(); len(got) != 1 {
			t.Errorf("restarted %q", got)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0] = restartWeb(Automatic)
		w.memory = map[string]float64{"web.2": 0.99}
		w.onRestart = func(string) error { return &PlatformError{Failure: NotFound, Err: errors.New("no such dyno")} }
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(time.Hour)
		w.want("act", "failed platform")
	})
}

func TestRestartApproved(t *testing.T) {
	restarting(t, Approve, func(t *testing.T, w *world) {
		if d, err := w.approve(w.asked().ID); err != nil || d.Verdict != Done || d.Dyno != "web.2" {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
