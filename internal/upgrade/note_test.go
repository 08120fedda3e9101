package upgrade

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A Journal that fails for a while doesn't leave the app down, nor is it gone past. With one that fails for good
// the app comes back up, unless its plan may be changing.
func TestJournalFails(t *testing.T) {
	f := func(name string, fails func(e Step, since time.Duration) bool, want string, left Step) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			began := map[Step]time.Time{}
			j := &failing{memory: memory{world: w}}
			j.fails = func(s Step) bool {
				if began[s].IsZero() {
					began[s] = time.Now()
				}
				return fails(s, time.Since(began[s]))
			}
			err := run(t.Context(), w.upgrade(j))
			if got := fmt.Sprint(err); got != want {
				t.Errorf("%s: %s", name, got)
			}
			if left == "" != (j.entry == nil) || j.entry != nil && j.entry.Step != left {
				t.Errorf("%s: the journal has %+v", name, j.entry)
			}
			if up := w.formation["web"] == 4 && !w.maintenance; up != (left != StepChange) {
				t.Errorf("%s: %+v, maintenance mode %v", name, w.formation, w.maintenance)
			}
		})
	}
	always := func(steps ...Step) func(Step, time.Duration) bool {
		return func(s Step, _ time.Duration) bool { return slices.Contains(steps, s) }
	}
	f("a while", func(s Step, since time.Duration) bool { return s != StepClose && since < 50*time.Second }, "<nil>", "")
	f("at the first step", always(StepClose), "disk full", "")
	f("when dynos are down", always(StepDrain), "disk full", "")
	f("before the plan is changed", always(StepChange), "disk full", "")
	f("when it may be", always(StepWait), "stopped at step wait: disk full", StepChange)
	f("on the way up", always(StepStart, StepOpen), "<nil>", "")
	f("for good", always(StepStart, StepOpen, StepDone), "enketo is up as it was, but its drain couldn't be told that the upgrade is over: disk full\ndisk full", StepWait)
}

// Who goes on can't tell whether the plan was asked for, but for steps before that.
func TestJournalFailsOnResume(t *testing.T) {
	f := func(step, fails Step, want string, up bool) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.maintenance = true
			w.formation["web"], w.formation["worker"] = 0, 0
			e := Entry{
				App: "enketo", Addon: w.redis.Name, From: w.redis.Plan, To: "heroku-redis:premium-2", Step: step,
				Formation: map[string]int{"web": 4, "worker": 1, "clock": 0}, Started: time.Now(),
			}
			j := &failing{memory: memory{world: w, entry: &e}, fails: func(s Step) bool { return s == fails }}
			if err := w.upgrade(j).Resume(t.Context()); fmt.Sprint(err) != want {
				t.Errorf("at %s: %v", step, err)
			}
			if w.asked != "" || up != (w.formation["web"] == 4 && !w.maintenance) {
				t.Errorf("at %s: %+v, maintenance mode %v, asked for %q", step, w.formation, w.maintenance, w.asked)
			}
		})
	}
	f(StepClose, StepClose, "disk full", true)
	f(StepDrain, StepChange, "disk full", true)
	f(StepChange, StepChange, "stopped at step change: disk full", false)
}

// What is to be noted anew, since somebody has changed it since Check, can't be.
func TestJournalFailsWithinAStep(t *testing.T) {
	f := func(change func(w *world), step Step) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			noted := 0
			j := &failing{memory: memory{world: w}, fails: func(s Step) bool {
				if s == step {
					noted++
				}
				return s == step && noted > 1
			}}
			u := w.upgrade(j)
			e, _, err := u.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			change(w)
			maintenance := w.maintenance
			if err := u.Run(t.Context(), e); fmt.Sprint(err) != "disk full" || noted < 2 {
				t.Errorf("at %s: %v", step, err)
			}
			if w.formation["web"] == 0 || w.maintenance != maintenance || j.entry != nil {
				t.Errorf("at %s: %+v, maintenance mode %v, journal %+v", step, w.formation, w.maintenance, j.entry)
			}
		})
	}
	f(func(w *world) { w.maintenance = true }, StepClose)
	f(func(w *world) { w.formation["web"] = 2 }, StepStop)
}

// failing is a Journal that fails.
type failing struct {
	memory
	fails func(Step) bool
}

func (j *failing) Save(ctx context.Context, e Entry) error {
	if j.fails(e.Step) {
		return errors.New("disk full")
	}
	return j.memory.Save(ctx, e)
}

func (j *failing) Remove(ctx context.Context, app string) error {
	if j.fails(StepDone) {
		return errors.New("disk full")
	}
	return j.memory.Remove(ctx, app)
}
