package upgrade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"drain/internal/scale"
	"drain/internal/wait"
)

const (
	downWait   = 10 * time.Minute
	grace      = 35 * time.Second // a dyno gets 30 s from SIGTERM to SIGKILL (Dev Center, "Dynos and the Dyno Manager"); no list has it then
	closeWait  = 3 * time.Minute  // an add-on says once a minute how many connections it has
	changeWait = 30 * time.Minute // a change of plan takes minutes
	firstPoll  = time.Second / 2
	poll       = 15 * time.Second // between later ones; one costs about six of the account's 75 calls a minute
	settled    = 10 * time.Second // right after it was asked for, the old instance is ready too
	unanswered = 3                // times in a row, before a person is asked
)

// pause returns how long to wait before the next look, given the time since the first.
func pause(since time.Duration) time.Duration { return min(max(since/2, firstPoll), poll) }

// at is a time of Heroku's at the pace it runs.
func (u *Upgrade) at(d time.Duration) time.Duration { return d / time.Duration(max(1, u.Pace)) }

// close also looks at the mode, since it may have been changed since Check, while a person thought. On
// resuming it may be ours.
func (u *Upgrade) close(ctx context.Context, e *Entry) error {
	if !u.resumed {
		was := e.Maintenance
		err := u.try(ctx, e.Step, func(ctx context.Context) (err error) {
			e.Maintenance, err = u.Platform.Maintenance(ctx, e.App)
			return err
		})
		if err == nil && e.Maintenance != was {
			err = u.note(ctx, *e)
		}
		if err != nil {
			return err
		}
	}
	u.Tell(e.Step, "maintenance mode on")
	return u.try(ctx, e.Step, func(ctx context.Context) error { return u.Platform.SetMaintenance(ctx, e.App, true) })
}

// stop also looks at the formation, as close does at the mode: what is brought back is what there was.
func (u *Upgrade) stop(ctx context.Context, e *Entry) error {
	if !u.resumed {
		now, err := u.formation(ctx, e.Step)
		if err != nil {
			return err
		}
		if !maps.Equal(now, e.Formation) {
			e.Formation = now
			if err := u.note(ctx, *e); err != nil {
				return err
			}
			if err := u.announce(ctx, *e); err != nil {
				u.Tell(e.Step, "the drain couldn't be told: "+err.Error())
			}
		}
	}
	none := map[string]int{}
	for process := range e.stopped() {
		none[process] = 0
	}
	if len(none) == 0 {
		u.Tell(e.Step, "no dynos to stop")
		return nil
	}
	u.Tell(e.Step, fmt.Sprintf("%s → %s", list(e.stopped()), list(none)))
	return u.try(ctx, e.Step, func(ctx context.Context) error { return u.Platform.SetFormation(ctx, e.App, none) })
}

// drain waits until the dynos are down and, where somebody says it, their connections closed.
func (u *Upgrade) drain(ctx context.Context, e *Entry) error {
	began := time.Now()
	stopped := e.stopped()
	for {
		left, others, err := u.running(ctx, e)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			if len(others) > 0 {
				u.Tell(e.Step, "still running, and writing for all one knows: "+list(others))
			}
			if len(stopped) > 0 {
				u.Tell(e.Step, fmt.Sprintf("no dyno is listed any more; %v for those that still end", u.at(grace)))
				if err := wait.For(ctx, u.at(grace)); err != nil {
					return err
				}
			}
			return u.closed(ctx, e)
		}
		if time.Since(began) > downWait {
			return &unchangedError{fmt.Errorf("%s still running after %v", list(left), downWait)}
		}
		u.Tell(e.Step, "going down: "+list(left))
		if err := wait.For(ctx, pause(time.Since(began))); err != nil {
			return err
		}
	}
}

// running are the dynos there are: of what is stopped, and of other types.
func (u *Upgrade) running(ctx context.Context, e *Entry) (left, others map[string]int, err error) {
	var running map[string]int
	err = u.try(ctx, e.Step, func(ctx context.Context) (err error) {
		running, err = u.Platform.Running(ctx, e.App)
		return err
	})
	stopped := e.stopped()
	left, others = map[string]int{}, map[string]int{}
	for process, n := range running {
		if _, mine := stopped[process]; mine {
			left[process] = n
		} else {
			others[process] = n
		}
	}
	return left, others, err
}

// closed waits until the add-on says that its connections are gone.
func (u *Upgrade) closed(ctx context.Context, e *Entry) error {
	if u.Connections == nil || len(e.Keep) > 0 {
		return nil
	}
	began := time.Now()
	for {
		used, at, known := u.Connections(ctx, e.Addon)
		switch {
		case !known:
			u.Tell(e.Step, "nobody says how many connections are left")
			return nil
		case used == 0 && at.After(began):
			u.Tell(e.Step, "all connections closed")
			return nil
		case time.Since(began) > closeWait:
			err := u.agree(ctx, fmt.Sprintf("%s still has %d connections, as of %s. Go on? (no brings the app back up)", e.Addon, used, at.Format(time.TimeOnly)))
			if err != nil && ctx.Err() == nil {
				return &unchangedError{err}
			}
			return err
		}
		u.Tell(e.Step, fmt.Sprintf("%d connections left", used))
		if err := wait.For(ctx, pause(time.Since(began))); err != nil {
			return err
		}
	}
}

// agree asks, and fails unless the answer is yes.
func (u *Upgrade) agree(ctx context.Context, question string) error {
	yes, err := u.Ask(ctx, question)
	if err == nil && !yes {
		err = errors.New("not agreed to")
	}
	return err
}

func (u *Upgrade) change(ctx context.Context, e *Entry) error {
	redis, err := u.redis(ctx, e.Step, e.Addon)
	if err != nil || redis.Plan == e.To {
		return err // asked for already
	}
	if u.resumed {
		left, _, err := u.running(ctx, e)
		if err != nil {
			return err
		}
		if len(left) > 0 { // what they write would be lost
			return &unchangedError{fmt.Errorf("%s running: somebody has brought the app up since", list(left))}
		}
	}
	u.Tell(e.Step, fmt.Sprintf("%s: %s → %s", e.Addon, redis.Plan, e.To))
	heard := u.resumed // it may have been asked for before
	err = u.try(ctx, e.Step, func(ctx context.Context) error {
		err := u.Platform.ChangePlan(ctx, e.App, e.Addon, e.To)
		heard = heard || isTemporary(err)
		return err
	})
	if !definite(err) {
		return err
	}
	if heard {
		yes, ask := u.Ask(ctx, fmt.Sprintf("Heroku says: %v. It may have taken the change before. Wait for it? (no brings the app back up)", err))
		if ask != nil || yes {
			return ask
		}
	}
	return &unchangedError{err}
}

// definite says that Heroku won't do it, and hasn't.
func definite(err error) bool {
	failed, ok := errors.AsType[*scale.PlatformError](err)
	return ok && failed.Failure != scale.Temporary && failed.Failure != scale.RateLimited
}

func isTemporary(err error) bool {
	failed, ok := errors.AsType[*scale.PlatformError](err)
	return ok && failed.Failure == scale.Temporary
}

// wait waits until the plan has its new name and Heroku says for a while that it is done.
func (u *Upgrade) wait(ctx context.Context, e *Entry) error {
	began := time.Now()
	var ready time.Time // since when
	silent := 0
	for {
		redis, err := u.redis(ctx, e.Step, e.Addon)
		if err != nil {
			return err
		}
		done, err := u.Platform.Ready(ctx, e.Addon)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if silent++; silent >= unanswered && redis.Plan == e.To {
				return u.agree(ctx, fmt.Sprintf("%s is on %s, but whether the change is done can't be found out (%v). `heroku redis:info` shows it. Is it done?", e.Addon, redis.Plan, err))
			}
		case done && redis.Plan == e.To:
			if ready.IsZero() {
				ready = time.Now()
			}
			if time.Since(ready) >= u.at(settled) {
				u.Tell(e.Step, fmt.Sprintf("%s is on %s", e.Addon, redis.Plan))
				return nil
			}
		default:
			ready, silent = time.Time{}, 0
		}
		if time.Since(began) > changeWait {
			return fmt.Errorf("%s is on %s and not ready after %v", e.Addon, redis.Plan, changeWait)
		}
		u.Tell(e.Step, fmt.Sprintf("waiting for Heroku to change %s, %v so far", e.Addon, time.Since(began).Round(time.Second)))
		if err := wait.For(ctx, pause(time.Since(began))); err != nil {
			return err
		}
	}
}

// start sets what was stopped to what it had, but for what somebody set to another quantity meanwhile. It
// looks again at each try: while the API fails people help themselves.
func (u *Upgrade) start(ctx context.Context, e *Entry) error {
	said := ""
	return u.try(ctx, e.Step, func(ctx context.Context) error {
		now, err := u.Platform.Formation(ctx, e.App)
		if err != nil {
			return err
		}
		want := map[string]int{}
		for process, n := range e.stopped() {
			switch have, there := now[process]; {
			case !there:
				u.Tell(e.Step, process+" isn't there any more")
			case have == 0:
				want[process] = n
			case have != n:
				u.Tell(e.Step, fmt.Sprintf("%s stays at %d, which somebody set meanwhile; it was %d", process, have, n))
			}
		}
		if len(want) == 0 {
			return nil
		}
		if text := "→ " + list(want); text != said {
			u.Tell(e.Step, text)
			said = text
		}
		return u.Platform.SetFormation(ctx, e.App, want)
	})
}

// open turns maintenance mode off, unless it was on before: then nobody turned it on for the upgrade.
func (u *Upgrade) open(ctx context.Context, e *Entry) error {
	if e.Maintenance {
		u.Tell(e.Step, "maintenance mode stays on, as before")
		return nil
	}
	u.Tell(e.Step, "maintenance mode off")
	return u.try(ctx, e.Step, func(ctx context.Context) error { return u.Platform.SetMaintenance(ctx, e.App, false) })
}
