package daemon

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAlarmRingsInOrderAndOnlyWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		type ring struct {
			Name string
			At   time.Duration
		}
		var rung []ring
		var a *alarm
		a = newAlarm(time.Now, func(one *app, now time.Time) {
			rung = append(rung, ring{one.name, now.Sub(began)})
			a.set(one, time.Time{})
		})
		x, y, z := &app{name: "x", place: -1}, &app{name: "y", place: -1}, &app{name: "z", place: -1}
		a.set(x, began.Add(3*time.Hour)) // further off than the alarm sleeps at once
		a.set(y, began.Add(2*time.Second))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { a.run(ctx); close(done) }()

		time.Sleep(time.Second)
		a.set(z, began.Add(1500*time.Millisecond)) // earlier than what it waits for
		a.set(y, began.Add(4*time.Second))         // later than it was
		time.Sleep(4 * time.Hour)
		cancel()
		<-done
		want := []ring{{"z", 1500 * time.Millisecond}, {"y", 4 * time.Second}, {"x", 3 * time.Hour}}
		if diff := cmp.Diff(want, rung); diff != "" {
			t.Error(diff)
		}
	})
}
