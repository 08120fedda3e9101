package main

import (
	"context"
	"sync"
	"time"

	"drain/internal/upgrade"
	"drain/internal/wait"
)

// heartbeat is how often a daemon hears of an upgrade that goes on. When it hears nothing for some minutes
// it tells people.
const heartbeat = 30 * time.Second

// tellMost is how long a daemon that doesn't answer keeps the upgrade waiting, with the app down.
const tellMost = 5 * time.Second

// herald tells a daemon of an upgrade's steps, and again and again that it lives.
type herald struct {
	tell func(ctx context.Context, e upgrade.Entry) error

	mu   sync.Mutex    // held while it tells, so that no older step comes after a newer one
	last upgrade.Entry // its App is empty before the first step was told
}

func (h *herald) announce(ctx context.Context, e upgrade.Entry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, tellMost)
	defer cancel()
	err := h.tell(ctx, e)
	if err == nil || h.last.App != "" {
		h.last = e
	}
	return err
}

func (h *herald) again(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last.App == "" || h.last.Step == upgrade.StepDone {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tellMost)
	defer cancel()
	_ = h.tell(ctx, h.last) // the next one may get through
}

// run goes on telling until ctx ends.
func (h *herald) run(ctx context.Context, every time.Duration) {
	for wait.For(ctx, every) == nil {
		h.again(ctx)
	}
}
