package app

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// states counts dynos as "web up".
func (l *life) states() map[string]int {
	synctest.Wait()
	n := map[string]int{}
	for _, d := range l.Dynos() {
		n[d.Type+" "+d.State]++
	}
	return n
}

// With preboot old and new web dynos overlap for three minutes; without it the old ones are gone first.
func TestDeploy(t *testing.T) {
	f := func(name string, preboot bool, want []map[string]int) {
		live(t, Options{Quiet: true, Others: map[string]int{"clock": 1}}, func(t *testing.T, l *life) {
			l.Deploy("jo@example.com", preboot)
			if all := l.Releases(); !all[len(all)-1].Pending {
				t.Errorf("%s: the release phase is over at once", name)
			}
			for i, at := range []time.Duration{releasePhase, 13 * time.Second, overlap} {
				time.Sleep(at)
				if diff := cmp.Diff(want[i], l.states()); diff != "" {
					t.Errorf("%s, look %d: %s", name, i, diff)
				}
			}
			if all := l.Releases(); all[len(all)-1].Pending || l.count("api", "^(Deploy|Release v4) .*jo@") != 2 {
				t.Errorf("%s: %+v, %q", name, all, l.said("api", ""))
			}
			// What overlaps isn't counted by the formation.
			l.Deploy("jo@example.com", preboot)
			time.Sleep(releasePhase + time.Minute)
			if err := l.Scale("jo@example.com", Update{"web", 1}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(overlap)
			if diff := cmp.Diff(map[string]int{"web up": 1, "clock up": 1}, l.states()); diff != "" {
				t.Errorf("%s, scaled: %s", name, diff)
			}
		})
	}
	f("without", false, []map[string]int{{"web starting": 4, "clock starting": 1}, {"web up": 4, "clock up": 1}, {"web up": 4, "clock up": 1}})
	f("preboot", true, []map[string]int{{"web up": 4, "web starting": 4, "clock starting": 1}, {"web up": 8, "clock up": 1}, {"web up": 4, "clock up": 1}})
}

func TestOneOff(t *testing.T) {
	live(t, Options{Quiet: true}, func(t *testing.T, l *life) {
		l.OneOff("run", time.Hour)
		if err := l.Scale("jo@example.com", Update{"web", 0}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff(map[string]int{"run up": 1}, l.states()); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Hour)
		if diff := cmp.Diff(map[string]int{}, l.states()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMost(t *testing.T) {
	live(t, Options{Quiet: true}, func(t *testing.T, l *life) {
		l.SetMost(1)
		err := l.Scale("jo@example.com", Update{"web", 2})
		if err == nil || err.Error() != "Cannot update to more than 1 Standard-1X size dynos per process type." || l.Formation()[0].Quantity != 4 {
			t.Errorf("%v, %+v", err, l.Formation()[0])
		}
	})
}

// How long a change of plan takes, and when it has its name.
func TestMove(t *testing.T) {
	f := func(o Options, after time.Duration, plan string, moving bool) {
		t.Helper()
		o.Quiet, o.Lossy = true, true
		live(t, o, func(t *testing.T, l *life) {
			name := l.Addons()[0].Name
			if err := l.ChangePlan("jo@example.com", name, "premium-2"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(after)
			synctest.Wait()
			if got, _ := l.Moving(name); got != moving || l.Addons()[0].Plan != plan {
				t.Errorf("%+v after %v: %s, moving %v", o.Move, after, l.Addons()[0].Plan, got)
			}
		})
	}
	f(Options{}, 59*time.Second, "premium-0", true)
	f(Options{}, time.Minute, "premium-2", false)
	f(Options{Named: true}, 0, "premium-2", true)
	f(Options{Move: -1}, 0, "premium-2", false)
	f(Options{Move: time.Hour}, 59*time.Minute, "premium-0", true)
}
