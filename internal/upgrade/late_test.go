package upgrade

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"drain/internal/scale"
)

// tardy does what it was asked first, to stop dynos, when nobody waits for the answer any more.
type tardy struct {
	*world
	lost func() error // what happens then; its error is the second try's
	no   error
	late time.Time
	done bool
}

func (l *tardy) SetFormation(ctx context.Context, app string, quantities map[string]int) error {
	if l.late.IsZero() {
		time.Sleep(20 * time.Second) // for which it is waited
		l.late = time.Now().Add(29 * time.Second)
		l.no = l.lost()
		return &scale.PlatformError{Failure: scale.Temporary, Err: errors.New("unexpected EOF")}
	}
	if no := l.no; no != nil {
		l.no = nil
		return no
	}
	return l.world.SetFormation(ctx, app, quantities)
}

func (l *tardy) Formation(ctx context.Context, app string) (map[string]int, error) {
	l.catchUp()
	return l.world.Formation(ctx, app)
}

func (l *tardy) catchUp() {
	if l.late.IsZero() || l.done || time.Now().Before(l.late) {
		return
	}
	l.done = true
	l.formation["web"], l.formation["worker"] = 0, 0
}

// What is done late, though the upgrade was taken back or has gone on, leaves no app down.
func TestDoneLate(t *testing.T) {
	for name, next := range map[string]func(*Upgrade, context.Context) error{"resume": (*Upgrade).Resume, "abort": (*Upgrade).Abort} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j := &memory{world: w}
			ctx, end := context.WithCancel(t.Context())
			l := &tardy{world: w, lost: func() error { end(); return nil }} // the process ends
			late := func(o *Options) { o.Platform = l }
			if err := run(ctx, w.upgrade(j, late)); err == nil {
				t.Fatal("the process didn't end")
			}
			if err := next(w.upgrade(j, late), t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			l.catchUp()
			if wrong := asBefore(w, j); wrong != "" || !l.done {
				t.Errorf("%s: %s", name, wrong)
			}
		})
	}
}

// Nor where Heroku won't do it at the second try, and the app is brought back up at once.
func TestDoneLateAndRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &memory{world: w}
		l := &tardy{world: w, lost: func() error { return &scale.PlatformError{Failure: scale.Invalid, Err: errors.New("no")} }}
		if err := run(t.Context(), w.upgrade(j, func(o *Options) { o.Platform = l })); err == nil || err.Error() != "no" {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Hour)
		l.catchUp()
		if wrong := asBefore(w, j); wrong != "" || !l.done {
			t.Error(wrong)
		}
	})
}

// A clock that was ahead where the upgrade began makes nobody wait for it.
func TestSavedByAnotherClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.maintenance, w.formation["web"], w.formation["worker"] = true, 0, 0
		j := &memory{world: w, entry: &Entry{App: "enketo", Addon: w.redis.Name, Formation: before, Step: StepStart, Saved: time.Now().Add(time.Hour)}}
		began := time.Now()
		if err := w.upgrade(j).Resume(t.Context()); err != nil || time.Since(began) > time.Minute {
			t.Errorf("%v, after %v", err, time.Since(began))
		}
		if diff := asBefore(w, j); diff != "" {
			t.Error(diff)
		}
	})
}
