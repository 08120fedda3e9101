package scale

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

var errDown = &PlatformError{Failure: Temporary, Err: errors.New("503 Service Unavailable")}

// The process dies between writing down the intent and hearing the platform's answer. The next one
// must keep the cooldown, whether the platform did it or not.
func TestCrashKeepsTheCooldown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Timing.Call = time.Second
		w.onScale = func(ctx context.Context, _ int) (int, error) {
			w.onPut = func(string) error { return errors.New("the process is dead") }
			<-ctx.Done()
			return 0, errDown
		}
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		intent := time.Now()
		stop()
		if n := w.scaleCalls(); n != 1 {
			t.Fatalf("%d actions before the crash", n)
		}

		w.onScale, w.onPut = nil, nil
		defer w.start()()
		w.fire()
		w.want("hold start_grace")
		w.pass(6 * time.Minute)
		w.want("hold start_grace", "hold cooldown")
		w.pass(10 * time.Minute)
		w.want("hold start_grace", "hold cooldown", "act 4>1", "done 4>1", "worked 4>1")
		if at := w.scaler.Decisions()[2].At.Sub(intent); at != 10*time.Minute {
			t.Errorf("acted again %s after the intent", at)
		}
	})
}

func TestRestartKeepsSomebodyElsesHold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		stop := w.start()
		w.pass(time.Minute)
		w.scaler.Scaled("enketo", "web", 4, time.Now())
		changed := time.Now()
		stop()

		defer w.start()()
		w.fire()
		w.pass(12 * time.Minute)
		w.want("hold start_grace", "hold foreign_change", "act 4>1", "done 4>1", "worked 4>1")
		if at := w.scaler.Decisions()[2].At.Sub(changed); at != 10*time.Minute {
			t.Errorf("acted %s after the change", at)
		}
	})
}

func TestIntentIsWrittenFirst(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.onPut = func(value string) error {
			if w.scaleCalls() > 0 {
				return nil
			}
			if strings.Contains(value, `"outcome"`) || !strings.Contains(value, `"from":4,"to":1`) {
				t.Errorf("before the call: %s", value)
			}
			return errors.New("disk full")
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold ledger")
		if n := w.scaleCalls(); n != 0 {
			t.Error("it acted without having written down that it would")
		}
		if got := w.scaler.Decisions()[0].Text; !strings.Contains(got, "disk full") {
			t.Error(got)
		}
		w.onPut = nil
		w.pass(time.Minute)
		w.want("hold ledger", "act 4>1", "done 4>1")
	})
}

func TestHoldsUntilTheLedgerIsRead(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		down := true
		w.onEach = func() error {
			if down {
				return errors.New("no connection")
			}
			return nil
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold ledger")
		down = false
		w.pass(3 * time.Minute) // a Retry for the ledger to be read, one for it to be judged, and a figure
		w.want("hold ledger", "act 4>1", "done 4>1", "worked 4>1")
	})
}

func TestPlatformErrors(t *testing.T) {
	f := func(name string, scale func(w *world, n int) (int, error), within time.Duration, want ...string) {
		inWorld(t, func(t *testing.T, w *world) {
			n := 0
			w.onScale = func(_ context.Context, quantity int) (int, error) { n++; return scale(w, n) }
			defer w.start()()
			w.pass(10 * time.Minute)
			w.fire()
			w.pass(within)
			w.want(want...)
			if t.Failed() {
				t.Log(name)
			}
		})
	}
	f("refused for good", func(*world, int) (int, error) {
		return 0, &PlatformError{Failure: Invalid, Err: errors.New("Couldn't find that process type")}
	}, time.Hour, "act 4>1", "failed platform 4>1")
	f("too many calls, and told when", func(w *world, n int) (int, error) {
		if n == 1 {
			return 0, &PlatformError{Failure: RateLimited, After: 4 * time.Minute}
		}
		return w.set(1), nil
	}, 4*time.Minute-time.Second, "act 4>1", "failed platform 4>1")
	f("and then", func(w *world, n int) (int, error) {
		if n == 1 {
			return 0, &PlatformError{Failure: RateLimited, After: 4 * time.Minute}
		}
		return w.set(1), nil
	}, 4*time.Minute+time.Second, "act 4>1", "failed platform 4>1", "act 4>1", "done 4>1")
	f("no answer, but it was done", func(w *world, _ int) (int, error) { w.set(1); return 0, errDown },
		0, "act 4>1", "done 4>1")
	f("no answer, and it isn't done as long as it may yet be", func(*world, int) (int, error) { return 0, errDown },
		2*time.Minute-time.Second, "act 4>1", "failed platform 4>1", "hold cooldown")
	f("and then", func(*world, int) (int, error) { return 0, errDown },
		2*time.Minute+time.Second, "act 4>1", "failed platform 4>1", "hold cooldown", "act 4>1", "failed platform 4>1")
	f("not an error of ours", func(*world, int) (int, error) { return 0, errors.New("odd") },
		0, "act 4>1", "failed platform 4>1")
}

// Without an answer it isn't done again before it is seen what came of it.
func TestALostAnswerIsLookedFor(t *testing.T) {
	f := func(later func(*world), within time.Duration, have int, want ...string) {
		t.Helper()
		inWorld(t, func(t *testing.T, w *world) {
			w.options.Policies[0].MaxStep = 1
			first := true
			w.onScale = func(_ context.Context, n int) (int, error) {
				if !first {
					return w.set(n), nil
				}
				first = false
				time.AfterFunc(time.Minute, func() { later(w) })
				return 0, errDown
			}
			defer w.start()()
			w.pass(10 * time.Minute)
			w.fire()
			w.pass(within)
			if w.want(want...); w.dynos() != have {
				t.Errorf("web is at %d, want %d", w.dynos(), have)
			}
		})
	}
	tried := []string{"act max_step 4>3", "failed platform 4>3", "hold cooldown"}
	never, late, person := func(*world) {}, func(w *world) { w.set(3) }, func(w *world) { w.set(6) }
	f(never, 3*time.Minute, 3, append(tried, "act max_step 4>3", "done 4>3")...)
	f(late, 10*time.Minute-time.Second, 3, append(tried, "hold cooldown")...)
	f(late, 10*time.Minute+time.Second, 2, append(tried, "hold cooldown", "act max_step 3>2", "done 3>2")...)
	f(func(w *world) { // which is read only when it could come no more
		w.set(3)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.onFormation = func(context.Context, int) (map[string]int, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.onFormation = nil
			return nil, errDown
		}
	}, 10*time.Minute-time.Second, 3, append(tried, "hold platform", "hold cooldown")...)
	f(person, 10*time.Minute, 6, append(tried, "hold foreign_change")...)
}

// What was done without an answer is nobody else's change, also for the next process.
func TestALostAnswerIsNoStrangers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Policies[0].Restore = RestoreAutomatic
		w.onScale = func(_ context.Context, n int) (int, error) {
			time.Sleep(time.Second)
			w.set(n)
			return 0, errDown
		}
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(2 * time.Minute)
		w.want("act 4>1", "done 4>1", "worked 4>1")
		stop()
		defer w.start()()
		w.pass(10 * time.Minute)
		for _, d := range w.scaler.Decisions() {
			if d.Why == GuardForeign {
				t.Errorf("%s: %s", d.Verdict, d.Text)
			}
		}
	})
}

func TestUnreadableFormation(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		fails := &PlatformError{Failure: RateLimited, After: 20 * time.Minute, Err: errors.New("too many calls")}
		w.onFormation = func(_ context.Context, n int) (map[string]int, error) {
			if n == 1 {
				return nil, fails
			}
			return map[string]int{"web": w.dynos()}, nil
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(19 * time.Minute)
		w.want("hold platform")
		if n := len(w.calls); n != 1 {
			t.Errorf("%d calls although it was told to wait", n)
		}
		w.pass(2 * time.Minute)
		w.want("hold platform", "act 4>1", "done 4>1")
	})
}

// A call in flight ends, though the context has.
func TestStopLetsACallEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.onScale = func(ctx context.Context, quantity int) (int, error) {
			select {
			case <-ctx.Done():
				return 0, errDown
			case <-time.After(5 * time.Second):
				return w.set(quantity), nil
			}
		}
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		began := time.Now()
		stop()
		if took := time.Since(began); took != 5*time.Second || w.dynos() != 1 {
			t.Errorf("stopped after %s with web at %d", took, w.dynos())
		}
		w.want("act 4>1", "done 4>1")
	})
}

func TestStopIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.onScale = func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, errDown }
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		began := time.Now()
		stop()
		if took := time.Since(began); took != w.options.Timing.Call {
			t.Errorf("stopped after %s", took)
		}
	})
}

func TestStopStartsNone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		asked := make(chan struct{})
		w.onFormation = func(ctx context.Context, _ int) (map[string]int, error) {
			close(asked)
			<-ctx.Done()
			return map[string]int{"web": 4}, nil // an answer, but too late
		}
		stop := w.start()
		w.pass(10 * time.Minute)
		w.fire()
		<-asked
		stop()
		if n := w.scaleCalls(); n != 0 {
			t.Error("an action was started after the end")
		}
		w.want()
	})
}
