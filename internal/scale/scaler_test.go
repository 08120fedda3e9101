package scale

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestShedsAndVerifies(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("act 4>1", "done 4>1")
		if got := w.dynos(); got != 1 {
			t.Errorf("web is at %d", got)
		}
		wantCalls := []string{"formation", "starting", "releasing", "shared", "autoscaling", "formation", "scale", "formation"}
		if diff := cmp.Diff(wantCalls, w.calls); diff != "" {
			t.Error(diff)
		}
		w.pass(2 * time.Minute)
		w.want("act 4>1", "done 4>1", "worked 4>1")
		w.resolve()
		w.pass(time.Hour)
		w.want("act 4>1", "done 4>1", "worked 4>1")
		if diff := cmp.Diff(w.told, w.scaler.Decisions()); diff != "" {
			t.Errorf("told and recorded differ: %s", diff)
		}
		last := w.told[2]
		if last.Cause != "redis-connections" || last.Rule != rule || last.App != "enketo" ||
			last.Text != "web 4 → 1 worked: REDIS has 26 of 38 connections 1m later" {
			t.Errorf("the last record: %+v", last)
		}
	})
}

// The rule fires in the first minutes and goes on firing: the Scaler must come back by itself.
func TestActsWhenGraceIsOver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.fire()
		w.pass(5*time.Minute - time.Second)
		w.want("hold start_grace")
		if len(w.calls) != 0 {
			t.Errorf("the platform was asked for nothing: %q", w.calls)
		}
		w.pass(2 * time.Second)
		w.want("hold start_grace", "act 4>1", "done 4>1")
	})
}

// A text fires the rule before any figure came. The figure alone lets it act, at once.
func TestActsWhenEvidenceComes(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		time.Sleep(10 * time.Minute)
		w.fire()
		time.Sleep(time.Hour + 7*time.Second) // between two looks
		w.want("hold evidence")
		at := time.Now()
		w.measure()
		w.want("hold evidence", "act 4>1", "done 4>1")
		if !time.Now().Equal(at) {
			t.Errorf("it took %s", time.Since(at))
		}
	})
}

func TestHoldsAreToldOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.web = 1
		w.perDyno = 40
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(time.Hour)
		w.want("hold fits")
		if n := len(w.calls); n > 130 {
			t.Errorf("%d calls in an hour of doing nothing", n)
		}
	})
}

// A delivery with figures nudges, thousands a second. Where nothing is to be decided that wakes nobody.
func TestANudgeWakesWhoDecides(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s, err := New(w.options)
		if err != nil {
			t.Fatal(err)
		}
		f := func(name string, woken bool) {
			t.Helper()
			s.Nudge("enketo")
			if got := len(s.app("enketo").poke) > 0; got != woken || len(s.wake) > 0 {
				t.Errorf("%s: its goroutine is woken: %t, Run: %t", name, got, len(s.wake) > 0)
			}
		}
		s.Released("enketo", time.Now())
		f("nothing fires", false)
		s.Request(Request{App: "enketo", Rule: "of no policy", Firing: true, At: time.Now()})
		<-s.wake
		<-s.app("enketo").poke
		f("no policy is on what fires", false)
		s.Request(Request{App: "enketo", Rule: rule, Firing: true, At: time.Now()})
		<-s.wake
		<-s.app("enketo").poke
		s.idle() // starts one, for Run
		f("it decides", true)
	})
}

func TestRequestsBeforeRun(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		s, err := New(w.options)
		if err != nil {
			t.Fatal(err)
		}
		for range 10_000 { // nobody takes them, and none may block
			s.Request(Request{App: "enketo", Rule: rule, Firing: true, At: time.Now()})
			s.Request(Request{App: "another", Rule: rule, Firing: true, At: time.Now()})
			s.Nudge("enketo")
			s.Scaled("enketo", "web", 4, time.Now())
			s.Released("enketo", time.Now())
		}
		s.Request(Request{App: "enketo", Rule: rule, At: time.Now()})
		if n := len(s.apps["another"].firing); n != 1 {
			t.Errorf("%d requests are kept of one rule", n)
		}
		s.Request(Request{App: "another", Rule: rule, At: time.Now()})
		if len(s.apps) != 1 {
			t.Errorf("apps without policy or firing rule are kept: %v", s.apps)
		}
	})
}

func TestNoEffectStopsThePolicy(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.perDyno = 40
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(5*time.Minute - time.Second)
		w.want("act 4>1", "done 4>1")
		w.pass(time.Second)
		w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4")
		if got := w.scaler.Decisions()[2].Text; !strings.Contains(got, "38 of 38 connections 5m later; policy shed-web does nothing more") {
			t.Error(got)
		}
		w.set(4)
		w.pass(3 * time.Hour)
		if n := w.scaleCalls(); n != 1 {
			t.Errorf("it went on: %d calls", n)
		}
		// The next incident is a new one.
		w.resolve()
		w.perDyno = 26
		w.pass(time.Hour)
		w.fire()
		if n, got := w.scaleCalls(), w.dynos(); n != 2 || got != 1 {
			t.Errorf("in the next incident: %d calls, web %d", n, got)
		}
	})
}

// A figure under the shared password doesn't show that an action worked, as it doesn't show that one
// is needed.
func TestOnlyTrustedFiguresVerify(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.shared = true
		w.pass(6 * time.Minute)
		w.want("act 4>1", "done 4>1", "no_effect 4>1", "ask 1>4")
	})
}

// An action that max_step kept short was not meant to suffice, so no effect is no reason to stop.
func TestGoesOnStepByStep(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].MaxStep = 1
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		began := time.Now()
		w.pass(time.Hour)
		w.want("act max_step 4>3", "done 4>3", "hold cooldown", "act max_step 3>2", "done 3>2", "hold cooldown",
			"act 2>1", "done 2>1", "worked 2>1")
		var at []time.Duration
		for _, d := range w.scaler.Decisions() {
			if d.Verdict == Act {
				at = append(at, d.At.Sub(began))
			}
		}
		if diff := cmp.Diff([]time.Duration{0, 10 * time.Minute, 20 * time.Minute}, at); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOneActionOfAnAppAtATime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		second := shedWeb(Automatic)
		second.Name = "second"
		w.options.Policies = append(w.options.Policies, second)
		w.perDyno = 40
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("act 4>1", "done 4>1", "hold in_flight")
		if n := w.scaleCalls(); n != 1 {
			t.Errorf("%d actions", n)
		}
	})
}

func TestReplace(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies = nil
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want()
		w.scaler.Replace([]Policy{shedWeb(DryRun)})
		synctest.Wait()
		w.want("dry_run 4>1")
		w.scaler.Replace([]Policy{shedWeb(Automatic)})
		synctest.Wait()
		w.want("dry_run 4>1", "act 4>1", "done 4>1")
		w.scaler.Replace(nil)
		w.set(4)
		w.pass(time.Hour)
		if n := w.scaleCalls(); n != 1 {
			t.Errorf("%d actions, one without a policy", n)
		}
	})
}

func TestDryRunAndAskAreToldOnceAnIncident(t *testing.T) {
	for _, mode := range []Mode{DryRun, Approve} {
		inWorld(t, func(t *testing.T, w *world) {
			w.options.Policies[0].Mode = mode
			defer w.start()()
			w.pass(10 * time.Minute)
			w.fire()
			w.pass(time.Hour)
			want := map[Mode]string{DryRun: "dry_run 4>1", Approve: "ask 4>1"}[mode]
			w.want(want)
			if n := w.scaleCalls(); n != 0 {
				t.Errorf("%s acted", mode)
			}
			if n := len(w.calls); n > 7*6 {
				t.Errorf("%d calls in an hour, as much as acting every cooldown is %d", n, 7*6)
			}
			w.resolve()
			w.fire()
			w.want(want, want)
			// Over and back, faster than anybody looks, is another incident too.
			time.Sleep(time.Second)
			w.scaler.Request(Request{App: "enketo", Rule: rule, At: time.Now()})
			w.fire()
			w.want(want, want, want)
		})
	}
}

func TestWithoutPlatform(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Platform = nil
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold platform")
		if got := w.scaler.Decisions()[0].Text; !strings.Contains(got, "HEROKU_API_KEY") {
			t.Error(got)
		}
	})
}
