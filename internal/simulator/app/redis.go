package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// plans are the connection limits of Heroku Key-Value Store's plans (Dev Center, 2024).
var plans = map[string]int{
	"mini": 20, "premium-0": 40, "premium-1": 80, "premium-2": 200,
	"premium-3": 400, "premium-4": 700, "premium-5": 1000,
}

const masterConnections = 2 // what a dyno's master holds on each Redis

// Addon is a Heroku Key-Value Store of the app.
type Addon struct {
	ID           string
	AttachmentID string
	Name         string // redis-rugged-24473
	Attachment   string // ENKETO_REDIS_MAIN
	Plan         string // premium-0
	URL          string // what the app's config var says, with its password
	Created      time.Time
}

type redis struct {
	Addon
	perWorker int
	host      string
	port      int
	used      int
	full      bool // it refused a connection, and has not had a tenth free since
	moving    bool // to another plan
}

func (a *App) newRedis(attachment, plan string, perWorker int) *redis {
	roll := a.opt.Dice
	r := &redis{
		Addon: Addon{
			ID: roll.UUID(), AttachmentID: roll.UUID(), Attachment: attachment, Plan: plan, Created: a.Created,
			Name: fmt.Sprintf("redis-%s-%d", []string{"rugged", "closed", "cubed", "regular"}[roll.IntN(4)], 10_000+roll.IntN(90_000)),
		},
		perWorker: perWorker,
		host:      fmt.Sprintf("ec2-203-0-113-%d.compute-1.amazonaws.com", 1+roll.IntN(254)),
		port:      6000 + roll.IntN(24_000),
	}
	r.URL = fmt.Sprintf("rediss://:p%s@%s:%d", strings.ReplaceAll(r.ID, "-", ""), r.host, r.port)
	return r
}

// SetRedisURL has an attachment's config var say another address, such as a real Redis'.
func (a *App) SetRedisURL(attachment, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.redis {
		if r.Attachment == attachment {
			r.URL = address
		}
	}
}

// limit is the logged max-connections: Heroku keeps two of the plan's for itself.
func (r *redis) limit() int { return plans[r.Plan] - 2 }

func (r *redis) need(w *worker) int {
	if w.master() {
		return masterConnections
	}
	return r.perWorker
}

// open accepts n connections or as many as there is room for.
func (r *redis) open(n int) int {
	n = min(n, r.limit()-r.used)
	r.used += n
	return n
}

// Addons lists the app's Redis.
func (a *App) Addons() []Addon {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]Addon, len(a.redis))
	for i, r := range a.redis {
		list[i] = r.Addon
	}
	return list
}

// Plans names the plans an add-on can have, the smallest first.
func Plans() []string {
	return slices.SortedFunc(maps.Keys(plans), func(x, y string) int { return plans[x] - plans[y] })
}

const moveTime = time.Minute // what a change of plan takes

// ChangePlan begins to move a Redis to another plan. It has the plan's name at the end. by is the user
// the log names. Dynos that are up lose their connections then, and with them a *RefusedError is
// returned here: what they write meanwhile would be lost, and nothing of ours may do that.
func (a *App) ChangePlan(by, addon, plan string) (err error) {
	a.locked(func() {
		var r *redis
		for _, have := range a.redis {
			if have.Name == addon || have.ID == addon {
				r = have
			}
		}
		switch {
		case r == nil || plans[plan] == 0:
			err = &RefusedError{"Couldn't find either the add-on or the plan."}
		case r.moving:
			err = &RefusedError{"Add-on is being modified. Try again later."}
		case !a.opt.Lossy && (!a.maintenance || len(a.dynos) > 0):
			err = &RefusedError{"The simulator changes no plan while the app runs: its data would be lost."}
		case r.Plan != plan:
			r.moving = true
			a.tell("%s moves from %s to %s", r.Attachment, r.Plan, plan)
			if a.opt.Named {
				r.Plan = plan
			}
			move := func() {
				r.Plan, r.moving, r.used, r.full = plan, false, 0, false
				a.releases = append(a.releases, Release{
					ID: a.opt.Dice.UUID(), Version: len(a.releases) + 1, Description: "Update " + r.Attachment + " by heroku-redis",
					By: "heroku-redis@addons.heroku.com", Created: time.Now(),
				})
				a.api("Update %s by user %s", r.Attachment, by)
				a.tell("%s is on %s", r.Attachment, plan)
			}
			switch {
			case a.opt.Move < 0:
				move()
			case a.opt.Move > 0:
				a.after(a.opt.Move, move)
			default:
				a.after(moveTime, move)
			}
		}
	})
	return err
}

// Moving says whether the Redis of that name is being moved to another plan; found is false if there is
// no such.
func (a *App) Moving(addon string) (moving, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.redis {
		if r.Name == addon {
			return r.moving, true
		}
	}
	return false, false
}

// Connections of the Redis with this name or attachment: open, and usable at most; 0, 0 if there is
// no such.
func (a *App) Connections(addon string) (used, limit int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.redis {
		if r.Name == addon || r.Attachment == addon {
			return r.used, r.limit()
		}
	}
	return 0, 0
}

// sample logs the add-on's metrics about once a minute, in the form of 2026. memory-total and -free
// are the shared host's, not the plan's.
func (a *App) sample(r *redis) {
	const total = 16_167_800
	roll := a.opt.Dice
	free := 10_500_000 + roll.IntN(400_000)
	load := func() float64 { return float64(roll.IntN(2000)) / 1000 }
	a.write(134, time.Now().Truncate(time.Second), "app", "heroku-redis", fmt.Sprintf(
		"source=%s addon=%s sample#active-connections=%d sample#max-connections=%d"+
			" sample#connection-percentage-used=%.5f"+
			" sample#load-avg-1m=%.3g sample#load-avg-5m=%.3g sample#load-avg-15m=%.3g"+
			" sample#read-iops=0 sample#write-iops=0 sample#max-iops=3000 sample#iops-percentage-used=0.00000"+
			" sample#memory-total=%dkB sample#memory-free=%dkB sample#memory-percentage-used=%.5f"+
			" sample#memory-cached=%dkB sample#memory-redis=%dbytes sample#hit-rate=%.5f sample#evicted-keys=0",
		r.Attachment, r.Name, r.used, r.limit(), float64(r.used)/float64(r.limit()),
		load(), load(), load(), total, free, 1-float64(free)/total,
		900_000+roll.IntN(100_000), 4_000_000+20_000*r.used+roll.IntN(1_000_000), 0.9+float64(roll.IntN(9000))/100_000))
	a.after(roll.Between(58*time.Second, 64*time.Second), func() { a.sample(r) })
}
