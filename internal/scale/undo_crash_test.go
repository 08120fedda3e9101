package scale

import (
	"context"
	"testing"
	"time"
)

// Whenever the process dies while what had no effect is put back, the app has what it had before the
// incident, or what was left of it, and in the end what it had before.
func TestACrashAnywhereInAnUndo(t *testing.T) {
	points, done := 0, 0
	for at := 0; at <= points; at++ {
		inWorld(t, func(t *testing.T, w *world) {
			m := &mortal{world: w}
			p := &w.options.Policies[0]
			p.Restore, p.PerHour, w.perDyno = RestoreAutomatic, 9, 40
			w.options.Platform = m
			w.options.Actions, w.options.Formations = mortalShelf{w.options.Actions, m}, mortalShelf{w.options.Formations, m}
			stop := w.start()
			w.pass(10 * time.Minute)
			began := time.Now()
			w.fire()
			w.pass(6 * time.Minute)
			m.point, m.at = 0, at
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, _ = w.scaler.Approve(ctx, w.asked().ID, "jo") // it may die of it
			cancel()
			if at == 0 {
				points = m.point
			}
			if m.dead {
				stop()
				m.revive()
				stop = w.start()
				w.scaler.Request(Request{App: "enketo", Rule: rule, Firing: true, At: began})
			}
			w.pass(30 * time.Minute)
			switch n := w.dynos(); n {
			case 4:
				done++
			case 1: // the policy stays stopped, and what it took is owed
			default:
				t.Errorf("dead at point %d: web is at %d", at, n)
			}
			w.perDyno, w.limit, w.fits = 1, 998, 9
			w.resolve()
			w.pass(6 * time.Hour)
			if n := w.dynos(); n != 4 {
				t.Errorf("dead at point %d: web is at %d in the end", at, n)
			}
			stop()
		})
	}
	if points < 15 || done < points/4 || done > points {
		t.Errorf("%d points, put back after %d", points, done)
	}
}
