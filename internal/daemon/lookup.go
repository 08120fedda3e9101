package daemon

import (
	"context"
	"maps"
	"slices"
	"time"

	"drain/internal/scale"
	"drain/internal/wait"
)

const (
	// lookUpEvery is how often the platform is asked what the log doesn't tell: 4 calls an app and one
	// for each of its Redis, of the account's 4500 with 75 more a minute.
	lookUpEvery = 5 * time.Minute
	// lookUpReserve is how many of them are left to people and to acting.
	lookUpReserve = 1000
	lookUpTimeout = 20 * time.Second
)

// lookUp asks the Platform API for the configured apps' drain tokens, formations and add-on plans,
// now and then, until ctx ends. All of it helps and none of it is needed: what fails is told once and
// tried again.
func (d *Daemon) lookUp(ctx context.Context) {
	if d.heroku == nil {
		return
	}
	failing := make(map[string]bool)
	for ok := true; ok; ok = wait.For(ctx, lookUpEvery/time.Duration(d.opts.Pace)) == nil {
		err := d.lookUpHosting(ctx)
		if err != nil && ctx.Err() == nil && !failing[""] {
			d.log.Warn().Err(err).Msg("Heroku's API did not tell how this process is run; it will be asked again")
		}
		failing[""] = err != nil // no app has this name
		for _, name := range slices.Sorted(maps.Keys(d.config.Load().Apps)) {
			if left := d.heroku.CallsLeft(); left != scale.Unknown && left < lookUpReserve {
				break
			}
			err := d.lookUpApp(ctx, name)
			if err != nil && ctx.Err() == nil && !failing[name] {
				d.log.Warn().Err(err).Str("app", name).Msg("Heroku's API did not tell about this app; it will be asked again")
			}
			failing[name] = err != nil
		}
	}
}

func (d *Daemon) lookUpApp(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, lookUpTimeout)
	defer cancel()
	drains, err := d.heroku.Drains(ctx, name)
	if err != nil {
		return err
	}
	list := make([]string, 0, len(drains))
	for _, drain := range drains {
		list = append(list, drain.Token)
	}
	d.tokens.learn(name, list)
	d.unclaimed.claim(d.tokens.resolve)

	asked := d.now()
	formation, err := d.heroku.Formation(ctx, name)
	if err != nil {
		return err
	}
	addons, err := d.heroku.Addons(ctx, name)
	if err != nil {
		return err
	}
	one := d.apps.get(name)
	if one == nil {
		return nil
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	one.budget.Formation(formation, asked)
	for _, a := range addons {
		for _, attachment := range a.Attachments {
			one.budget.Plan(a.Name, attachment, a.Plan)
		}
	}
	d.watchGrowth(one)
	return nil
}
