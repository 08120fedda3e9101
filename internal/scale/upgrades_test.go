package scale

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// upgrader is a `drain upgrade` of the world's app, and what the ledger knows of it.
type upgrader struct {
	*world
	mu   sync.Mutex
	told Upgrade
	down error // the ledger's answer, if it has none
}

// upgrader lets w's Scaler ask the ledger for upgrades.
func (w *world) upgrader() *upgrader {
	u := &upgrader{world: w}
	w.options.Upgrade = func(context.Context, string) (Upgrade, error) {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.told, u.down
	}
	return u
}

// tell puts what the upgrade says in the ledger; of its end too.
func (u *upgrader) tell(ended bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := time.Now(); ended {
		u.told.Told, u.told.Ended = now, now
	} else {
		u.told = Upgrade{Addon: "redis-main", Plan: "heroku-redis:premium-2", Stopped: map[string]int{"web": u.dynos()}, Began: now, Told: now}
	}
}

func (u *upgrader) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.down = err
}

// scale sets web as an upgrade does, which the log tells.
func (u *upgrader) scale(n int) {
	u.set(n)
	u.scaler.Scaled("enketo", "web", n, time.Now())
	synctest.Wait()
}

// run is a whole upgrade, after which n dynos fit.
func (u *upgrader) run(n int) {
	back := u.dynos()
	u.tell(false)
	u.scale(0)
	u.pass(4 * time.Minute)
	u.upgraded(n)
	u.scale(back)
	u.tell(true)
}

// What is to be restored survives an upgrade, nothing is done while it runs, and then it goes on with the
// room that there is now.
func TestAnUpgradeIsNobodysChange(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		u := w.upgrader()
		defer w.start()()
		w.pass(20 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "hold no_room")
		u.tell(false)
		u.scale(0)
		w.want("hold start_grace", "hold not_over_long", "hold no_room", "hold upgrade") // said at once
		w.pass(4 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "hold no_room", "hold upgrade")
		if text := w.scaler.Decisions()[3].Text; text != "web stays at 1 of the 4 before the incident: drain upgrade takes redis-main to heroku-redis:premium-2, since 0s" {
			t.Error(text)
		}
		w.upgraded(4)
		u.scale(1)
		u.tell(true)
		w.pass(time.Hour)
		w.want("hold start_grace", "hold not_over_long", "hold no_room", "hold upgrade", "hold stale_evidence",
			"act 1>2", "done 1>2", "worked 1>2", "act 2>3", "done 2>3", "worked 2>3", "act 3>4", "done 3>4", "worked 3>4")
	})
}

// The log tells of an upgrade before the ledger can: nothing is given up until that can be asked.
func TestAnUpgradeOfWhichTheLedgerTellsLate(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		restored(t, func(t *testing.T, w *world) {
			u := w.upgrader()
			stop := w.start()
			w.pass(20 * time.Minute)
			u.fail(errors.New("no connection"))
			u.tell(false)
			u.scale(0)
			w.pass(2 * time.Minute)
			if restarted {
				stop()
				stop = w.start()
			}
			w.pass(2 * time.Minute)
			u.fail(nil)
			w.upgraded(4)
			u.scale(1)
			u.tell(true)
			w.pass(time.Hour)
			stop()
			if n := w.dynos(); n != 4 {
				t.Errorf("restarted %t: web is at %d: %+v", restarted, n, w.scaler.Decisions())
			}
		})
	}
}

// A person's change is one during an upgrade too, and long after it.
func TestAPersonsChangeAroundAnUpgrade(t *testing.T) {
	f := func(name, want string, change func(u *upgrader)) {
		t.Helper()
		restored(t, func(t *testing.T, w *world) {
			u := w.upgrader()
			defer w.start()()
			w.pass(20 * time.Minute)
			change(u)
			have := w.dynos()
			w.pass(2 * time.Hour)
			all := w.scaler.Decisions()
			if last := all[len(all)-1]; last.Verdict != Dropped || last.Text != want || w.dynos() != have {
				t.Errorf("%s: web %d → %d, %s: %s", name, have, w.dynos(), last.Verdict, last.Text)
			}
		})
	}
	f("during it", "web is not restored to the 4 before the incident: somebody else set it to 3", func(u *upgrader) {
		u.tell(false)
		u.scale(0)
		u.pass(time.Minute)
		u.scale(3)
		u.tell(true)
		u.upgraded(9)
	})
	f("after it", "web is not restored to the 4 before the incident: somebody else set it to 1", func(u *upgrader) {
		u.run(1)
		u.pass(3 * time.Minute)
		u.scale(1)
		u.upgraded(9)
	})
	f("it was never ended", "web is not restored to the 4 before the incident: somebody else set it to 0", func(u *upgrader) {
		u.tell(false)
		u.scale(0)
		u.upgraded(9)
		u.pass(2*time.Hour - time.Minute)
		if last := u.scaler.Decisions(); last[len(last)-1].Why != GuardUpgrade {
			t.Errorf("before it is given up: %+v", last[len(last)-1])
		}
	})
}

// An upgrade that begins between the decision and the deed stops the deed.
func TestAnUpgradeBeginsMeanwhile(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		u := w.upgrader()
		w.onFormation = func(_ context.Context, n int) (map[string]int, error) {
			if n == 1 {
				u.tell(false)
			}
			return map[string]int{"web": w.dynos()}, nil
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold upgrade")
		if n := w.scaleCalls(); n != 0 {
			t.Errorf("%d actions", n)
		}
	})
}

// A figure from before an upgrade's end is of dynos that are no more.
func TestFiguresFromBeforeAnUpgrade(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		u := w.upgrader()
		defer w.start()()
		w.pass(10 * time.Minute)
		u.tell(false)
		u.tell(true)
		time.Sleep(time.Second)
		w.fire()
		w.want("hold stale_evidence")
		w.pass(time.Minute)
		w.want("hold stale_evidence", "act 4>1", "done 4>1")
	})
}

// Down when the upgrade says that it is over: that is looked at again, in its time.
func TestAnUpgradeEndsWithTheAppDown(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		u := w.upgrader()
		defer w.start()()
		w.pass(20 * time.Minute)
		u.tell(false)
		u.scale(0)
		w.upgraded(9)
		u.tell(true)
		before := len(w.calls)
		w.pass(2 * time.Minute)
		if n := len(w.calls) - before; n > 8 {
			t.Errorf("%d calls in 2 minutes", n)
		}
		w.pass(10 * time.Minute)
		all := w.scaler.Decisions()
		if last := all[len(all)-1]; last.Verdict != Dropped {
			t.Errorf("%+v", last)
		}
	})
}

// A Scaler that is told of an upgrade needn't ask, and refuses one while it acts.
func TestToldOfAnUpgrade(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var first, again error
		u := Upgrade{Addon: "redis-main", Stopped: map[string]int{"web": 4}, Began: time.Now().Add(time.Hour), Told: time.Now().Add(time.Hour)}
		w.onScale = func(context.Context, int) (int, error) {
			first = w.scaler.Upgrade("enketo", u)
			return w.set(1), nil
		}
		defer w.start()()
		w.pass(time.Hour)
		w.fire()
		if again = w.scaler.Upgrade("enketo", u); !errors.Is(first, ErrActing) || again != nil {
			t.Errorf("while it acts: %v, then: %v", first, again)
		}
		if !w.scaler.Scaled("enketo", "web", 0, time.Now()) || w.scaler.Scaled("enketo", "web", 2, time.Now()) {
			t.Error("of 0 and 2 only 0 is the upgrade's")
		}
		if err := w.scaler.Upgrade("another", u); err != nil || w.scaler.apps["another"] != nil {
			t.Errorf("an app without policy: %v", err)
		}
	})
}

// What was done just before an upgrade is not said to have had no effect, or one, by what that does.
func TestAnUpgradeProvesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		u := w.upgrader()
		w.perDyno = 40
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		u.tell(false)
		u.scale(0)
		time.Sleep(7 * time.Minute) // no figure comes
		u.scale(1)
		u.tell(true)
		w.pass(2 * time.Minute)
		w.want("act 4>1", "done 4>1", "hold upgrade", "hold cooldown")
		w.pass(20 * time.Minute)
		w.want("act 4>1", "done 4>1", "hold upgrade", "hold cooldown", "hold fits")
	})
}
