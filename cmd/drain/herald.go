package main

import (
	"context"
	"encoding/json"
	"errors"
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
	tell  func(ctx context.Context, e upgrade.Entry) error
	begun bool // it goes on, whatever is answered to the next step

	mu   sync.Mutex    // held while it tells, so that no older step comes after a newer one
	last upgrade.Entry // its App is empty before the first step was told
}

func (h *herald) announce(ctx context.Context, e upgrade.Entry) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, tellMost)
	defer cancel()
	err := h.tell(ctx, e)
	if err == nil || h.begun {
		h.last, h.begun = e, true
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

// askAgain is the pause before the next try to reach the one process that must hear of an upgrade, of
// several that are chosen from at random.
const askAgain = 100 * time.Millisecond

// announce tells the daemon of the upgrade.
func (c *client) announce(ctx context.Context, e upgrade.Entry) error {
	return c.oneThatActs(ctx, "PUT", e.App, e, nil)
}

// upgradeOf asks the daemon for an upgrade of the app that was cut off.
func (c *client) upgradeOf(ctx context.Context, app string) (e upgrade.Entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, tellMost)
	defer cancel()
	var text json.RawMessage
	if err = c.oneThatActs(ctx, "GET", app, nil, &text); err != nil {
		return e, err
	}
	return upgrade.Decode(text, "of the drain", app)
}

// oneThatActs asks about an app's upgrade until ctx ends, if it reaches only processes that send it on.
func (c *client) oneThatActs(ctx context.Context, method, app string, in, out any) error {
	var elsewhere *misdirectedError
	for {
		err := c.do(ctx, method, "/api/v1/upgrades/"+app, in, out)
		switch wrong, ok := errors.AsType[*misdirectedError](err); {
		case ok:
			elsewhere = wrong
		case elsewhere != nil && ctx.Err() != nil:
			return elsewhere // which tells more
		default:
			return err
		}
		c.http.CloseIdleConnections() // a balancer may choose for a connection
		if wait.For(ctx, askAgain) != nil {
			return elsewhere
		}
	}
}
