package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"drain/alert"
	"drain/internal/page"
	"drain/internal/scale"
	"drain/internal/upgrade"
)

// ownApp is the app of incidents about the drain itself.
const ownApp = page.OwnApp

// The causes of incidents that are about ourselves, or about what we couldn't do.
const (
	causeNotify = "notifications-failing"
	causeLedger = "ledger-failing"
	causeReload = "reload-failed"
	causeAction = "action-failed"

	causeRestore = "restore"
	causeUpgrade = "upgrade-cut-off"
)

// trouble opens an incident of our own making, or closes it: firing says which. What is known already
// changes nothing.
func (d *Daemon) trouble(app, cause, key, severity, summary string, firing bool, next ...string) {
	now := d.now()
	a := alert.Alert{
		App: app, Cause: cause, Rule: cause, Key: key, Severity: severity, State: alert.Resolved,
		Since: now, At: now, Summary: summary, Next: next,
	}
	if firing {
		a.State = alert.Firing
	} else {
		a.Summary, a.Next = "", nil // they stay as they were
	}
	d.alerts.Send(a)
}

// failing is told by alert how it stands with what it depends on.
func (d *Daemon) failing(t alert.Trouble) {
	if t.Notifier == "" {
		d.trouble(ownApp, causeLedger, "", alert.Warning, "the ledger fails, a restart now would forget what was told: "+t.Error, t.Error != "",
			"Look at the disk of DRAIN_LEDGER, or at the Redis of REDIS_URL")
		return
	}
	to := strings.TrimSpace(t.Notifier + " " + t.Channel)
	d.trouble(ownApp, causeNotify, to, alert.Critical, "incidents don't reach "+to+": "+t.Error, t.Error != "",
		"Look at its settings and its own status page; what is still to be told is kept and tried again")
}

// reloadTrouble tells that the configuration in force isn't the one that was written.
func (d *Daemon) reloadTrouble(err error) {
	text := "the configuration was not reloaded, the old one stays in force"
	if err != nil {
		text += ": " + err.Error()
	}
	d.trouble(ownApp, causeReload, "", alert.Warning, text, err != nil, "Check it: `drain check FILE`")
}

// restoring shows what was shed and is still to be brought back, until it is or is given up.
func (d *Daemon) restoring(dec scale.Decision) {
	over := dec.Verdict == scale.Dropped || dec.Why == scale.GuardRestored || dec.Verdict == scale.Worked && dec.To >= dec.Wanted
	d.trouble(dec.App, causeRestore, dec.Process, alert.Info,
		fmt.Sprintf("%s runs with fewer dynos than the %d before the incident", dec.Process, dec.Wanted), !over,
		fmt.Sprintf("By hand: `heroku ps:scale %s=%d -a %s`; drain then leaves it at that", dec.Process, dec.Wanted, dec.App))
}

// actionTrouble tells that what a policy should have done was not done. It is over when the policy
// succeeds, or has nothing to do any more.
func (d *Daemon) actionTrouble(dec scale.Decision) {
	switch {
	case dec.Verdict == scale.Failed, dec.Verdict == scale.NoEffect && dec.Verb != scale.VerbRestore:
		next := "Do it by hand: `heroku ps -a " + dec.App + "`, `heroku ps:scale " + dec.Process + "=N -a " + dec.App + "`"
		switch {
		case dec.Verdict == scale.NoEffect && dec.Verb == scale.VerbScale:
			next = "Undo it: `heroku ps:scale " + d.undone(dec) + " -a " + dec.App + "`"
		case dec.Verb == scale.VerbRestart:
			next = "Do it by hand: `heroku ps -a " + dec.App + "`, `heroku ps:restart " + dec.Dyno + " -a " + dec.App + "`"
		}
		d.trouble(dec.App, causeAction, dec.Policy, alert.Critical, dec.Text, true, next)
	case dec.Verdict == scale.Worked:
		d.trouble(dec.App, causeAction, dec.Policy, alert.Critical, dec.Text, false)
	}
}

// undone is what had no effect as it was before, with what its policy shed beside it.
func (d *Daemon) undone(dec scale.Decision) string {
	quantities := fmt.Sprintf("%s=%d", dec.Process, dec.Wanted)
	for _, ask := range d.scaler.Asks(dec.App) {
		if ask.Verb == scale.VerbUndo && ask.Policy == dec.Policy && ask.Process != dec.Process {
			quantities += fmt.Sprintf(" %s=%d", ask.Process, ask.To)
		}
	}
	return quantities
}

// upgradeTrouble tells that an upgrade was cut off, until it is gone on with.
func (d *Daemon) upgradeTrouble(e upgrade.Entry, cut bool) {
	address := d.opts.Env.URL
	if address == "" {
		address = "URL"
	}
	command := "drain upgrade -app " + e.App + " -daemon " + address
	d.trouble(e.App, causeUpgrade, e.Addon, alert.Critical,
		fmt.Sprintf("drain upgrade of %s to %s was cut off at step %s: the app is in maintenance mode, or its dynos are stopped", e.Addon, e.To, e.Step), cut,
		"Go on, on any machine: `"+command+" -resume`", "Or bring the app back up as it was: `"+command+" -abort`", byHand(e))
}

// byHand is how an app comes up again after an upgrade without anything of ours.
func byHand(e upgrade.Entry) string {
	stopped := e.Stops()
	var commands []string
	if len(stopped) > 0 {
		quantities := ""
		for _, process := range slices.Sorted(maps.Keys(stopped)) {
			quantities += fmt.Sprintf(" %s=%d", process, stopped[process])
		}
		commands = append(commands, "`heroku ps:scale"+quantities+" -a "+e.App+"`")
	}
	if !e.Maintenance {
		commands = append(commands, "`heroku maintenance:off -a "+e.App+"`")
	}
	return fmt.Sprintf("By hand, if `heroku redis:info %s -a %s` says available: %s", e.Addon, e.App, strings.Join(commands, ", "))
}

// forgetActions closes what actionTrouble opened for policies that are gone.
func (d *Daemon) forgetActions(before, now []scale.Policy) {
	for _, p := range before {
		if !slices.ContainsFunc(now, func(q scale.Policy) bool { return q.Name == p.Name && q.App == p.App }) {
			d.trouble(p.App, causeAction, p.Name, alert.Critical, "", false)
		}
	}
}

// calmActions closes what actionTrouble opened for policies on a rule that no longer fires.
func (d *Daemon) calmActions(req scale.Request) {
	for _, p := range d.config.Load().Policies {
		if p.App == req.App && p.On == req.Rule {
			d.trouble(req.App, causeAction, p.Name, alert.Critical, "", false)
		}
	}
}
