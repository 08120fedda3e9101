package scale

import (
	"context"
	"errors"
	"testing"
	"time"

	"drain/internal/ledger"
)

// leased gives w a Scaler that shares its leases with others, and returns what they take them by.
func leased(w *world) func(owner string) (release func()) {
	shared := ledger.NewMemory(time.Now)
	w.options.Hold = func(ctx context.Context, app string) (context.Context, func(), error) {
		w.called("hold")
		held, release, err := shared.Hold(ctx, app, "ours", 30*time.Second)
		if err != nil {
			return nil, nil, err
		}
		return held, func() { w.called("release"); release() }, nil
	}
	return func(owner string) func() {
		_, release, err := shared.Hold(w.t.Context(), "enketo", owner, 30*time.Second)
		if err != nil {
			w.t.Fatal(err)
		}
		return release
	}
}

// While another process acts nothing is done here, and what it did is seen before anything is.
func TestAnotherProcessActs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		release := leased(w)("theirs")
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.pass(10 * time.Minute)
		w.want("hold other_process")
		if n := w.scaleCalls(); n != 0 {
			t.Errorf("%d actions", n)
		}
		release()
		w.pass(2 * time.Minute)
		w.want("hold other_process", "act 4>1", "done 4>1", "worked 4>1")
	})
}

// The lease is taken before the last look, and given back after the platform was told.
func TestLeaseLastsForTheAction(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		take := leased(w)
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		want := "formation starting releasing shared autoscaling hold formation scale formation release"
		got := ""
		for _, c := range w.calls {
			got += c + " "
		}
		if got != want+" " {
			t.Errorf("calls: %s\nwant:  %s", got, want)
		}
		take("theirs")()
	})
}

// The lease is another's in the middle: the platform is told nothing.
func TestLostLease(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Hold = func(ctx context.Context, _ string) (context.Context, func(), error) {
			held, cancel := context.WithCancelCause(ctx)
			cancel(ledger.ErrLost)
			return held, func() {}, nil
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold ledger")
		if n := w.scaleCalls(); n != 0 {
			t.Errorf("%d actions", n)
		}
	})
}

func TestLeaseThatCantBeAskedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Hold = func(context.Context, string) (context.Context, func(), error) {
			return nil, nil, errors.New("no connection")
		}
		defer w.start()()
		w.pass(10 * time.Minute)
		w.fire()
		w.want("hold other_process")
	})
}
