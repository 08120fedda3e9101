package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/upgrade"
)

// The daemon hears of an upgrade from the first step that it took to the last, and no longer; one that
// hangs doesn't keep it waiting.
func TestHerald(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []upgrade.Step
		var refuses, hangs atomic.Bool
		refuses.Store(true)
		h := &herald{tell: func(ctx context.Context, e upgrade.Entry) error {
			if hangs.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			told = append(told, e.Step)
			if refuses.Load() {
				return errors.New("drain is acting")
			}
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); h.run(ctx, heartbeat) }()
		say := func(step upgrade.Step) error {
			err := h.announce(ctx, upgrade.Entry{App: "enketo", Step: step})
			time.Sleep(70 * time.Second)
			synctest.Wait()
			return err
		}
		if say(upgrade.StepClose) == nil {
			t.Error("a refusal is swallowed")
		}
		refuses.Store(false)
		if err := say(upgrade.StepStop); err != nil {
			t.Error(err)
		}
		hangs.Store(true)
		began := time.Now()
		if h.announce(ctx, upgrade.Entry{App: "enketo", Step: upgrade.StepWait}) == nil || time.Since(began) > 6*time.Second {
			t.Errorf("it waited %v", time.Since(began))
		}
		synctest.Wait()
		hangs.Store(false)
		time.Sleep(heartbeat)
		synctest.Wait()
		if err := say(upgrade.StepDone); err != nil {
			t.Error(err)
		}
		stop()
		<-ended
		want := []upgrade.Step{upgrade.StepClose, upgrade.StepStop, upgrade.StepStop, upgrade.StepStop, upgrade.StepWait, upgrade.StepDone}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	})
}
