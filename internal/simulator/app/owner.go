package app

import "time"

// What an app's owner, and Heroku for them, does to it beside scaling.

const (
	releasePhase = 20 * time.Second // of a deploy
	overlap      = 3 * time.Minute  // of old dynos and new ones with preboot (Dev Center, "Preboot")
)

// SetMost makes Heroku refuse more than n dynos of a process type, as it does for some sizes and accounts.
func (a *App) SetMost(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.most = n
}

// Autoscaling says whether Heroku's own autoscaling is on for web. At first it isn't.
func (a *App) Autoscaling() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.autoscaling
}

// SetAutoscaling turns it on or off. It is only said to be on: nothing is scaled by itself.
func (a *App) SetAutoscaling(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.autoscaling = on
}

// Deploy makes a release, by the user that the log names. After its release phase all dynos are replaced;
// with preboot, the old ones of web go on for a while beside the new ones.
func (a *App) Deploy(by string, preboot bool) {
	a.locked(func() {
		n := len(a.releases)
		a.releases = append(a.releases, Release{
			ID: a.opt.Dice.UUID(), Version: n + 1, Description: "Deploy " + a.opt.Dice.Hex(4), By: by, Created: time.Now(), Pending: true,
		})
		a.api("%s by user %s", a.releases[n].Description, by)
		a.after(releasePhase, func() {
			a.releases[n].Pending = false
			a.api("Release v%d created by user %s", n+1, by)
			a.replace(preboot)
		})
	})
}

// replace starts each dyno of the formation anew.
func (a *App) replace(preboot bool) {
	for _, d := range a.dynos {
		switch {
		case d.state == down || d.aside:
		case preboot && d.process.Type == "web" && d.state == up:
			d.aside = true
			a.after(overlap, func() { a.shutDown(d) })
		default:
			a.shutDown(d)
		}
	}
	for _, p := range a.processes {
		a.adjust(p)
	}
}

// OneOff runs a dyno that the formation doesn't count, of type run or scheduler, for so long.
func (a *App) OneOff(kind string, lasts time.Duration) {
	a.locked(func() {
		d := a.newDyno(a.newProcess(kind, "bash", 0))
		d.aside, d.state, d.number = true, up, 1000+a.opt.Dice.IntN(9000)
		a.after(lasts, func() { a.shutDown(d) })
	})
}
