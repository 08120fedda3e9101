package upgrade

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"drain/internal/wait"
)

const (
	downWait   = 10 * time.Minute
	grace      = 35 * time.Second // a dyno gets 30 s from SIGTERM to SIGKILL (Dev Center, "Dynos and the Dyno Manager"); no list has it then
	lateWait   = 30 * time.Second // Heroku's router gives a request up after 30 s (Dev Center, "Request Timeout"); what was lost may be done until then
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

// close also looks at the mode, since it may have been changed since Check, while a person thought, or
// since a try that failed. What is on once we asked for it may be ours.
func (u *Upgrade) close(ctx context.Context, e *Entry) error {
	asked := u.resumed
	u.Tell(e.Step, "maintenance mode on")
	return u.try(ctx, e.Step, func(ctx context.Context) error {
		on, err := u.Platform.Maintenance(ctx, e.App)
		if err == nil && on != e.Maintenance && !(on && asked) {
			e.Maintenance = on
			err = u.note(ctx, *e)
		}
		if err != nil || on {
			return err
		}
		err = u.Platform.SetMaintenance(ctx, e.App, true)
		asked = u.maybeDone(err) || asked
		return err
	})
}

// stop also looks at the formation, as close does at the mode: what is brought back is what there was.
func (u *Upgrade) stop(ctx context.Context, e *Entry) error {
	asked, said := u.resumed, false
	return u.try(ctx, e.Step, func(ctx context.Context) error {
		now, err := u.found(ctx, e, asked)
		if err != nil {
			return err
		}
		have, none := map[string]int{}, map[string]int{}
		for process := range e.stopped() {
			if n := now[process]; n > 0 {
				have[process], none[process] = n, 0
			}
		}
		if len(none) == 0 {
			if !said {
				u.Tell(e.Step, "no dynos to stop")
			}
			return nil
		}
		if !said {
			u.Tell(e.Step, fmt.Sprintf("%s → %s", list(have), list(none)))
			said = true
		}
		err = u.Platform.SetFormation(ctx, e.App, none)
		asked = u.maybeDone(err) || asked
		return err
	})
}

// found returns the formation once it is noted as what there is to be brought back. What is at 0 once we
// asked for it may be ours. Noting may take a while: then it looks again.
func (u *Upgrade) found(ctx context.Context, e *Entry, asked bool) (now map[string]int, err error) {
	for {
		now, err = u.Platform.Formation(ctx, e.App)
		if err != nil {
			return nil, err
		}
		before := now
		if asked {
			before = maps.Clone(e.Formation)
			for process, n := range now {
				if n > 0 {
					before[process] = n
				}
			}
		}
		if maps.Equal(before, e.Formation) {
			return now, nil
		}
		e.Formation = before
		if err := u.note(ctx, *e); err != nil {
			return nil, err
		}
		if err := u.announce(ctx, *e); err != nil {
			u.Tell(e.Step, "the drain couldn't be told: "+err.Error())
		}
	}
}

// drain waits until the dynos are down and, where somebody says it, their connections closed.
func (u *Upgrade) drain(ctx context.Context, e *Entry) error {
	began := time.Now()
	stopped := e.stopped()
	for {
		var left, others map[string]int
		err := u.try(ctx, e.Step, func(ctx context.Context) (err error) {
			left, others, err = u.running(ctx, e)
			return err
		})
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
			return fmt.Errorf("%s still running after %v", list(left), downWait)
		}
		u.Tell(e.Step, "going down: "+list(left))
		if err := wait.For(ctx, pause(time.Since(began))); err != nil {
			return err
		}
	}
}

// running are the dynos there are: of what is stopped, and of other types.
func (u *Upgrade) running(ctx context.Context, e *Entry) (left, others map[string]int, err error) {
	running, err := u.Platform.Running(ctx, e.App)
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
			return u.agree(ctx, fmt.Sprintf("%s still has %d connections, as of %s. Go on? (no brings the app back up)", e.Addon, used, at.Format(time.TimeOnly)))
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

// change looks at the plan and at the dynos before each try: what somebody else changed meanwhile isn't
// changed again unasked, and no plan is changed under an app that somebody has brought up.
func (u *Upgrade) change(ctx context.Context, e *Entry) error {
	from, said := e.From, false
	asked := u.resumed // it may have been asked for before
	return u.try(ctx, e.Step, func(ctx context.Context) error {
		redis, err := u.Platform.Redis(ctx, e.App, e.Addon)
		if err != nil || redis.Plan == e.To {
			return err // asked for already
		}
		if redis.Plan != from {
			if err := u.anotherPlan(ctx, e, redis.Plan, from, asked); err != nil {
				return err
			}
			from = redis.Plan
		}
		left, _, err := u.running(ctx, e)
		if err != nil {
			return err
		}
		if len(left) > 0 { // what they write would be lost
			up := fmt.Errorf("%s running: somebody has brought the app up since", list(left))
			if asked {
				u.Tell(e.Step, up.Error())
				if err := u.allTheSame(ctx, e, redis.Plan); err != nil {
					return fmt.Errorf("%w; %w", up, err)
				}
			}
			return &unchangedError{up}
		}
		if !said {
			u.Tell(e.Step, fmt.Sprintf("%s: %s → %s", e.Addon, redis.Plan, e.To))
			said = true
		}
		err = u.Platform.ChangePlan(ctx, e.App, e.Addon, e.To)
		asked = u.maybeDone(err) || asked
		if !definite(err) {
			return err
		}
		if asked {
			yes, ask := u.Ask(ctx, fmt.Sprintf("Heroku says: %v. It may have taken the change before. Wait for it? (no brings the app back up)", err))
			if ask != nil || yes {
				return ask
			}
		}
		return &unchangedError{err}
	})
}

// anotherPlan asks what is to become of a plan that is neither the old nor the new one. Where nobody is there
// to ask, and the change was never asked for, the app is brought back up.
func (u *Upgrade) anotherPlan(ctx context.Context, e *Entry, plan, from string, asked bool) error {
	yes, err := u.Ask(ctx, fmt.Sprintf("%s is on %s, which somebody set meanwhile; it was on %s. Change it to %s all the same? (no brings the app back up)", e.Addon, plan, from, e.To))
	switch {
	case err == nil && !yes:
		return &unchangedError{fmt.Errorf("%s is on %s, which somebody set meanwhile", e.Addon, plan)}
	case err != nil && !asked && ctx.Err() == nil:
		return &unchangedError{err}
	}
	return err
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
	if left := time.Until(u.quiet); left > 0 {
		u.Tell(e.Step, fmt.Sprintf("%v in which Heroku may yet do what it gave no answer to", left.Round(time.Second)))
		if err := wait.For(ctx, left); err != nil {
			return err
		}
	}
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
