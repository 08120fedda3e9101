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

// A Journal that fails for a while doesn't leave the app down, nor is it gone past; one that fails for good
// is while nothing is lost by it.
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
			if up := w.formation["web"] == 4 && !w.maintenance; up != (left != StepDrain) {
				t.Errorf("%s: %+v, maintenance mode %v", name, w.formation, w.maintenance)
			}
		})
	}
	always := func(steps ...Step) func(Step, time.Duration) bool {
		return func(s Step, _ time.Duration) bool { return slices.Contains(steps, s) }
	}
	f("a while", func(s Step, since time.Duration) bool { return s != StepClose && since < 50*time.Second }, "<nil>", "")
	f("at the first step", always(StepClose), "disk full", "")
	f("when dynos are down", always(StepChange), "stopped at step change: disk full", StepDrain)
	f("on the way up", always(StepStart, StepOpen), "<nil>", "")
	f("for good", always(StepStart, StepOpen, StepDone), "enketo is up as it was, but its drain couldn't be told that the upgrade is over: disk full\ndisk full", StepWait)
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
