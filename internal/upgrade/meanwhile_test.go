package upgrade

import (
	"context"
	"errors"
	"strings"
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

// What somebody changes while it is being noted what they changed before is what is brought back.
func TestChangedSinceNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		j := &failing{memory: memory{world: w}}
		u := w.upgrade(j)
		e, _, err := u.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.formation["web"] = 3
		stops := 0
		j.fails = func(s Step) bool {
			if s == StepStop {
				stops++
			}
			if s != StepStop || stops != 2 {
				return false
			}
			w.formation["web"] = 2
			return true
		}
		if err := u.Run(t.Context(), e); err != nil || w.formation["web"] != 2 || stops != 4 {
			t.Errorf("%v, %+v, noted %d times", err, w.formation, stops)
		}
	})
}

// lossy loses the answer to the first call of each kind, done or not; then somebody changes something.
type lossy struct {
	*world
	done                    bool
	mode, formation, change func()
}

// lose does do as often as it is called, but for the first time where it isn't done, and loses then's answer.
func (l *lossy) lose(then *func(), do func() error) error {
	f := *then
	if f == nil {
		return do()
	}
	if *then = nil; l.done {
		_ = do()
	}
	f()
	return &scale.PlatformError{Failure: scale.Temporary, Err: errors.New("unexpected EOF")}
}

func (l *lossy) SetMaintenance(ctx context.Context, app string, on bool) error {
	if !on {
		return l.world.SetMaintenance(ctx, app, on)
	}
	return l.lose(&l.mode, func() error { return l.world.SetMaintenance(ctx, app, on) })
}

func (l *lossy) SetFormation(ctx context.Context, app string, quantities map[string]int) error {
	return l.lose(&l.formation, func() error { return l.world.SetFormation(ctx, app, quantities) })
}

func (l *lossy) ChangePlan(ctx context.Context, app, addon, plan string) error {
	return l.lose(&l.change, func() error { return l.world.ChangePlan(ctx, app, addon, plan) })
}

// What is tried again after a lost answer is looked at again: somebody may have changed it meanwhile.
func TestChangedSinceALostAnswer(t *testing.T) {
	f := func(name string, prepare func(*world), meddle func(*lossy), agree bool, want string) {
		t.Helper()
		for _, done := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				prepare(w)
				l := &lossy{world: w, done: done}
				j, asked := &memory{world: w}, 0
				u := w.upgrade(j, func(o *Options) {
					o.Platform = l
					o.Ask = func(_ context.Context, question string) (bool, error) {
						asked++
						if !strings.Contains(question, "which somebody set meanwhile; it was on heroku-redis:premium-0") {
							t.Error(question)
						}
						return agree, nil
					}
				})
				e, _, err := u.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				meddle(l)
				err = u.Run(t.Context(), e)
				got := list(w.formation) + ", " + strings.TrimPrefix(w.redis.Plan, service+":")
				if w.maintenance {
					got += ", closed"
				}
				if got != want || j.entry != nil || (err != nil) != (asked > 0 && !agree) {
					t.Errorf("%s, done %v: %v leaves %s, %+v; want %s", name, done, err, got, j.entry, want)
				}
			})
		}
	}
	open := func(*world) {}
	f("dynos", open, func(l *lossy) { l.formation = func() { l.world.formation["web"] = 2 } }, false, "clock 0, web 2, worker 1, premium-2")
	f("another type", open, func(l *lossy) { l.formation = func() { l.world.formation["clock"] = 1 } }, false, "clock 1, web 4, worker 1, premium-2")
	f("nothing", open, func(l *lossy) { l.formation, l.mode = func() {}, func() {} }, false, "clock 0, web 4, worker 1, premium-2")
	f("opened", func(w *world) { w.maintenance = true }, func(l *lossy) {
		l.world.maintenance = false
		l.mode = func() { l.world.maintenance = false }
	}, false, "clock 0, web 4, worker 1, premium-2")
	theirs := func(l *lossy) {
		l.change = func() { l.redis.Plan, l.asked = "heroku-redis:premium-1", "" }
	}
	f("another plan", open, theirs, false, "clock 0, web 4, worker 1, premium-1")
	f("another plan, and all the same", open, theirs, true, "clock 0, web 4, worker 1, premium-2")
}

// No plan is changed under what somebody brought up between two tries, and nothing is started beside it
// unasked: the change may be under way.
func TestBroughtUpByHandBetweenTries(t *testing.T) {
	f := func(agree bool, want, wantErr string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j, asked := &memory{world: w}, 0
			err := run(t.Context(), w.upgrade(j, func(o *Options) {
				o.Platform = &lossy{world: w, change: func() { w.formation["web"] = 1 }}
				o.Ask = func(_ context.Context, question string) (bool, error) {
					asked++
					if !strings.Contains(question, "is on heroku-redis:premium-0; the change to heroku-redis:premium-2 may be under way") {
						t.Error(question)
					}
					return agree, nil
				}
			}))
			if err == nil || err.Error() != wantErr || w.asked != "" || asked != 1 {
				t.Errorf("%v, asked for %q, and a person %d times", err, w.asked, asked)
			}
			if got := list(w.formation); got != want || w.maintenance == agree || (j.entry == nil) != agree {
				t.Errorf("%s, maintenance mode %v, journal %+v", got, w.maintenance, j.entry)
			}
		})
	}
	f(true, "clock 0, web 1, worker 1", "web 1 running: somebody has brought the app up since")
	f(false, "clock 0, web 1, worker 0", "stopped at step change: web 1 running: somebody has brought the app up since; left as it is")
}

// Where nobody is there to ask about another plan the app comes back up, unless the change may be under way.
func TestAnotherPlanAndNobodyThere(t *testing.T) {
	f := func(name string, lost, interrupt, want bool) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			j := &memory{world: w}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			theirs := func() { w.redis.Plan = "heroku-redis:premium-1" }
			u := w.upgrade(j, func(o *Options) {
				if lost {
					o.Platform = &lossy{world: w, change: theirs}
				} else {
					o.Tell = func(s Step, _ string) {
						if s == StepDrain {
							theirs()
						}
					}
				}
				o.Ask = func(context.Context, string) (bool, error) {
					if interrupt {
						cancel()
					}
					return false, errors.New("there is nobody to ask")
				}
			})
			err := run(ctx, u)
			left, ok := errors.AsType[*LeftError](err)
			if up := asBefore(w, j) == ""; err == nil || up != want || ok == want || ok && left.Entry.Step != StepChange || w.redis.Plan != "heroku-redis:premium-1" {
				t.Errorf("%s: %v, on %s; %s", name, err, w.redis.Plan, asBefore(w, j))
			}
		})
	}
	f("not asked for", false, false, true)
	f("maybe under way", true, false, false)
	f("interrupted", false, true, false)
}
