package scale

import (
	"errors"
	"testing"
	"time"
)

// restored is a world in which web was shed to 1 and the incident is over: start it again for what follows.
func restored(t *testing.T, test func(t *testing.T, w *world)) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Restore = RestoreAutomatic
		w.options.Policies[0].PerHour = 9
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(2 * time.Minute)
		w.want("act 4>1", "done 4>1", "worked 4>1")
		w.resolve()
		stop()
		test(t, w)
	})
}

// upgraded gives the app a larger Redis, on which n dynos fit.
func (w *world) upgraded(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit, w.fits = 30*n, n
}

// What was shed comes back dyno by dyno, each verified, though the process was restarted in between.
func TestRestoresStepByStep(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		w.upgraded(4)
		began := time.Now()
		defer w.start()()
		w.pass(3 * time.Hour)
		w.want("hold start_grace", "hold not_over_long",
			"act 1>2", "done 1>2", "worked 1>2", "act 2>3", "done 2>3", "worked 2>3", "act 3>4", "done 3>4", "worked 3>4")
		if got := w.dynos(); got != 4 {
			t.Errorf("web is at %d", got)
		}
		if at := w.scaler.Decisions()[2].At.Sub(began); at != 15*time.Minute {
			t.Errorf("the first step came %s after the incident", at)
		}
		if text := w.scaler.Decisions()[4].Text; text != "restoring web 1 → 2 holds: REDIS has 52 of 120 connections 5m later" {
			t.Error(text)
		}
	})
}

func TestRestoresOnlyWhatFits(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(3 * time.Hour)
		w.want("hold start_grace", "hold not_over_long", "hold no_room")
		before := len(w.calls)
		w.upgraded(2)
		w.pass(10 * time.Minute)
		if got := w.dynos(); got != 2 {
			t.Errorf("web is at %d", got)
		}
		if before != 8 {
			t.Errorf("the platform was asked %d times while there was no room", before-8)
		}
	})
}

// A person's change ends it, whatever tells of it, and for good.
func TestAPersonsChangeEndsTheRestore(t *testing.T) {
	f := func(name string, change func(w *world), want string) {
		restored(t, func(t *testing.T, w *world) {
			w.upgraded(9)
			stop := w.start()
			w.pass(6 * time.Minute)
			change(w)
			w.pass(10 * time.Minute)
			last := w.scaler.Decisions()[len(w.scaler.Decisions())-1]
			if last.Verdict != Dropped || last.Text != want {
				t.Errorf("%s: %s: %s", name, last.Verdict, last.Text)
			}
			have := w.dynos()
			stop()
			defer w.start()()
			w.pass(3 * time.Hour)
			w.want()
			if got := w.dynos(); got != have {
				t.Errorf("%s: web went from %d to %d", name, have, got)
			}
		})
	}
	f("a line", func(w *world) { w.set(3); w.scaler.Scaled("enketo", "web", 3, time.Now()) },
		"web is not restored to the 4 before the incident: somebody else set it to 3")
	f("a line that says to leave it", func(w *world) { w.scaler.Scaled("enketo", "web", 1, time.Now()) },
		"web is not restored to the 4 before the incident: somebody else set it to 1")
	f("no line", func(w *world) { w.set(2) },
		"web is not restored to the 4 before the incident: somebody else set it to 2")
	f("more than there was", func(w *world) { w.set(6) },
		"web is not restored to the 4 before the incident: somebody else set it to 6")
}

// It is dropped too if the ledger can't be told and the process ends.
func TestAPersonsChangeOutlivesACrash(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		w.upgraded(9)
		w.onDelete = func() error { return errors.New("no connection") }
		stop := w.start()
		w.pass(time.Minute)
		w.scaler.Scaled("enketo", "web", 1, time.Now())
		w.pass(time.Minute)
		stop()
		w.onDelete = nil
		defer w.start()()
		w.pass(3 * time.Hour)
		w.want("dropped foreign_change")
		if got := w.dynos(); got != 1 {
			t.Errorf("web is at %d", got)
		}
	})
}

// The second time it takes twice as long, and so on.
func TestAFlapDoublesTheWait(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		w.upgraded(2)
		defer w.start()()
		w.pass(16 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "act 1>2", "done 1>2")
		w.mu.Lock()
		w.fits, w.limit = 1, 38 // the estimate was wrong
		w.mu.Unlock()
		w.pass(time.Minute)
		w.fire()
		w.pass(5 * time.Minute)
		w.want("hold start_grace", "hold not_over_long", "act 1>2", "done 1>2", "relapse 1>2", "hold evidence", "act 2>1", "done 2>1", "worked 2>1")
		w.resolve()
		w.upgraded(2)
		over := time.Now()
		w.pass(2 * time.Hour)
		all := w.scaler.Decisions()
		if len(all) < 11 || all[9].Why != GuardCalm || all[10].Verdict != Act || all[10].To != 2 {
			t.Fatalf("%+v", all[9:])
		}
		if waited := all[10].At.Sub(over); waited != 30*time.Minute {
			t.Errorf("waited %s", waited)
		}
	})
}

// A restart doesn't take the same incident for another one.
func TestARestartIsNoFlap(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Restore = RestoreAutomatic
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		since := time.Now()
		w.pass(2 * time.Minute)
		stop()
		w.upgraded(2)
		defer w.start()()
		w.scaler.Request(Request{App: "enketo", Rule: rule, Firing: true, At: since})
		w.pass(time.Minute)
		w.resolve()
		over := time.Now()
		w.pass(time.Hour)
		for _, d := range w.scaler.Decisions() {
			if d.Verdict == Act {
				if got := d.At.Sub(over); got != 15*time.Minute {
					t.Errorf("waited %s", got)
				}
				return
			}
		}
		t.Error("nothing was restored")
	})
}

func TestRestoreNeverKeepsNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(2 * time.Minute)
		w.resolve()
		w.upgraded(9)
		w.pass(3 * time.Hour)
		w.want("act 4>1", "done 4>1", "worked 4>1")
	})
}

func TestWantedRead(t *testing.T) {
	f := func(from, to, read int, after time.Duration, wantFrom, wantTo int, lost bool) {
		t.Helper()
		w := &wanted{Wanted: Wanted{Quantity: 4, From: from, To: to, At: t0}}
		w.read(read, t0.Add(after), 2*time.Minute)
		if w.From != wantFrom || w.To != wantTo || (w.lost != "") != lost {
			t.Errorf("%d → %d, read %d after %s: %d → %d, lost %q", from, to, read, after, w.From, w.To, w.lost)
		}
	}
	f(1, 2, 1, time.Minute, 1, 2, false) // a call without an answer may still be done
	f(1, 2, 1, 3*time.Minute, 1, 1, false)
	f(1, 2, 2, 3*time.Minute, 2, 2, false)
	f(1, 2, 3, time.Minute, 1, 2, true)
	f(1, 1, 4, time.Hour, 1, 1, true)
}

// An incident that came back while the ledger couldn't be read doubles the wait all the same.
func TestAFlapBeforeTheLedgerIsRead(t *testing.T) {
	restored(t, func(t *testing.T, w *world) {
		down := true
		w.onEach = func() error {
			if down {
				return errors.New("no connection")
			}
			return nil
		}
		defer w.start()()
		w.pass(time.Minute)
		w.fire()
		down = false
		w.pass(time.Minute)
		w.resolve()
		w.upgraded(4)
		w.pass(time.Minute)
		w.scaler.mu.Lock()
		defer w.scaler.mu.Unlock()
		if n := w.scaler.apps["enketo"].wanted["web"].Flaps; n != 1 {
			t.Errorf("%d flaps", n)
		}
	})
}
