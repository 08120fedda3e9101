package app

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"drain/internal/simulator/dice"
	"drain/internal/simulator/logplex"
)

// Options of New. All are needed.
type Options struct {
	Name  string  // e.g. enketo
	Web   int     // web dynos that are up from the start
	Speed float64 // how many times faster than Heroku; 1 is real
	Dice  *dice.Dice
	Write func(logplex.Message) // takes the log; must not block
	Tell  func(text string)     // takes what happened, in words

	// What follows may be left out.

	Others map[string]int // further process types, by name, with their quantities
	Quiet  bool           // nobody visits and nothing is measured
	Move   time.Duration  // what a change of plan takes, of Heroku's time; 0 is a minute, less than 0 no time
	Named  bool           // such a Redis has its new plan's name from the start, not from the end
	Lossy  bool           // a plan may be changed while dynos run
}

// App is the simulated app.
type App struct {
	ID      string
	Name    string
	Host    string
	Created time.Time
	opt     Options

	wake chan struct{} // cap 1; a token means the agenda may have something earlier

	mu          sync.Mutex // guards all below
	agenda      agenda
	told        []string // to be passed to Tell once mu is free
	processes   []*process
	dynos       []*dyno // those stopping included
	redis       []*redis
	releases    []Release
	rush        bool
	waiting     int // requests that have no answer yet
	maintenance bool
	metrics     bool // log-runtime-metrics
	most        int  // dynos of one process type
	autoscaling bool // Heroku's own, of web
	number      int  // the app's number in runtime metrics
}

// Release is a version of the app.
type Release struct {
	ID          string
	Version     int
	Description string
	By          string
	Created     time.Time
	Pending     bool // its release phase runs
}

// New returns an App at rest: its web dynos are up, nobody uses it.
func New(opt Options) *App {
	now := time.Now()
	roll := opt.Dice
	a := &App{
		ID: roll.UUID(), Name: opt.Name, Host: opt.Name + "-" + roll.Hex(6) + ".herokuapp.com",
		Created: now.AddDate(-1, 0, 0), opt: opt, wake: make(chan struct{}, 1),
		metrics: !opt.Quiet, most: maxQuantity, number: 100_000_000 + roll.IntN(100_000_000),
	}
	a.processes = []*process{
		a.newProcess("web", "node app.js", opt.Web),
		a.newProcess("worker", "node worker.js", 0),
	}
	for _, name := range slices.Sorted(maps.Keys(opt.Others)) {
		a.processes = append(a.processes, a.newProcess(name, "node "+name+".js", opt.Others[name]))
	}
	a.redis = []*redis{
		a.newRedis("ENKETO_REDIS_MAIN", "premium-0", 3),
		a.newRedis("ENKETO_REDIS_CACHE", "premium-0", 2),
	}
	for i, what := range []string{"Initial release", "Enable Logplex", "Deploy 193d1419"} {
		a.releases = append(a.releases, Release{
			ID: roll.UUID(), Version: i + 1, Description: what, By: "ada@example.com",
			Created: a.Created.Add(time.Duration(i) * time.Minute),
		})
	}
	for _, p := range a.processes {
		for range p.Quantity {
			d := a.newDyno(p)
			d.created = now.Add(-time.Hour)
			a.welcome(d)
		}
	}
	return a
}

// Run lets the app live until ctx ends. It is called once.
func (a *App) Run(ctx context.Context) {
	a.locked(func() {
		if a.opt.Quiet {
			return
		}
		a.after(a.opt.Dice.Gap(restGap), a.visit)
		for _, r := range a.redis {
			a.after(a.opt.Dice.Between(0, time.Minute), func() { a.sample(r) })
		}
	})
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-timer.C:
		}
		var next time.Duration
		a.locked(func() { next = a.agenda.run(time.Now()) })
		timer.Reset(next)
	}
}

// locked runs f with the state to itself and passes on what it told.
func (a *App) locked(f func()) {
	a.mu.Lock()
	f()
	told := a.told
	a.told = nil
	a.mu.Unlock()
	for _, text := range told {
		a.opt.Tell(text)
	}
}

// after does f once d of Heroku's time has passed. a.mu is held, also when f runs.
func (a *App) after(d time.Duration, f func()) {
	a.agenda.add(time.Now().Add(time.Duration(float64(d)/a.opt.Speed)), f)
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Rush begins the survey: from now on people ask for forms, four times as often as they came before.
func (a *App) Rush() {
	a.locked(func() {
		a.rush = true
		a.tell("the survey begins")
	})
}

// Maintenance says whether the app is in maintenance mode, where the router answers for it.
func (a *App) Maintenance() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.maintenance
}

// SetMaintenance turns maintenance mode on or off.
func (a *App) SetMaintenance(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.maintenance = on
}

// RuntimeMetrics says whether log-runtime-metrics is on; it is from the start.
func (a *App) RuntimeMetrics() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.metrics
}

// SetRuntimeMetrics turns log-runtime-metrics on or off. Unlike Heroku it needs no restart.
func (a *App) SetRuntimeMetrics(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.metrics = on
}

// Releases lists the releases, oldest first.
func (a *App) Releases() []Release {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.releases)
}
