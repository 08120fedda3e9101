package scale

import (
	"context"
	"testing"
	"time"
)

func TestSomebodyElsesLineHolds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(10 * time.Minute)
		w.scaler.Scaled("enketo", "web", 4, time.Now())
		w.fire()
		began := time.Now()
		w.want("hold foreign_change")
		w.pass(10*time.Minute - time.Second)
		w.want("hold foreign_change")
		w.pass(2 * time.Second)
		w.want("hold foreign_change", "act 4>1", "done 4>1")
		if at := w.scaler.Decisions()[1].At.Sub(began); at != 10*time.Minute {
			t.Errorf("acted after %s", at)
		}
	})
}

func TestOwnEcho(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.scaler.mu.Lock()
		a := w.scaler.apps["enketo"]
		w.scaler.mu.Unlock()
		f := func(process string, quantity int, after time.Duration, foreign bool) {
			t.Helper()
			w.scaler.mu.Lock()
			a.foreign = nil
			w.scaler.mu.Unlock()
			ours := w.scaler.Scaled("enketo", process, quantity, time.Now().Add(after))
			w.scaler.mu.Lock()
			got := len(a.foreign) > 0
			w.scaler.mu.Unlock()
			if got != foreign || ours == foreign {
				t.Errorf("%s@%d after %s: foreign %t, ours %t, want %t", process, quantity, after, got, ours, foreign)
			}
		}
		w.want("act 4>1", "done 4>1")
		f("web", 1, 0, false)
		f("web", 1, -5*time.Second, false) // the platform's clock is behind ours
		f("web", 4, 0, true)
		f("worker", 1, 0, true)
		time.Sleep(2*time.Minute + time.Second)
		f("web", 1, -time.Second, false)
		f("web", 1, 0, true)
		remembered := func() bool {
			w.scaler.mu.Lock()
			defer w.scaler.mu.Unlock()
			return w.scaler.apps["unknown-app"] != nil
		}
		if w.scaler.Scaled("unknown-app", "web", 1, time.Now()) || remembered() {
			t.Error("an app without policy is remembered")
		}
	})
}

func TestReleaseHolds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		defer w.start()()
		w.pass(10 * time.Minute)
		w.scaler.Released("enketo", time.Now())
		w.fire()
		w.want("hold release")
		w.pass(3*time.Minute + time.Second)
		w.want("hold release", "act 4>1", "done 4>1")
	})
}

// Between the first reading and the writing somebody scales, and no line has come yet.
func TestChangedBeforeWriting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.onFormation = func(_ context.Context, n int) (map[string]int, error) {
			if n == 1 {
				return map[string]int{"web": 4}, nil
			}
			return map[string]int{"web": 6}, nil
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold foreign_change")
		if n := w.scaleCalls(); n != 0 {
			t.Errorf("%d actions against somebody's change", n)
		}
	})
}

func TestChangedAfterWriting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.onScale = func(_ context.Context, quantity int) (int, error) {
			w.set(8) // at once
			return quantity, nil
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("act 4>1", "failed changed_after_write 4>1")
		w.pass(time.Minute)
		w.want("act 4>1", "failed changed_after_write 4>1", "hold foreign_change")
	})
}

// Our own change is not taken for somebody else's when it is read the next time.
func TestOwnChangeIsNotForeign(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Cooldown = 2 * time.Minute
		w.options.Policies[0].Verify = 90 * time.Second
		w.options.Policies[0].MaxStep = 1
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(7 * time.Minute)
		w.want("act max_step 4>3", "done 4>3", "hold cooldown", "act max_step 3>2", "done 3>2", "hold cooldown",
			"act 2>1", "done 2>1", "worked 2>1")
	})
}
