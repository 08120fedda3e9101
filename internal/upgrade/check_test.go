package upgrade

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/ledger"
	"drain/internal/scale"
)

// What is wrong is said before anything is touched.
func TestCheck(t *testing.T) {
	f := func(name string, set func(*world), change func(*Options), wants ...string) {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			set(w)
			_, notes, err := w.upgrade(&memory{world: w}, change).Check(t.Context())
			said := strings.Join(notes, "\n")
			if err != nil {
				said = "refused: " + err.Error()
			}
			for _, want := range wants {
				if !strings.Contains(said, want) {
					t.Errorf("want %q in %q", want, said)
				}
			}
			if diff := cmp.Diff(before, w.formation); diff != "" || w.maintenance || w.asked != "" {
				t.Errorf("something was touched: %s", diff)
			}
		})
	}
	sizes := func(plan string) (int, bool) {
		n, known := map[string]int{"heroku-redis:premium-0": 38, "heroku-redis:premium-2": 198, "heroku-redis:premium-10": 39998}[plan]
		return n, known
	}
	none := func(*world) {}
	same := func(*Options) {}
	f("fine", none, same, "allows 198 connections")
	f("no such add-on", none, func(o *Options) { o.Addon = "CACHE" }, "refused: no such add-on")
	f("the same plan", none, func(o *Options) { o.Plan = "premium-0" }, "refused: redis-rugged-24473 is on heroku-redis:premium-0 already")
	f("no such plan", none, func(o *Options) { o.Plan, o.Limit = "premium-99", sizes }, "refused: there is no plan heroku-redis:premium-99; there are heroku-redis:premium-0, heroku-redis:premium-2, heroku-redis:premium-10")
	f("and nobody knows how large any is", none, func(o *Options) { o.Plan, o.Limit = "premium-99", nil }, "there are heroku-redis:premium-0, heroku-redis:premium-10, heroku-redis:premium-2")
	f("no such type", none, func(o *Options) { o.Keep = []string{"wroker"} }, "refused: -keep wroker", "clock 0, web 4, worker 1")
	f("kept", none, func(o *Options) { o.Keep = []string{"web"} }, "web goes on running")
	f("shared", func(w *world) { w.redis.Shared = true }, same, "another app uses redis-rugged-24473 too")
	f("a plan nobody knows", none, func(o *Options) { o.Limit = func(string) (int, bool) { return 0, false } }, "isn't known")
	f("too small", none, func(o *Options) {
		o.Connections = func(context.Context, string) (int, time.Time, bool) { return 250, time.Now(), true }
	}, "250 were in use", "doesn't fit")
	f("may not", func(w *world) {
		w.cut = func(n int, after bool) error {
			if n == 5 && !after {
				return &scale.PlatformError{Failure: scale.Unauthorized, Err: errors.New("403")}
			}
			return nil
		}
	}, same, "refused: the key must be allowed to change the app: 403")

	w := newWorld(t)
	j := &memory{world: w, entry: &Entry{App: "enketo", Step: StepWait}}
	if _, _, err := w.upgrade(j).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "-resume") {
		t.Errorf("with one under way: %v", err)
	}
	if err := w.upgrade(j).Run(t.Context(), Entry{App: "enketo"}); err == nil || !strings.Contains(err.Error(), "-abort") {
		t.Errorf("Run with one under way: %v", err)
	}
}

func TestShow(t *testing.T) {
	e := Entry{App: "enketo", Addon: "redis-a-1", From: "heroku-redis:premium-0", To: "heroku-redis:premium-2", Formation: before, Keep: []string{"worker"}}
	want := []string{"maintenance mode on", "web 4 → 0, until the dynos are down", "redis-a-1: heroku-redis:premium-0 → heroku-redis:premium-2, until Heroku is done (at most 30m0s)", "back to web 4", "maintenance mode off"}
	if diff := cmp.Diff(want, e.Show()); diff != "" {
		t.Error(diff)
	}
}

// What doesn't end is given up: as long as the plan isn't changed the app comes back up, later with the way
// back open.
func TestGivesUp(t *testing.T) {
	f := func(name string, never func(*world), step Step, within time.Duration) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				j := &memory{world: w}
				u := w.upgrade(j)
				e, _, err := u.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				u.Tell = func(s Step, _ string) {
					if s == step {
						never(w)
					}
				}
				began := time.Now()
				err = u.Run(t.Context(), e)
				left, ok := errors.AsType[*LeftError](err)
				if took := time.Since(began); err == nil || ok != (step == StepWait) || ok && left.Entry.Step != step || took < within || took > within+2*time.Minute {
					t.Fatalf("%v after %v", err, took)
				}
				if ok {
					if err := u.Abort(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if diff := asBefore(w, j); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	f("a dyno that won't go", func(w *world) { w.downAt = time.Now().Add(time.Hour) }, StepDrain, downWait)
	f("a change that isn't done", func(w *world) { w.doneAt = time.Now().Add(time.Hour) }, StepWait, changeWait)
}

// While the data may be moving, Abort asks before it starts the app.
func TestAbortAsks(t *testing.T) {
	w := newWorld(t)
	e := Entry{App: "enketo", Addon: w.redis.Name, To: "heroku-redis:premium-2", Formation: before, Step: StepWait}
	w.formation, w.maintenance = map[string]int{"web": 0, "worker": 0, "clock": 0}, true
	asked := ""
	u := w.upgrade(&memory{world: w, entry: &e}, func(o *Options) {
		o.Ask = func(_ context.Context, q string) (bool, error) { asked = q; return false, nil }
	})
	if err := u.Abort(t.Context()); err == nil || !strings.Contains(asked, "may be under way") || w.formation["web"] != 0 {
		t.Errorf("%v, asked %q, %v", err, asked, w.formation)
	}
}

func TestJournals(t *testing.T) {
	led := ledger.NewMemory(time.Now)
	defer led.Close()
	file := File(filepath.Join(t.TempDir(), "state", "drain", "upgrade-enketo.json"))
	for name, j := range map[string]Journal{"file": file, "ledger": Ledger{led.Shelf(ledger.Actions), ledger.ErrNotFound}} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, err := j.Load(ctx, "enketo"); !errors.Is(err, ErrNoEntry) {
				t.Errorf("an empty one gives %v", err)
			}
			want := Entry{App: "enketo", Addon: "redis-a-1", From: "a", To: "b", Keep: []string{"w"}, Maintenance: true, Formation: before, Started: time.Now().UTC().Round(0), Step: StepStop}
			for range 2 {
				if err := j.Save(ctx, want); err != nil {
					t.Fatal(err)
				}
			}
			got, err := j.Load(ctx, "enketo")
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
			for range 2 {
				if err := j.Remove(ctx, "enketo"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := j.Load(ctx, "enketo"); !errors.Is(err, ErrNoEntry) {
				t.Errorf("a removed one gives %v", err)
			}
		})
	}
	if err := file.Save(t.Context(), Entry{App: "enketo", Step: StepWait}); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Load(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), `of "enketo", not of "other"`) {
		t.Errorf("another app's gives %v", err)
	}
	for text, want := range map[string]string{`{`: "JSON of an upgrade is expected", `{"app":"enketo","step":"dance"}`: `step "dance" isn't known`} {
		if _, err := Decode([]byte(text), "x.json", "enketo"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", text, err)
		}
	}
}
