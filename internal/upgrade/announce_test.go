package upgrade

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/ledger"
)

// The drain is told before each step, and of the end after the last.
func TestAnnounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &memory{world: w}
		var told []Step
		u := w.upgrade(j, func(o *Options) {
			o.Announce = func(_ context.Context, e Entry) error {
				if e.Step == StepStop && !w.maintenance || e.Step == StepOpen && w.formation["web"] != 4 || !e.Saved.Equal(time.Now()) {
					t.Errorf("at %s: %+v", e.Step, w.formation)
				}
				told = append(told, e.Step)
				if e.Step == StepWait || e.Step == StepDone && len(told) < 10 {
					return errors.New("no connection") // as while the drain's own Redis is moved
				}
				return nil
			}
		})
		if err := run(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Step{StepClose, StepStop, StepDrain, StepChange, StepWait, StepStart, StepOpen, StepDone, StepDone, StepDone}, told); diff != "" {
			t.Error(diff)
		}
		if diff := asBefore(w, j); diff != "" {
			t.Error(diff)
		}
	})
}

// A drain that can't be told of the end is told later: until then it holds the app to be down.
func TestTheEndIsToldLater(t *testing.T) {
	for _, later := range []func(*Upgrade, context.Context) error{(*Upgrade).Resume, (*Upgrade).Abort} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j := &memory{world: w}
			down, told := true, 0
			u := w.upgrade(j, func(o *Options) {
				o.Announce = func(_ context.Context, e Entry) error {
					switch {
					case e.Step != StepDone:
					case down:
						return errors.New("no connection")
					default:
						told++
					}
					return nil
				}
			})
			err := run(t.Context(), u)
			untold, ok := errors.AsType[*UntoldError](err)
			if !ok || untold.Entry.Step != StepDone || err.Error() != "enketo is up as it was, but its drain couldn't be told that the upgrade is over: no connection" {
				t.Fatalf("%v", err)
			}
			if took := time.Since(untold.Entry.Saved); took < untoldMost || took > untoldMost+time.Minute {
				t.Errorf("it was tried for %v", took)
			}
			if w.maintenance || w.formation["web"] != 4 || j.entry == nil || j.entry.Step != StepDone {
				t.Errorf("%+v, maintenance mode %v, journal %+v", w.formation, w.maintenance, j.entry)
			}
			if _, _, err := u.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "-resume") {
				t.Errorf("another one: %v", err)
			}
			down = false
			w.maintenance = true // which somebody has turned on since
			if err := later(u, t.Context()); err != nil || told != 1 || j.entry != nil || !w.maintenance {
				t.Errorf("%v, told %d times, journal %+v, maintenance mode %v", err, told, j.entry, w.maintenance)
			}
		})
	}
}

// Who comes back after another has brought the upgrade to its end, as a machine that slept, touches nothing more.
func TestEndedElsewhere(t *testing.T) {
	for step, plan := range map[Step]string{StepDrain: "", StepChange: "", StepWait: "heroku-redis:premium-2", StepStart: "heroku-redis:premium-2"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j := &memory{world: w}
			over := false
			u := w.upgrade(j, func(o *Options) {
				o.Announce = func(_ context.Context, e Entry) error {
					if e.Step == step {
						over, w.maintenance = true, true // which somebody wants
						w.formation["web"], w.formation["worker"] = 0, 3
					}
					if over {
						return fmt.Errorf("the drain: %w", ErrOver)
					}
					return nil
				}
			})
			err := run(t.Context(), u)
			if _, left := errors.AsType[*LeftError](err); !errors.Is(err, ErrOver) || left || j.entry != nil {
				t.Errorf("at %s: %v, journal %+v", step, err, j.entry)
			}
			if !w.maintenance || w.formation["web"] != 0 || w.formation["worker"] != 3 || w.asked != plan {
				t.Errorf("at %s: %+v, maintenance mode %v, asked for %q", step, w.formation, w.maintenance, w.asked)
			}
		})
	}
}

// An upgrade that the drain refuses touches nothing and leaves nothing.
func TestNotAnnouncedNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &memory{world: w}
		var told []Step
		u := w.upgrade(j, func(o *Options) {
			o.Announce = func(_ context.Context, e Entry) error {
				told = append(told, e.Step)
				return errors.New("drain is acting")
			}
		})
		err := run(t.Context(), u)
		if diff := cmp.Diff([]Step{StepClose, StepDone}, told); diff != "" { // whose answer was lost has heard of it
			t.Error(diff)
		}
		if _, left := errors.AsType[*LeftError](err); err == nil || left {
			t.Errorf("%v", err)
		}
		if diff := asBefore(w, j); diff != "" {
			t.Error(diff)
		}
	})
}

// What somebody changed since Check is announced before it is stopped: else the drain would take the stop
// for a person's.
func TestAnnouncesWhatIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var told map[string]int
		u := w.upgrade(&memory{world: w}, func(o *Options) {
			o.Announce = func(_ context.Context, e Entry) error {
				if w.formation["web"] > 0 {
					told = e.Stops()
				}
				return nil
			}
		})
		e, _, err := u.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.formation["clock"] = 1
		if err := u.Run(t.Context(), e); err != nil || told["clock"] != 1 {
			t.Errorf("told of %v, %v", told, err)
		}
	})
}

// The ledger goes on telling of an upgrade that is over, which is none to resume.
func TestLedgerKeepsTheLast(t *testing.T) {
	l := Ledger{Shelf: ledger.NewMemory(time.Now).Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}
	ctx := t.Context()
	if _, err := l.Last(ctx, "enketo"); !errors.Is(err, ErrNoEntry) {
		t.Errorf("%v", err)
	}
	e := Entry{App: "enketo", Step: StepOpen, Formation: map[string]int{"web": 1}}
	if err := l.Save(ctx, e); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Load(ctx, "enketo"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(l.Remove(ctx, "enketo"), l.Remove(ctx, "enketo"), l.Remove(ctx, "another")); err != nil {
		t.Error(err)
	}
	if _, err := l.Load(ctx, "enketo"); !errors.Is(err, ErrNoEntry) {
		t.Errorf("to resume: %v", err)
	}
	if e, err := l.Last(ctx, "enketo"); err != nil || e.Step != StepDone || e.Saved.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
	if err := l.Shelf.Put(ctx, "enketo", []byte(`{"app":"enketo","step":"dance"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Last(ctx, "enketo"); err == nil || !strings.Contains(err.Error(), `"dance"`) {
		t.Errorf("%v", err)
	}
}

// What is announced replaces no entry that somebody may yet have to bring an app back up by.
func TestAnnouncedOverAnother(t *testing.T) {
	now := time.Now()
	f := func(last, e Entry, want error) {
		t.Helper()
		l := Ledger{Shelf: ledger.NewMemory(time.Now).Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}
		last.App, e.App, e.Saved = "enketo", "enketo", now
		if err := l.Save(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		if err := l.Announce(t.Context(), e); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		have, err := l.Last(t.Context(), "enketo")
		if replaced := have.Step == e.Step; err != nil || replaced != (want == nil) {
			t.Errorf("it is at %s, %v", have.Step, err)
		}
	}
	before := now.Add(-time.Hour)
	f(Entry{Started: before, Saved: before, Step: StepWait}, Entry{Started: now, Step: StepClose}, ErrAnother)
	f(Entry{Started: before, Saved: before, Step: StepWait}, Entry{Started: now, Step: StepDone}, ErrAnother)
	f(Entry{Started: before, Saved: before, Step: StepWait}, Entry{Started: before, Step: StepStart}, nil)
	f(Entry{Started: before, Saved: before, Step: StepClose}, Entry{Started: now, Step: StepStop}, nil)
	f(Entry{Started: before, Saved: before, Step: StepDone}, Entry{Started: now, Step: StepClose}, nil)
	f(Entry{Started: before, Saved: before, Step: StepDone}, Entry{Started: before, Step: StepOpen}, ErrOver)
	f(Entry{Started: before, Saved: now.Add(-25 * time.Hour), Step: StepWait}, Entry{Started: now, Step: StepClose}, nil)
}
