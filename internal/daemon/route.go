package daemon

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strings"
	"time"

	"drain/alert"
	"drain/internal/budget"
	"drain/internal/ledger"
	"drain/internal/scale"
	"drain/rules"
)

// loggedEvents is how many Events the log tells of in a minute. Made-up dynos can make one of each line;
// those that are not logged are counted and shown all the same.
const loggedEvents = 100

// route hands an Event on. It is the one place where an Event becomes an Alert and a scaling
// Request; alert and scale know neither rules nor each other. The caller holds the app's lock, so
// that a resolution can't overtake what it resolves. Both only enqueue.
func (d *Daemon) route(one *app, ev *rules.Event) {
	d.eventLog.Info().Str("app", ev.App).Str("rule", ev.Rule).Str("key", ev.Labels.String()).
		Str("state", string(ev.State)).Float64("value", ev.Value).Msg(ev.Summary)
	if !d.acts {
		return // another process of ours tells and acts
	}
	d.alerts.Send(d.alertOf(one, ev))

	// A policy is on a rule, and a rule may fire for several keys: it is over with the last of them.
	before := one.firing[ev.Rule]
	if ev.State == rules.Firing {
		one.firing[ev.Rule]++
	} else if one.firing[ev.Rule]--; one.firing[ev.Rule] <= 0 {
		delete(one.firing, ev.Rule)
	}
	after := one.firing[ev.Rule]
	if (before == 0) == (after == 0) {
		return
	}
	req := scale.Request{App: ev.App, Rule: ev.Rule, Cause: ev.Cause, Firing: after > 0, At: ev.At}
	if req.Firing {
		req.At = ev.Since // the same after a restart: it tells one incident from the next
	}
	d.scaler.Request(req)
	if !req.Firing {
		d.calmActions(req)
	}
}

func (d *Daemon) alertOf(one *app, ev *rules.Event) alert.Alert {
	a := alert.Alert{
		Seq: ev.Seq, App: ev.App, Cause: ev.Cause, Rule: ev.Rule, Key: ev.Labels.String(),
		Severity: string(ev.Severity), State: alert.Firing, Since: ev.Since, At: ev.At,
		Value: ev.Value, Bound: ev.Bound, Summary: ev.Summary, Labels: labelsOf(ev),
	}
	a.Evidence, a.Requests = one.quoted(ev)
	if ev.Details != "" {
		a.Details = strings.Split(ev.Details, "\n")
	}
	if ev.Cause == rules.RedisCause {
		a.Details = append(a.Details, budgetLines(one.budget)...)
		a.Details = append(a.Details, deployLines(one.budget, ev)...)
	}
	if ev.State == rules.Resolved {
		a.State = alert.Resolved
		return a
	}
	a.Figure, a.Next, a.Plot = d.figure(one, ev), advice(one, ev), d.plotOf(one, ev)
	a.Details = append(a.Details, one.past.happened(ev.Since)...)
	return a
}

// labelsOf are the rule's own labels and those that its state is kept by, under the names that rules use.
// A rule's can't pass for what the state is about.
func labelsOf(ev *rules.Event) map[string]string {
	set := maps.Clone(ev.Words)
	if set == nil {
		set = map[string]string{}
	}
	l := ev.Labels
	for name, value := range map[string]string{"process": l.Process, "dyno": l.Dyno, "addon": l.Addon, "code": l.Code} {
		if value != "" {
			set[name] = value
		} else {
			delete(set, name)
		}
	}
	return set
}

// budgetLines says how each process type stands with the add-on that is tightest for it.
func budgetLines(b *budget.Budget) []string {
	var lines []string
	s := b.Snapshot()
	for _, process := range s.Processes() {
		lines = append(lines, b.Line(process))
	}
	return lines
}

// tell shows a scaling decision where people see the incident it belongs to.
func (d *Daemon) tell(dec scale.Decision) {
	cause := dec.Cause
	if dec.Verb == scale.VerbRestore {
		cause = causeRestore // what it was shed in is over
		d.restoring(dec)
	}
	d.alerts.Note(dec.App, cause, dec.Text)
	d.showAsks(dec.App, cause)
	d.actionTrouble(dec)
}

// showAsks shows what waits for a person in an incident: what was shed in it, or else all restores.
func (d *Daemon) showAsks(app, cause string) {
	var asks []alert.Ask
	for _, dec := range d.scaler.Asks(app) {
		if restores := dec.Verb == scale.VerbRestore; restores == (cause == causeRestore) && (restores || dec.Cause == cause) {
			ask := alert.Ask{ID: dec.ID, Text: dec.Text}
			if dec.Verb == scale.VerbUndo {
				ask.Offer = fmt.Sprintf("Put %s back to %d", dec.Process, dec.To)
			}
			asks = append(asks, ask)
		}
	}
	d.alerts.Ask(app, cause, asks)
}

// note passes on what the platform did, and that there may be new evidence, and marks what we did
// ourselves. The caller holds the app's lock.
func (d *Daemon) note(one *app, obs *rules.Observation) {
	scaled, figures := false, false
	for i := range obs.Notes {
		n := &obs.Notes[i]
		if len(n.Process) > maxName || len(n.Text) > maxName {
			continue // nothing of Heroku's is called that
		}
		at := n.At
		if at.IsZero() {
			at = obs.At
		}
		switch n.Kind {
		case rules.NoteScaled:
			// Anybody with the shared password can say so. It may hold an action back, but not steer one.
			if obs.Own {
				one.budget.Dynos(n.Process, n.Quantity, at)
			}
			n.Own = d.scaler.Scaled(one.name, n.Process, n.Quantity, at)
			one.history.Mark(at, fmt.Sprintf("%s set to %d", n.Process, n.Quantity))
			one.past.formation, one.past.formedAt = fmt.Sprintf("%s set to %d", n.Process, n.Quantity), at
		case rules.NoteRelease, rules.NoteDeploy:
			if n.Text != "" {
				one.history.Mark(at, "release "+n.Text)
				one.past.release, one.past.releasedAt = n.Text, at
			}
			d.scaler.Released(one.name, at)
		}
		if obs.Own {
			learnAbout(one.budget, n, at)
		}
		scaled = scaled || n.Kind == rules.NoteScaled
	}
	d.weigh(one, obs)
	for s := range redisSamples(obs) {
		one.plot(s)
		one.budget.Observe(s)
		d.measure(one, s, obs.At)
		figures = true
	}
	if figures {
		d.scaler.Nudge(one.name)
	}
	if scaled || figures && (one.overgrown != "" || one.mayHaveOvergrown) {
		d.watchGrowth(one)
	}
}

// learnAbout tells a budget what it must not learn from, or not as much.
func learnAbout(b *budget.Budget, n *rules.Note, at time.Time) {
	switch n.Kind {
	case rules.NoteRelease:
		b.Released(at)
	case rules.NoteDeploy, rules.NoteState, rules.NoteCycling:
		b.Restless(at)
	}
}

// redisSamples yields the connections that add-on lines told, each line's limit and count together
// again. Names are made valid UTF-8 here, for all that the budget is shown in: as the value of a label one
// that isn't spoils the whole scrape.
func redisSamples(obs *rules.Observation) iter.Seq[budget.Sample] {
	return func(yield func(budget.Sample) bool) {
		limit := -1
		var addon, attachment validName
		for i := range obs.Samples {
			switch s := &obs.Samples[i]; s.Name {
			case "redis_connections_limit":
				limit = i
			case "redis_connections":
				b := budget.Sample{
					Addon: addon.of(s.Labels.Addon), Attachment: attachment.of(s.Source),
					Used: int(s.Value), At: cut(s.At, obs.At), Own: obs.Own,
				}
				if limit >= 0 && obs.Samples[limit].Labels.Addon == s.Labels.Addon {
					b.Limit = int(obs.Samples[limit].Value)
				}
				limit = -1
				if !yield(b) {
					return
				}
			}
		}
	}
}

// validName is a name made valid UTF-8. Mostly the next is the same, and to look at each again takes long.
type validName struct{ name, valid string }

func (v *validName) of(name string) string {
	if v.name != name {
		*v = validName{name, strings.ToValidUTF8(name, "\uFFFD")}
	}
	return v.valid
}

// cut takes a time from the future as now, and a missing one too.
func cut(at, now time.Time) time.Time {
	if at.IsZero() || at.After(now) {
		return now
	}
	return at
}

// formed takes an app's formation as the platform had it when it was asked.
func (d *Daemon) formed(name string, formation map[string]int, asked time.Time) {
	one := d.apps.get(name)
	if one == nil {
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	one.budget.Formation(formation, asked)
	d.watchGrowth(one)
}

// evidence is what the scaler may know of an app's connections.
func (d *Daemon) evidence(name, process string) scale.Evidence {
	one := d.apps.get(name)
	if one == nil {
		return scale.Evidence{}
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	ev := evidenceOf(one.budget, process)
	ev.Dynos = one.memory.of(process)
	return ev
}

func evidenceOf(b *budget.Budget, process string) scale.Evidence {
	var ev scale.Evidence
	ev.Fits, ev.FitsKnown = b.Fits(process)
	ev.Budget = b.Line(process)
	for _, a := range b.Snapshot().Addons {
		if !a.At.IsZero() {
			ev.Readings = append(ev.Readings, scale.Reading{
				Addon: a.Addon, Attachment: a.Attachment, Used: a.Used, Limit: a.Limit, At: a.At, Own: a.Own,
			})
		}
	}
	return ev
}

// leaseLasts is how long the right to act on an app outlives a process that died with it: longer than an
// action takes, shorter than a policy's cooldown.
const leaseLasts = 30 * time.Second

// holdApp takes the right to act on an app, which `drain upgrade` takes too.
func (d *Daemon) holdApp(ctx context.Context, app string) (context.Context, func(), error) {
	return d.ledger.Hold(ctx, ledger.ActingOn(app), string(d.self.id), leaseLasts)
}
