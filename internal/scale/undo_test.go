package scale

import (
	"context"
	"errors"
	"testing"
	"time"
)

// inVainWorld is a world in which shedding had no effect, so that it is offered to undo it.
func inVainWorld(t *testing.T, change func(*Policy), test func(t *testing.T, w *world)) {
	inWorld(t, func(t *testing.T, w *world) {
		w.perDyno = 40
		change(&w.options.Policies[0])
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(5 * time.Minute)
		w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4")
		test(t, w)
	})
}

func asIs(*Policy) {}

func TestUndo(t *testing.T) {
	for _, restore := range []Restore{RestoreAutomatic, RestoreNever} {
		inVainWorld(t, func(p *Policy) { p.Restore, p.PerHour = restore, 1 }, func(t *testing.T, w *world) {
			a := w.asked()
			if a.Verb != VerbUndo || a.Cause != "redis-connections" || a.Rule != rule || a.Until.Sub(a.At) != 15*time.Minute ||
				a.Text != "web 4 → 1 had no effect; undo: `heroku ps:scale web=4 -a enketo`" {
				t.Errorf("%+v", a)
			}
			w.pass(time.Minute)
			d, err := w.approve(a.ID)
			if err != nil || d.Verdict != Done || d.By != "jo (U1)" || d.ID != a.ID || w.dynos() != 4 {
				t.Errorf("%+v, %v; web is at %d", d, err, w.dynos())
			}
			w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4", "act 1>4", "done 1>4")
			if text := w.scaler.Decisions()[4].Text; text != "putting web back 1 → 4, approved by jo (U1), since 4 → 1 had no effect" {
				t.Error(text)
			}
			if _, err := w.approve(a.ID); !errors.Is(err, ErrNoAsk) {
				t.Errorf("a second time: %v", err)
			}
			// It is over: nothing is shed again, nor restored, nor offered.
			w.pass(3 * time.Hour)
			w.perDyno = 1
			w.resolve()
			w.pass(24 * time.Hour)
			if n := w.scaleCalls(); n != 2 || w.dynos() != 4 || len(w.scaler.Asks("enketo")) > 0 {
				t.Errorf("%d changes, web is at %d, %d wait", n, w.dynos(), len(w.scaler.Asks("enketo")))
			}
		})
	}
}

// A press is judged by what is so then.
func TestUndoInVain(t *testing.T) {
	f := func(name string, change func(w *world), want Guard) {
		inVainWorld(t, asIs, func(t *testing.T, w *world) {
			id := w.asked().ID
			w.pass(time.Minute)
			change(w)
			d, err := w.approve(id)
			if err != nil || d.Verdict != Hold || d.Why != want || d.By != "jo (U1)" || d.Verb != VerbUndo {
				t.Errorf("%s: %s %q %v: %s", name, d.Verdict, d.Why, err, d.Text)
			}
			if n := w.scaleCalls(); n != 1 {
				t.Errorf("%s: it was done", name)
			}
		})
	}
	f("an upgrade begins", func(w *world) {
		u := Upgrade{Addon: "redis-main", Stopped: map[string]int{"web": 1}, Began: time.Now(), Told: time.Now()}
		if err := w.scaler.Upgrade("enketo", u); err != nil {
			t.Error(err)
		}
	}, GuardUpgrade)
	f("stale", func(*world) { time.Sleep(4 * time.Minute) }, GuardStale)
	f("it fell after all", func(w *world) { w.perDyno = 20; w.measure() }, GuardEvidence)
	f("under the shared password", func(w *world) { w.shared = true; w.measure() }, GuardUntrusted)
	f("a person's change, untold", func(w *world) { w.set(3) }, GuardForeign)
	f("a release", func(w *world) { w.scaler.Released("enketo", time.Now()) }, GuardRelease)
}

// What a person has changed is theirs: it is offered no longer, and nobody is told later to put it back.
func TestUndoWithdrawnAfterAPersonsChange(t *testing.T) {
	inVainWorld(t, asIs, func(t *testing.T, w *world) {
		id := w.asked().ID
		w.pass(time.Minute)
		w.set(4)
		w.scaler.Scaled("enketo", "web", 4, time.Now())
		w.pass(time.Hour)
		w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4", "hold foreign_change")
		if text := w.scaler.Decisions()[4].Text; text != "web isn't put back to 4: somebody else set it to 4 since" {
			t.Error(text)
		}
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) || w.dynos() != 4 {
			t.Errorf("%v, web is at %d", err, w.dynos())
		}
	})
}

// What somebody set at the very moment of the shed, which overwrote it, was theirs too, whenever it is told.
func TestUndoOfWhatOverwrote(t *testing.T) {
	f := func(told time.Duration, want ...string) {
		t.Helper()
		inWorld(t, func(t *testing.T, w *world) {
			w.perDyno = 40
			var at time.Time
			w.onScale = func(_ context.Context, n int) (int, error) { at = time.Now(); w.set(6); return w.set(n), nil }
			defer w.start()()
			w.pass(10 * time.Minute)
			w.fire()
			w.pass(told)
			w.scaler.Scaled("enketo", "web", 6, at)
			w.pass(5 * time.Minute)
			w.want(append([]string{"act 4>1", "done 4>1"}, want...)...)
		})
	}
	f(time.Minute, "no_effect 4>1")
	f(5*time.Minute, "no_effect 4>1", "ask 1>4", "hold foreign_change")
}

// What was pressed too early can be pressed again.
func TestUndoIsHeldForAWhile(t *testing.T) {
	inVainWorld(t, asIs, func(t *testing.T, w *world) {
		first := w.asked()
		w.pass(time.Minute)
		w.scaler.Released("enketo", time.Now())
		if d, err := w.approve(first.ID); err != nil || d.Verdict != Hold || d.Why != GuardRelease {
			t.Errorf("%+v, %v", d, err)
		}
		again := w.asked()
		if again.ID == first.ID || again.By != "" || again.To != 4 || again.Text != first.Text {
			t.Errorf("%+v", again)
		}
		w.pass(4 * time.Minute)
		w.onScale = func(context.Context, int) (int, error) { return 0, errDown }
		if d, err := w.approve(again.ID); err != nil || d.Verdict != Failed {
			t.Errorf("%+v, %v", d, err)
		}
		w.onScale = nil
		if d, err := w.approve(w.asked().ID); err != nil || d.Verdict != Done || w.dynos() != 4 {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// A change that no line told of is seen in the formation, whenever it was.
func TestUndoAfterAnUntoldChange(t *testing.T) {
	inVainWorld(t, asIs, func(t *testing.T, w *world) {
		w.pass(12 * time.Minute)
		w.set(3)
		if d, err := w.approve(w.asked().ID); err != nil || d.Why != GuardForeign || d.Text != "web stays at 3: it was set to 3 since" || w.dynos() != 3 {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// A process that dies takes the offer with it. The next one makes it again, while it would stand.
func TestUndoIsOfferedAgain(t *testing.T) {
	f := func(later time.Duration, want bool) {
		inWorld(t, func(t *testing.T, w *world) {
			w.perDyno, w.options.Policies[0].MaxStep = 40, 2 // 4 → 2 → 1
			stop := w.start()
			w.pass(10 * time.Minute)
			began := time.Now()
			w.fire()
			w.pass(16 * time.Minute)
			before := w.asked()
			stop()
			time.Sleep(later)
			w.onEach = func() error { return errDown } // the ledger is slower than the rule
			stop = w.start()
			defer func() { stop() }()
			w.scaler.Request(Request{App: "enketo", Rule: rule, Cause: "redis-connections", Firing: true, At: began})
			w.pass(10 * time.Second)
			w.onEach = nil
			w.pass(time.Minute)
			if !want {
				if all := w.scaler.Asks("enketo"); len(all) > 0 {
					t.Errorf("%v later: %+v", later, all)
				}
				return
			}
			a := w.asked()
			if a.Text != before.Text || a.Cause != before.Cause || a.Rule != before.Rule || a.From != 1 || a.To != 4 || a.Until.Sub(a.At) != 15*time.Minute {
				t.Errorf("%+v", a)
			}
			if d, err := w.approve(a.ID); err != nil || d.Verdict != Hold || d.Why != GuardGrace || w.dynos() != 1 {
				t.Errorf("%+v, %v", d, err)
			}
			w.pass(5 * time.Minute)
			if d, err := w.approve(w.asked().ID); err != nil || d.Verdict != Done || w.dynos() != 4 {
				t.Errorf("%+v, %v", d, err)
			}
			stop()
			stop = w.start() // what was put back isn't offered again
			w.scaler.Request(Request{App: "enketo", Rule: rule, Cause: "redis-connections", Firing: true, At: began})
			w.pass(time.Minute)
			if all := w.scaler.Asks("enketo"); len(all) > 0 {
				t.Errorf("%+v", all)
			}
		})
	}
	f(time.Minute, true)
	f(16*time.Minute, false)
}

func TestUndoIsVoidInTheEnd(t *testing.T) {
	inVainWorld(t, asIs, func(t *testing.T, w *world) {
		id := w.asked().ID
		w.pass(15*time.Minute - time.Second)
		w.asked()
		w.pass(2 * time.Second)
		w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4", "hold void")
		if got := w.scaler.Decisions()[4].Text; got != "nobody wanted web put back to 4 in time; by hand: `heroku ps:scale web=4 -a enketo`" {
			t.Error(got)
		}
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) || len(w.scaler.Asks("enketo")) > 0 {
			t.Errorf("%v, %d wait", err, len(w.scaler.Asks("enketo")))
		}
	})
}

// What is over needs no undoing, and what a person doesn't want isn't offered again.
func TestUndoWithdrawn(t *testing.T) {
	inVainWorld(t, asIs, func(t *testing.T, w *world) {
		id := w.asked().ID
		w.resolve()
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) || w.dynos() != 1 {
			t.Errorf("%v, web is at %d", err, w.dynos())
		}
	})
	inVainWorld(t, asIs, func(t *testing.T, w *world) { // over before anybody has looked at the answer
		id := w.asked().ID
		w.scaler.Request(Request{App: "enketo", Rule: rule, At: time.Now()})
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) || w.dynos() != 1 {
			t.Errorf("%v, web is at %d", err, w.dynos())
		}
	})
	inVainWorld(t, asIs, func(t *testing.T, w *world) { // nothing is begun any more
		id := w.asked().ID
		w.scaler.Cease()
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) || w.dynos() != 1 {
			t.Errorf("%v, web is at %d", err, w.dynos())
		}
	})
	inVainWorld(t, asIs, func(t *testing.T, w *world) { // the policy only tells since a reload
		p := w.options.Policies[0]
		p.Mode = DryRun
		w.scaler.Replace([]Policy{p})
		d, err := w.approve(w.asked().ID)
		if err != nil || d.Verdict != WouldAct || w.dynos() != 1 ||
			d.Text != "would put web back 1 → 4, approved by jo (U1), since 4 → 1 had no effect; nothing is done in mode dry_run" {
			t.Errorf("%+v, %v; web is at %d", d, err, w.dynos())
		}
	})
	inVainWorld(t, asIs, func(t *testing.T, w *world) { // over and back faster than anybody looks
		id := w.asked().ID
		time.Sleep(time.Second)
		w.scaler.Request(Request{App: "enketo", Rule: rule, At: time.Now()})
		w.fire()
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) {
			t.Error(err)
		}
	})
	inVainWorld(t, asIs, func(t *testing.T, w *world) {
		if d, err := w.scaler.Refuse(t.Context(), w.asked().ID, "jo"); err != nil || d.Verdict != Refused || d.Text != "web stays at 1: jo refused 1 → 4" {
			t.Errorf("%+v, %v", d, err)
		}
		w.pass(time.Hour)
		w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4", "refused")
	})
}

// Of several steps in one incident all are taken back, to what there was before it; but to no more than what
// somebody else set in between.
func TestUndoOfSteps(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.perDyno, w.options.Policies[0].MaxStep = 40, 2
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(20 * time.Minute)
		if a := w.asked(); a.From != 1 || a.To != 4 {
			t.Errorf("%+v", a)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.perDyno, w.options.Policies[0].MaxStep = 40, 2
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(6 * time.Minute)
		w.set(3)
		w.scaler.Scaled("enketo", "web", 3, time.Now())
		w.pass(20 * time.Minute)
		if a := w.asked(); a.From != 1 || a.To != 3 {
			t.Errorf("after somebody set 3: %+v", a)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.perDyno, w.options.Policies[0].MaxStep = 40, 2
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(6 * time.Minute)
		for _, n := range []int{3, 2} { // which is where we had left it
			w.set(n)
			w.scaler.Scaled("enketo", "web", n, time.Now())
			w.pass(time.Minute)
		}
		w.pass(20 * time.Minute)
		if a := w.asked(); a.From != 1 || a.To != 2 {
			t.Errorf("after somebody set 3 and 2: %+v", a)
		}
	})
}

// What a person had put back another policy doesn't take again.
func TestUndoStandsAgainstOtherPolicies(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.perDyno, w.fits = 40, Unknown
		other := w.options.Policies[0]
		other.Name = "shed-web-too"
		w.options.Policies = append(w.options.Policies, other)
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(6 * time.Minute)
		if d, err := w.approve(w.asked().ID); err != nil || d.Verdict != Done {
			t.Fatalf("%+v, %v", d, err)
		}
		w.pass(2 * time.Hour)
		all := w.scaler.Decisions()
		if last := all[len(all)-1]; w.dynos() != 4 || last.Policy != "shed-web-too" || last.Text != "web stays at 4: a person had it put back 3 → 4 in this incident" &&
			last.Text != "web stays as it is: a person had it put back 3 → 4 in this incident" {
			t.Errorf("web is at %d: %s", w.dynos(), last.Text)
		}
	})
}

func TestUndoTellsTheTruth(t *testing.T) {
	f := func(want string, readings ...Reading) {
		t.Helper()
		s := Situation{Now: time.Now(), Timing: DefaultTiming(), Evidence: Evidence{Readings: readings}}
		if got := inVain(nil, &s).text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f("no add-on says how many connections it has")
	f("REDIS has 3 connections and no known limit, and only 95 % is evidence for acting", Reading{Attachment: "REDIS", Used: 3})
	f("REDIS has 3 of 40 connections, and only 95 % is evidence for acting; so fewer dynos did help", Reading{Attachment: "REDIS", Used: 3, Limit: 40})
}

func TestUndoNeedsADurableLedger(t *testing.T) {
	p := Policy{Mode: Automatic}
	s := Situation{
		Now: time.Now(), Timing: DefaultTiming(), MayAct: true, CallsLeft: Unknown, Process: "web", Formation: map[string]int{"web": 1}, Obstacles: &Obstacles{},
		Undo: &Action{Process: "web", From: 4, To: 1}, Approved: &Approval{By: "jo", To: 4},
		Evidence: Evidence{Readings: []Reading{{Used: 40, Limit: 40, At: time.Now(), Own: true}}},
	}
	if d := DecideUndo(&p, &s); d.Verdict != WouldAct || d.Why != GuardLedger {
		t.Errorf("%+v", d)
	}
	s.Durable = true
	if d := DecideUndo(&p, &s); d.Verdict != Act || d.To != 4 {
		t.Errorf("%+v", d)
	}
}
