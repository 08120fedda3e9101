package upgrade

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/scale"
)

// What somebody changed while another thought about "Begin?" is what is brought back.
func TestChangedSinceCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &memory{world: w}
		u := w.upgrade(j)
		e, _, err := u.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.formation["web"], w.formation["clock"], w.maintenance = 2, 1, true
		if err := u.Run(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"web": 2, "worker": 1, "clock": 1}, w.formation); diff != "" || !w.maintenance {
			t.Errorf("%s, maintenance mode %v", diff, w.maintenance)
		}
	})
}

// What Heroku won't do leaves no app down.
func TestRefusedBeforeTheChange(t *testing.T) {
	for call := 1; call < 20; call++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j := &memory{world: w}
			no := &scale.PlatformError{Failure: scale.Invalid, Err: errors.New("no")}
			refused := 0
			w.cut = func(n int, done bool) error {
				if n == call && !done {
					refused++
					return no
				}
				return nil
			}
			err := run(t.Context(), w.upgrade(j))
			left, down := errors.AsType[*LeftError](err)
			if w.asked != "" || refused == 0 || down && left.Entry.Step == StepChange { // which asks of what it is sure
				return
			}
			if diff := asBefore(w, j); err == nil || diff != "" {
				t.Errorf("call %d: %v, %s", call, err, diff)
			}
		})
	}
}

// Who has helped themselves since it was cut off keeps what they have: no plan is changed under it.
func TestBroughtUpByHandSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e := Entry{
			App: "enketo", Addon: w.redis.Name, From: w.redis.Plan, To: "heroku-redis:premium-2", Step: StepChange,
			Formation: map[string]int{"web": 4, "worker": 1, "clock": 0}, Started: time.Now(),
		}
		j := &memory{world: w, entry: &e}
		w.formation["worker"] = 0 // which they forgot
		err := w.upgrade(j).Resume(t.Context())
		if err == nil || err.Error() != "web 4 running: somebody has brought the app up since" || w.asked != "" {
			t.Errorf("%v, asked for %q", err, w.asked)
		}
		if diff := asBefore(w, j); diff != "" {
			t.Error(diff)
		}
	})
}
