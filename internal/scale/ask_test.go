package scale

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// asking is a world whose policy asks, and has asked.
func asking(t *testing.T, test func(t *testing.T, w *world)) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Mode = Approve
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("ask 4>1")
		test(t, w)
	})
}

// asked returns the one action that waits.
func (w *world) asked() Decision {
	w.t.Helper()
	all := w.scaler.Asks("enketo")
	if len(all) != 1 {
		w.t.Fatalf("%d actions wait", len(all))
	}
	return all[0]
}

func (w *world) approve(id string) (Decision, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Second)
	defer cancel()
	return w.scaler.Approve(ctx, id, "jo (U1)")
}

func TestApproved(t *testing.T) {
	asking(t, func(t *testing.T, w *world) {
		a := w.asked()
		if a.ID == "" || a.Evidence.Readings == nil || a.Until.Sub(a.At) != 15*time.Minute {
			t.Errorf("what waits: %+v", a)
		}
		w.pass(time.Minute)
		d, err := w.approve(a.ID)
		if err != nil || d.Verdict != Done || d.By != "jo (U1)" || d.ID != a.ID {
			t.Errorf("%+v, %v", d, err)
		}
		w.want("ask 4>1", "act 4>1", "done 4>1")
		if text := w.scaler.Decisions()[1].Text; !strings.HasPrefix(text, "web 4 → 1, approved by jo (U1): REDIS has 38 of 38") {
			t.Error(text)
		}
		if len(w.scaler.Asks("enketo")) != 0 {
			t.Error("it still waits")
		}
		if _, err := w.approve(a.ID); !errors.Is(err, ErrNoAsk) {
			t.Errorf("a second time: %v", err)
		}
		w.pass(2 * time.Minute)
		w.want("ask 4>1", "act 4>1", "done 4>1", "worked 4>1")
	})
}

// A yes is judged by what is so now, and by all guards.
func TestApprovedInVain(t *testing.T) {
	f := func(name string, change func(w *world), want Guard) {
		asking(t, func(t *testing.T, w *world) {
			id := w.asked().ID
			change(w)
			d, err := w.approve(id)
			if err != nil || d.Verdict != Hold || d.Why != want || d.By != "jo (U1)" {
				t.Errorf("%s: %s %q %v: %s", name, d.Verdict, d.Why, err, d.Text)
			}
			if w.scaleCalls() != 0 {
				t.Errorf("%s: it was done", name)
			}
		})
	}
	f("stale", func(*world) { time.Sleep(4 * time.Minute) }, GuardStale)
	f("a release", func(w *world) { w.scaler.Released("enketo", time.Now()) }, GuardRelease)
	f("a person's change", func(w *world) { w.scaler.Scaled("enketo", "web", 4, time.Now()) }, GuardForeign)
	f("it fits by now", func(w *world) { w.fits = 4 }, GuardFits)
}

// No more is done than was approved.
func TestApprovedLess(t *testing.T) {
	p, s := shedWeb(Approve), exhausted()
	s.Approved = &Approval{By: "jo", To: 3}
	if d := Decide(&p, &s); d.Verdict != Act || d.To != 3 || d.Why != GuardApproved {
		t.Errorf("%+v", d)
	}
	s.Formation["web"] = 3
	if d := Decide(&p, &s); d.Verdict != Hold || d.Why != GuardApproved {
		t.Errorf("%+v", d)
	}
	p, s = shed()
	p.Restore, p.MaxStep, s.Evidence.Fits = RestoreApprove, 3, 9
	s.Approved = &Approval{By: "jo", To: 2}
	if d := DecideRestore(&p, &s); d.Verdict != Act || d.To != 2 || d.Why != GuardApproved {
		t.Errorf("%+v", d)
	}
	s.Approved.To = 1
	if d := DecideRestore(&p, &s); d.Verdict != Hold || d.Why != GuardApproved {
		t.Errorf("%+v", d)
	}
}

func TestRefusedByAPerson(t *testing.T) {
	asking(t, func(t *testing.T, w *world) {
		d, err := w.scaler.Refuse(t.Context(), w.asked().ID, "jo (U1)")
		if err != nil || d.Verdict != Refused || d.By != "jo (U1)" || d.Text != "web stays at 4: jo (U1) refused 4 → 1" {
			t.Errorf("%+v, %v", d, err)
		}
		w.pass(5 * time.Hour)
		w.want("ask 4>1", "refused")
		w.resolve()
		w.fire()
		w.pass(time.Minute)
		w.want("ask 4>1", "refused", "ask 4>1")
	})
}

// What waits is the same for as long as the same would be done, and is told once.
func TestAsksOnce(t *testing.T) {
	asking(t, func(t *testing.T, w *world) {
		id := w.asked().ID
		w.pass(16 * time.Minute)
		w.want("ask 4>1")
		if a := w.asked(); a.ID != id || time.Until(a.Until) < 10*time.Minute {
			t.Errorf("%s until %s, was %s", a.ID, a.Until, id)
		}
		w.fits = 2
		w.pass(15 * time.Minute)
		w.want("ask 4>1", "ask 4>2")
		if a := w.asked(); a.ID == id {
			t.Error("another action has the same ID")
		}
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) {
			t.Errorf("the old one: %v", err)
		}
		w.resolve()
		if n := len(w.scaler.Asks("enketo")); n != 0 {
			t.Errorf("%d wait after the incident", n)
		}
	})
}

// Without a judgement in 15 minutes a yes is void.
func TestAsksAreVoidInTheEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Mode = Approve
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		id := w.asked().ID
		stop() // nobody judges any more
		time.Sleep(15 * time.Minute)
		if _, err := w.approve(id); !errors.Is(err, ErrNoAsk) {
			t.Error(err)
		}
	})
}

// Who asks learns at once that an action under way takes longer than they can wait.
func TestApprovalOutlivesItsCaller(t *testing.T) {
	asking(t, func(t *testing.T, w *world) {
		w.onScale = func(_ context.Context, quantity int) (int, error) {
			time.Sleep(5 * time.Second)
			return w.set(quantity), nil
		}
		if _, err := w.approve(w.asked().ID); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.want("ask 4>1", "act 4>1", "done 4>1")
	})
}

func TestRestoreApproved(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Restore = RestoreApprove
		w.upgraded(4)
		defer w.start()()
		w.pass(16 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "ask 1>2")
		if d, err := w.approve(w.asked().ID); err != nil || d.Verdict != Done || w.dynos() != 2 {
			t.Errorf("%+v, %v", d, err)
		}
		w.pass(10 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "ask 1>2", "act 1>2", "done 1>2", "worked 1>2", "ask 2>3")
	})
}
