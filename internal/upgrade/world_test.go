package upgrade

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"drain/internal/scale"
)

const (
	downAfter = 12 * time.Second // how long the world's dynos take to go down
	moveTime  = time.Minute      // how long its Heroku takes to change a plan
)

// world is a Heroku with one app. Its calls can be cut off before or after they do something.
type world struct {
	t           *testing.T
	maintenance bool
	formation   map[string]int
	downAt      time.Time // when the dynos that were stopped are down
	dying       map[string]int
	endAt       time.Time // when they have ended, though no list has them
	redis       Redis
	asked       string // the plan that is asked for
	askedAt     time.Time
	doneAt      time.Time // when that change is done
	nameLate    bool      // the plan has its new name only then

	calls int
	cut   func(call int, after bool) error // what goes wrong; nil is nothing
	blind bool                             // Ready fails
}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, formation: map[string]int{"web": 4, "worker": 1, "clock": 0}, dying: map[string]int{},
		redis: Redis{Name: "redis-rugged-24473", Plan: "heroku-redis:premium-0", Attachments: []string{"REDIS"}},
	}
}

// call does f as one call of the API.
func (w *world) call(ctx context.Context, f func()) error {
	w.calls++
	if ctx.Err() != nil {
		return &scale.PlatformError{Failure: scale.Temporary, Err: ctx.Err()}
	}
	if w.cut != nil {
		if err := w.cut(w.calls, false); err != nil {
			return err
		}
	}
	f()
	if w.cut != nil {
		return w.cut(w.calls, true)
	}
	return nil
}

func (w *world) Maintenance(ctx context.Context, _ string) (on bool, err error) {
	err = w.call(ctx, func() { on = w.maintenance })
	return on, err
}

func (w *world) SetMaintenance(ctx context.Context, _ string, on bool) error {
	return w.call(ctx, func() { w.maintenance = on })
}

func (w *world) Formation(ctx context.Context, _ string) (f map[string]int, err error) {
	err = w.call(ctx, func() { f = maps.Clone(w.formation) })
	return f, err
}

func (w *world) SetFormation(ctx context.Context, _ string, quantities map[string]int) error {
	return w.call(ctx, func() {
		for process, n := range quantities {
			if w.formation[process] > n {
				w.dying[process], w.downAt = w.formation[process]-n, time.Now().Add(downAfter)
				w.endAt = w.downAt.Add(30 * time.Second)
			}
			w.formation[process] = n
		}
	})
}

func (w *world) Running(ctx context.Context, _ string) (running map[string]int, err error) {
	err = w.call(ctx, func() { running = w.running() })
	return running, err
}

func (w *world) running() map[string]int {
	running := map[string]int{}
	for process, n := range w.formation {
		if n > 0 {
			running[process] = n
		}
	}
	if time.Now().Before(w.downAt) {
		for process, n := range w.dying {
			running[process] += n
		}
	}
	return running
}

func (w *world) Redis(ctx context.Context, _, name string) (r Redis, err error) {
	if name != w.redis.Name && name != w.redis.Attachments[0] {
		return r, &scale.PlatformError{Failure: scale.NotFound, Err: errors.New("no such add-on")}
	}
	err = w.call(ctx, func() {
		if w.asked != "" && (!w.nameLate || !time.Now().Before(w.doneAt)) {
			w.redis.Plan = w.asked
		}
		r = w.redis
	})
	return r, err
}

func (w *world) Plans(ctx context.Context) (plans []string, err error) {
	err = w.call(ctx, func() {
		plans = []string{"heroku-redis:premium-10", "heroku-redis:premium-2", "heroku-redis:premium-0"}
	})
	return plans, err
}

// ChangePlan fails the test where data could be lost. It refuses what was asked for before.
func (w *world) ChangePlan(ctx context.Context, _, _, plan string) (err error) {
	cut := w.call(ctx, func() {
		if running := w.running(); !w.maintenance || running["web"] > 0 || time.Now().Before(w.endAt) {
			w.t.Errorf("the plan is changed with %s, maintenance mode %v", list(running), w.maintenance)
		}
		if w.asked == plan {
			err = &scale.PlatformError{Failure: scale.Invalid, Err: errors.New("a change is under way")}
			return
		}
		w.asked, w.askedAt, w.doneAt = plan, time.Now(), time.Now().Add(moveTime)
	})
	if cut != nil {
		return cut
	}
	return err
}

// Ready also says yes for a moment after the change was asked for, of the old instance.
func (w *world) Ready(ctx context.Context, _ string) (ready bool, err error) {
	err = w.call(ctx, func() { ready = time.Since(w.askedAt) < 3*time.Second || !time.Now().Before(w.doneAt) })
	if w.blind {
		err = &scale.PlatformError{Failure: scale.Invalid, Err: errors.New("gone")}
	}
	return ready, err
}

// memory is a Journal that can be cut off too.
type memory struct {
	world *world
	entry *Entry
}

func (m *memory) Load(context.Context, string) (Entry, error) {
	if m.entry == nil {
		return Entry{}, ErrNoEntry
	}
	return *m.entry, nil
}

func (m *memory) Save(ctx context.Context, e Entry) error {
	return m.world.call(ctx, func() { m.entry = &e })
}

func (m *memory) Remove(ctx context.Context, _ string) error {
	return m.world.call(ctx, func() { m.entry = nil })
}

func (w *world) upgrade(j Journal, change ...func(*Options)) *Upgrade {
	o := Options{
		Platform: w, Journal: j, App: "enketo", Addon: "REDIS", Plan: "premium-2",
		Tell:  func(Step, string) {},
		Ask:   func(context.Context, string) (bool, error) { return true, nil },
		Limit: func(string) (int, bool) { return 198, true },
	}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}
