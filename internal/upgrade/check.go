package upgrade

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Check finds out whether the upgrade can be done, and changes nothing. It returns what Run is to do, and
// what a person should know before.
func (u *Upgrade) Check(ctx context.Context) (e Entry, notes []string, err error) {
	if err := u.free(ctx); err != nil {
		return e, nil, err
	}
	redis, err := u.Platform.Redis(ctx, u.App, u.Addon)
	if err != nil {
		return e, nil, err
	}
	if redis.Plan == u.Plan {
		return e, nil, fmt.Errorf("%s is on %s already", redis.Name, redis.Plan)
	}
	plans, err := u.Platform.Plans(ctx)
	if err != nil {
		return e, nil, err
	}
	if !slices.Contains(plans, u.Plan) {
		return e, nil, fmt.Errorf("there is no plan %s; there are %s", u.Plan, strings.Join(u.bySize(plans), ", "))
	}
	e = Entry{App: u.App, Addon: redis.Name, From: redis.Plan, To: u.Plan, Keep: u.Keep, Started: time.Now()}
	if e.Formation, err = u.Platform.Formation(ctx, u.App); err != nil {
		return e, nil, err
	}
	for _, process := range u.Keep {
		if _, there := e.Formation[process]; !there {
			return e, nil, fmt.Errorf("-keep %s: the app has no such process type; it has %s", process, list(e.Formation))
		}
	}
	if e.Maintenance, err = u.Platform.Maintenance(ctx, u.App); err != nil {
		return e, nil, err
	}
	// Setting what is set changes nothing, and shows whether the key may.
	if err = u.Platform.SetMaintenance(ctx, u.App, e.Maintenance); err != nil {
		return e, nil, fmt.Errorf("the key must be allowed to change the app: %w", err)
	}
	return e, u.notes(ctx, redis, &e), nil
}

func (u *Upgrade) notes(ctx context.Context, redis Redis, e *Entry) (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if redis.Shared {
		note("another app uses %s too; its dynos go on writing, and what they write meanwhile can be lost", redis.Name)
	}
	for _, process := range e.Keep {
		if e.Formation[process] > 0 {
			note("%s goes on running, and what it writes meanwhile can be lost", process)
		}
	}
	limit, known := 0, false
	if u.Limit != nil {
		limit, known = u.Limit(e.To)
	}
	if !known {
		note("how many connections %s allows isn't known", e.To)
		return notes
	}
	note("%s allows %d connections", e.To, limit)
	if u.Connections == nil {
		return notes
	}
	if used, at, known := u.Connections(ctx, redis.Name); known && used > limit {
		note("%d were in use at %s: the app as it is doesn't fit", used, at.Format(time.TimeOnly))
	}
	return notes
}

// bySize orders plans by the connections that they allow, the smallest first, and by name where that is the same
// or isn't known.
func (u *Upgrade) bySize(plans []string) []string {
	return slices.SortedFunc(slices.Values(plans), func(a, b string) int {
		return cmp.Or(cmp.Compare(u.allows(a), u.allows(b)), cmp.Compare(a, b))
	})
}

// allows is how many connections a plan allows an app, 0 where that isn't known.
func (u *Upgrade) allows(plan string) int {
	if u.Limit == nil {
		return 0
	}
	limit, _ := u.Limit(plan)
	return limit
}

// Show writes an entry as the steps it stands for.
func (e Entry) Show() []string {
	out := []string{"maintenance mode on"}
	if stopped := e.stopped(); len(stopped) > 0 {
		out = append(out, list(stopped)+" → 0, until the dynos are down")
	}
	out = append(out, fmt.Sprintf("%s: %s → %s, until Heroku is done (at most %v)", e.Addon, e.From, e.To, changeWait))
	if stopped := e.stopped(); len(stopped) > 0 {
		out = append(out, "back to "+list(stopped))
	}
	if !e.Maintenance {
		out = append(out, "maintenance mode off")
	}
	return out
}
