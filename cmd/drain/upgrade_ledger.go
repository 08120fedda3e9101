package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/scale/heroku"
	"drain/internal/upgrade"
	"drain/internal/wait"
)

// What an upgrade keeps, and shares with the drains that have the same REDIS_URL.

// openJournal opens -journal, else on Heroku the Redis ledger, else a file in the state directory.
func openJournal(asked upgradeAsked, env config.Env, sys system) (upgrade.Journal, func(), error) {
	nothing := func() {}
	if asked.journal != "" {
		return upgrade.File(asked.journal), nothing, nil
	}
	if env.Dyno == "" {
		dir := sys.getenv("XDG_STATE_HOME")
		if dir == "" {
			home := sys.getenv("HOME")
			if home == "" {
				return nil, nil, errors.New("neither XDG_STATE_HOME nor HOME is set: name the journal with -journal FILE")
			}
			dir = filepath.Join(home, ".local", "state")
		}
		return upgrade.File(filepath.Join(dir, "drain", "upgrade-"+asked.app+".json")), nothing, nil
	}
	if env.RedisURL == "" {
		return nil, nil, errors.New("on a dyno files are lost when it stops, and REDIS_URL is not set: run this where a file lasts, or add a Redis")
	}
	// A Heroku Redis has a certificate of its own making (Dev Center, "Connecting to Heroku Key-Value Store").
	led, err := ledger.OpenRedis(env.RedisURL.Reveal(), true, time.Now)
	if err != nil {
		return nil, nil, err
	}
	return upgrade.Ledger{Shelf: led.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}, func() { led.Close() }, nil
}

// sharedUpgrades is what the drains with the same REDIS_URL know of upgrades; nil without one, or where the
// journal is there.
func sharedUpgrades(asked upgradeAsked, env config.Env) (shared *upgrade.Ledger, done func(), err error) {
	if env.RedisURL == "" || asked.journal == "" && env.Dyno != "" {
		return nil, func() {}, nil
	}
	led, err := ledger.OpenRedis(env.RedisURL.Reveal(), env.Dyno != "", time.Now)
	if err != nil {
		return nil, nil, err
	}
	return &upgrade.Ledger{Shelf: led.Shelf(ledger.Upgrades), NotFound: ledger.ErrNotFound}, func() { led.Close() }, nil
}

// handed is the Journal of who goes on with an upgrade. Where it has none of the app, as on another machine
// than it was begun on, what the drain was told takes its place.
type handed struct {
	upgrade.Journal
	told func(ctx context.Context, app string) (upgrade.Entry, error)
	ask  func(ctx context.Context, question string) (bool, error)
}

// Load implements upgrade.Journal.
func (h handed) Load(ctx context.Context, app string) (upgrade.Entry, error) {
	e, err := h.Journal.Load(ctx, app)
	if !errors.Is(err, upgrade.ErrNoEntry) {
		return e, err
	}
	if e, err = h.told(ctx, app); err != nil {
		return e, err
	}
	yes, err := h.ask(ctx, fmt.Sprintf("The drain knows of an upgrade of %s to %s, begun elsewhere at %s and cut off at step %s. Go by that?",
		e.Addon, e.To, e.Started.UTC().Format(time.RFC3339), e.Step))
	if err == nil && !yes {
		err = errors.New("nothing was changed")
	}
	return e, err
}

// upgradeLease is how long after an upgrade died nobody else has the right to act on the app. A drain that
// knows of the upgrade holds back for longer.
const upgradeLease = 30 * time.Second

// alone keeps every drain with the same REDIS_URL from acting on the app until release is called. A
// lease that is lost later doesn't end the upgrade: stopping halfway would leave the app down. It is taken
// again as soon as it can be, since by it a drain knows that the upgrade lives.
func alone(ctx context.Context, app string, env config.Env) (release func(), err error) {
	if env.RedisURL == "" {
		return func() {}, nil
	}
	led, err := ledger.OpenRedis(env.RedisURL.Reveal(), env.Dyno != "", time.Now)
	if err != nil {
		return nil, err
	}
	letGo, err := keepHold(ctx, led, ledger.ActingOn(app), upgradeLease)
	if err != nil {
		_ = led.Close()
		if errors.Is(err, ledger.ErrHeld) {
			return nil, fmt.Errorf("a drain, or another upgrade, is acting on %s now; try again in a minute: %w", app, err)
		}
		return nil, fmt.Errorf("REDIS_URL can't tell whether a drain is acting on %s: %w", app, err)
	}
	return func() {
		letGo()
		_ = led.Close()
	}, nil
}

// keepHold takes a lease, and takes it again whenever it is lost, until release is called.
func keepHold(ctx context.Context, led *ledger.Ledger, name string, lasts time.Duration) (release func(), err error) {
	owner := "upgrade-" + rand.Text()
	ctx, end := context.WithCancel(context.WithoutCancel(ctx)) // what was begun goes on, or is brought to an end
	held, letGo, err := led.Hold(ctx, name, owner, lasts)
	if err != nil {
		end()
		return nil, err
	}
	var holding sync.WaitGroup
	holding.Go(func() {
		for {
			select {
			case <-ctx.Done():
			case <-held.Done():
			}
			letGo() // before it is held anew, since this takes back whatever has this owner
			for {
				var err error
				if held, letGo, err = led.Hold(ctx, name, owner, lasts); err == nil {
					break
				}
				if wait.For(ctx, lasts/10) != nil {
					return
				}
			}
		}
	})
	return func() { end(); holding.Wait() }, nil
}

// ownRedis says what is to be known where the add-on that is upgraded may be the Redis of REDIS_URL: what is
// there while it moves can be lost, and afterwards it has another address. An error says what to do instead.
func ownRedis(ctx context.Context, api *heroku.Client, asked upgradeAsked, env config.Env, addon string) (note string, err error) {
	if env.RedisURL == "" {
		return "", nil
	}
	var other []string
	if asked.journal == "" && env.Dyno != "" {
		other = append(other, "-journal FILE on a machine where files last")
	}
	if asked.daemon == "" {
		other = append(other, "-daemon URL, so that the drain that has its ledger there hears of the upgrade (without REDIS_URL, if there is none)")
	}
	instead := "run this with " + strings.Join(other, " and ")
	own, err := api.IsRedisAt(ctx, asked.app, addon, env.RedisURL.Reveal())
	switch {
	case err == nil && !own:
		return "", nil
	case len(other) == 0:
		return "where REDIS_URL is " + addon + " itself, only the drain at -daemon hears of the upgrade", nil
	case err != nil:
		return fmt.Sprintf("whether REDIS_URL is %s itself can't be found out (%v). If it is, don't begin, but %s", addon, err, instead), nil
	}
	return "", fmt.Errorf("REDIS_URL is %s itself: what is there while it moves can be lost, and then its address is another; %s", addon, instead)
}
