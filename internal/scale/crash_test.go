package scale

import (
	"context"
	"testing"
	"time"
)

// mortal ends the process at its nth point: from then on nothing it calls has an effect. The points are
// before and after each call of the platform and each writing of the ledger.
type mortal struct {
	*world
	at    int // 0: never
	point int
	dead  bool
}

// call does f unless the process dies before it, and says so if it dies after.
func (m *mortal) call(f func() error) error {
	if m.step() {
		return errDown
	}
	err := f()
	if m.step() {
		return errDown
	}
	return err
}

// step passes a point and says whether the process is dead by then.
func (m *mortal) step() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.point++
	m.dead = m.dead || m.point == m.at
	return m.dead
}

// dieIn ends the process n points from now.
func (m *mortal) dieIn(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.point + n
}

// revive makes the process one that isn't dead, nor about to be.
func (m *mortal) revive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead, m.at = false, 0
}

func (m *mortal) Formation(ctx context.Context, app string) (f map[string]int, err error) {
	err = m.call(func() error { f, err = m.world.Formation(ctx, app); return err })
	return f, err
}

func (m *mortal) Scale(ctx context.Context, app, process string, quantity int) (n int, err error) {
	err = m.call(func() error { n, err = m.world.Scale(ctx, app, process, quantity); return err })
	return n, err
}

func (m *mortal) Starting(ctx context.Context, app, process string) (n int, err error) {
	err = m.call(func() error { n, err = m.world.Starting(ctx, app, process); return err })
	return n, err
}

func (m *mortal) RestartDyno(ctx context.Context, app, dyno string) error {
	return m.call(func() error { return m.world.RestartDyno(ctx, app, dyno) })
}

func (m *mortal) Releasing(ctx context.Context, app string) (on bool, err error) {
	err = m.call(func() error { on, err = m.world.Releasing(ctx, app); return err })
	return on, err
}

func (m *mortal) SharedAddons(ctx context.Context, app string) (names []string, err error) {
	err = m.call(func() error { names, err = m.world.SharedAddons(ctx, app); return err })
	return names, err
}

func (m *mortal) Autoscaling(ctx context.Context, app, process string) (a Autoscaling, err error) {
	err = m.call(func() error { a, err = m.world.Autoscaling(ctx, app, process); return err })
	return a, err
}

// mortalShelf dies with the process.
type mortalShelf struct {
	Shelf
	m *mortal
}

func (s mortalShelf) Put(ctx context.Context, key string, value []byte) error {
	return s.m.call(func() error { return s.Shelf.Put(ctx, key, value) })
}

func (s mortalShelf) Delete(ctx context.Context, key string) error {
	return s.m.call(func() error { return s.Shelf.Delete(ctx, key) })
}

// Whenever the process dies around a restart, the next one sees to it that the heavy dyno is restarted
// once, and no other.
func TestACrashAnywhereRestartsOnce(t *testing.T) {
	points := 0
	for at := 0; at <= points; at++ {
		inWorld(t, func(t *testing.T, w *world) {
			m := &mortal{world: w, at: at}
			w.options.Policies[0] = restartWeb(Automatic)
			w.options.Platform = m
			w.options.Actions, w.options.Formations = mortalShelf{w.options.Actions, m}, mortalShelf{w.options.Formations, m}
			w.memory = map[string]float64{"web.1": 0.4, "web.2": 0.99}
			w.onRestart = func(dyno string) error { // the old one's figures still come for a while
				time.AfterFunc(7*time.Minute, func() {
					w.mu.Lock()
					defer w.mu.Unlock()
					w.memory[dyno] = 0.3
				})
				return nil
			}
			stop := w.start()
			w.pass(10 * time.Minute)
			began := time.Now()
			w.fire()
			var restarted time.Time
			for range 60 {
				if m.dead {
					stop()
					m.dead, m.at = false, 0
					stop = w.start()
					w.scaler.Request(Request{App: "enketo", Rule: rule, Firing: true, At: began})
				}
				w.pass(time.Minute)
				if restarted.IsZero() && len(w.restarts()) > 0 {
					restarted = time.Now()
				}
			}
			stop()
			if at == 0 {
				points = m.point
			}
			if got := w.restarts(); len(got) != 1 || got[0] != "web.2" || w.dynos() != 4 {
				t.Errorf("dead at point %d: restarted %q, web is at %d", at, got, w.dynos())
			}
			// One that was about to happen when the process died waits for the cooldown, as if it had.
			if wait := restarted.Sub(began); wait > 20*time.Minute {
				t.Errorf("dead at point %d: restarted after %s", at, wait)
			}
		})
	}
	if points < 15 {
		t.Errorf("only %d points", points)
	}
}

// Whenever the process dies during shed and restore, the next one ends with the app as it was before
// the incident, having taken none of its dynos but for the incident.
func TestACrashAnywhereEndsAsTheOwnerWanted(t *testing.T) {
	points := 0
	for at := 0; at <= points; at++ {
		inWorld(t, func(t *testing.T, w *world) {
			m := &mortal{world: w, at: at}
			w.options.Policies[0].Restore, w.options.Policies[0].PerHour = RestoreAutomatic, 9
			w.options.Platform = m
			w.options.Actions, w.options.Formations = mortalShelf{w.options.Actions, m}, mortalShelf{w.options.Formations, m}
			stop := w.start()
			w.pass(10 * time.Minute)
			fires, began := true, time.Now()
			w.fire()
			for range 4 * 60 { // the life of the app, with a new process a minute after each death
				if m.dead {
					stop()
					m.dead, m.at = false, 0
					stop = w.start()
					if fires {
						w.scaler.Request(Request{App: "enketo", Rule: rule, Firing: true, At: began})
					}
				}
				w.pass(time.Minute)
				if n := w.dynos(); n > 4 || n < 1 {
					t.Fatalf("dead at point %d: web is at %d", at, n)
				}
				if w.dynos() == 1 && fires && time.Since(began) > 30*time.Minute {
					fires = false
					w.resolve()
					w.upgraded(4)
				}
			}
			if at == 0 {
				points = m.point
			}
			if n := w.dynos(); n != 4 || fires {
				t.Errorf("dead at point %d: web is at %d in the end, shed: %t", at, n, !fires)
			}
			stop()
		})
	}
	if points < 50 {
		t.Errorf("only %d points", points)
	}
}
