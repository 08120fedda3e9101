package upgrade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/scale"
)

var before = map[string]int{"web": 4, "worker": 1, "clock": 0}

// run checks and runs, as the command does.
func run(ctx context.Context, u *Upgrade) error {
	e, _, err := u.Check(ctx)
	if err != nil {
		return err
	}
	return u.Run(ctx, e)
}

// asBefore tells what of the app is not as it was.
func asBefore(w *world, j *memory) string {
	diff := cmp.Diff(before, w.formation)
	if w.maintenance {
		diff += "maintenance mode is on\n"
	}
	if j.entry != nil {
		diff += fmt.Sprintf("the journal still has %+v\n", *j.entry)
	}
	return diff
}

func TestUpgrade(t *testing.T) {
	t.Run("a new name at once", func(t *testing.T) { upgraded(t, false) })
	t.Run("a new name at the end", func(t *testing.T) { upgraded(t, true) })
}

func upgraded(t *testing.T, nameLate bool) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.nameLate = nameLate
		j := &memory{world: w}
		var told []string
		u := w.upgrade(j, func(o *Options) { o.Tell = func(s Step, text string) { told = append(told, string(s)+": "+text) } })
		began := time.Now()
		if err := run(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if diff := asBefore(w, j); diff != "" || w.redis.Plan != "heroku-redis:premium-2" {
			t.Errorf("%s, on %s", diff, w.redis.Plan)
		}
		if took := time.Since(began); took < downAfter+grace+moveTime || took > 3*time.Minute {
			t.Errorf("it took %v", took)
		}
		want := []string{
			"close: maintenance mode on", "stop: web 4, worker 1 → web 0, worker 0", "drain: going down: web 4, worker 1",
			"change: redis-rugged-24473: heroku-redis:premium-0 → heroku-redis:premium-2",
			"wait: redis-rugged-24473 is on heroku-redis:premium-2", "start: → web 4, worker 1", "open: maintenance mode off",
		}
		for _, line := range want {
			if !strings.Contains(strings.Join(told, "\n")+"\n", line+"\n") {
				t.Errorf("nobody was told %q, but\n%s", line, strings.Join(told, "\n"))
			}
		}
	})
}

// However often it is cut off, before or after a call or a write to the journal, Resume ends it and Abort
// brings the app back up.
func TestCutOffAnywhere(t *testing.T) {
	calls := 0
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		if err := run(t.Context(), w.upgrade(&memory{world: w})); err != nil {
			t.Fatal(err)
		}
		calls = w.calls
	})
	if calls < 20 {
		t.Fatalf("only %d calls", calls)
	}
	for call := 1; call <= calls; call++ {
		for _, after := range []bool{false, true} {
			for _, resume := range []bool{true, false} {
				for _, twice := range []int{0, 1, 3} { // the call at which the second run is cut off too
					for _, nameLate := range []bool{false, true} {
						name := fmt.Sprintf("call %d, after it %v, resume %v, again %d, name late %v", call, after, resume, twice, nameLate)
						synctest.Test(t, func(t *testing.T) { cutOff(t, name, call, after, resume, twice, nameLate) })
					}
				}
			}
		}
	}
}

func cutOff(t *testing.T, name string, call int, after, resume bool, twice int, nameLate bool) {
	w := newWorld(t)
	w.nameLate = nameLate
	j := &memory{world: w}
	attempt := func(at int, after bool, f func(context.Context) error) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.calls = 0
		w.cut = func(n int, done bool) error {
			if n == at && done == after {
				cancel()
			}
			if ctx.Err() != nil {
				return &scale.PlatformError{Failure: scale.Temporary, Err: ctx.Err()}
			}
			return nil
		}
		return f(ctx)
	}
	err := attempt(call, after, func(ctx context.Context) error { return run(ctx, w.upgrade(j)) })
	if err == nil && j.entry != nil {
		t.Fatalf("%s: it said nothing of being cut off", name)
	}
	if left, ok := errors.AsType[*LeftError](err); ok && j.entry == nil && len(asBefore(w, j)) > 0 {
		t.Fatalf("%s: %v, and no journal to go on from: %s", name, left, asBefore(w, j))
	}
	u := w.upgrade(j)
	next := u.Abort
	if resume {
		next = u.Resume
	}
	if twice > 0 {
		_ = attempt(twice, after, next)
	}
	for range 2 { // the cut may have come after the end
		if err := attempt(0, false, next); err != nil && !errors.Is(err, ErrNoEntry) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if diff := asBefore(w, j); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
	if w.cut = nil; resume && w.asked != "" {
		time.Sleep(moveTime)
		if r, _ := w.Redis(t.Context(), "enketo", "REDIS"); r.Plan != "heroku-redis:premium-2" {
			t.Errorf("%s: on %s", name, r.Plan)
		}
	}
}

// An API that fails for a while is waited for; one that fails for good leaves the way back open.
func TestPatience(t *testing.T) {
	f := func(name string, silence time.Duration, ends bool) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				j := &memory{world: w}
				u := w.upgrade(j)
				e, _, err := u.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var last time.Time
				w.cut = func(n int, after bool) error {
					if after || n < 12 || time.Now().After(e.Started.Add(silence)) {
						return nil
					}
					if time.Since(last) < 7*time.Second {
						t.Error("it came before Retry-After was over")
					}
					last = time.Now()
					return &scale.PlatformError{Failure: scale.RateLimited, After: 7 * time.Second}
				}
				u.Journal = &memory{world: newWorld(t)} // whose calls aren't cut
				err = u.Run(t.Context(), e)
				if (err == nil) != ends {
					t.Fatalf("it ended with %v", err)
				}
				if left, ok := errors.AsType[*LeftError](err); !ends && (!ok || left.Entry.App != "enketo") {
					t.Errorf("%v says nothing of how it was left", err)
				}
			})
		})
	}
	f("a minute", time.Minute, true)
	f("an hour", time.Hour, false)
}

// A change of plan that Heroku refuses leaves the app up.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &memory{world: w}
		u := w.upgrade(j)
		e, _, err := u.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		u.Platform = refusing{w}
		if err = u.Run(t.Context(), e); err == nil || !strings.Contains(err.Error(), "over your plan") {
			t.Errorf("it ended with %v", err)
		}
		if diff := asBefore(w, j); diff != "" || w.asked != "" {
			t.Errorf("%s, asked for %q", diff, w.asked)
		}
	})
}

type refusing struct{ *world }

func (refusing) ChangePlan(context.Context, string, string, string) error {
	return &scale.PlatformError{Failure: scale.Invalid, Err: errors.New("over your plan")}
}

// What somebody sets meanwhile stays.
func TestSomebodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.formation["old"] = 1
		j := &memory{world: w}
		u := w.upgrade(j)
		e, _, err := u.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		u.Tell = func(s Step, _ string) {
			if s == StepWait {
				w.formation["web"] = 2
				delete(w.formation, "old")
			}
		}
		if err := u.Run(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"web": 2, "worker": 1, "clock": 0}, w.formation); diff != "" || w.maintenance {
			t.Errorf("%s, maintenance %v", diff, w.maintenance)
		}
	})
}

func TestAsItWas(t *testing.T) {
	f := func(name string, set func(*world), change func(*Options), want func(*world)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				set(w)
				kept := *w
				kept.formation = maps.Clone(w.formation)
				want(&kept)
				if err := run(t.Context(), w.upgrade(&memory{world: w}, change)); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(kept.formation, w.formation); diff != "" || kept.maintenance != w.maintenance {
					t.Errorf("%s, maintenance %v, want %v", diff, w.maintenance, kept.maintenance)
				}
			})
		})
	}
	none := func(*world) {}
	f("closed before", func(w *world) { w.maintenance = true }, func(*Options) {}, none)
	f("a type is kept", none, func(o *Options) { o.Keep = []string{"worker"} }, none)
	f("nothing runs", func(w *world) { w.formation = map[string]int{"web": 0} }, func(*Options) {}, none)
	f("nobody says when it is done", func(w *world) { w.blind, w.nameLate = true, true }, func(o *Options) {
		w := o.Platform.(*world)
		o.Ask = func(context.Context, string) (bool, error) {
			if w.redis.Plan != "heroku-redis:premium-2" {
				t.Errorf("asked while it is on %s", w.redis.Plan)
			}
			return true, nil
		}
	}, none)
}

// Connections that stay open are asked about. Where the answer is no, or nobody is there, the app comes back up.
func TestConnectionsLeft(t *testing.T) {
	f := func(nobody error, want string) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j := &memory{world: w}
			asked := ""
			old := time.Now()
			u := w.upgrade(j, func(o *Options) {
				o.Connections = func(context.Context, string) (int, time.Time, bool) {
					if time.Since(old) < time.Minute {
						return 0, old, true // a figure from before counts for nothing
					}
					return 3, time.Now(), true
				}
				o.Ask = func(_ context.Context, q string) (bool, error) { asked = q; return false, nobody }
			})
			if err := run(t.Context(), u); err == nil || err.Error() != want || !strings.Contains(asked, "3 connections") {
				t.Errorf("%v, asked %q", err, asked)
			}
			if w.asked != "" {
				t.Error("the plan was changed all the same")
			}
			if diff := asBefore(w, j); diff != "" {
				t.Error(diff)
			}
		})
	}
	f(nil, "not agreed to")
	f(errors.New("there is nobody to ask"), "there is nobody to ask")
}
