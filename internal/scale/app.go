package scale

import (
	"slices"
	"time"
)

// app is what a Scaler knows of one app. Its fields are guarded by Scaler.mu.
type app struct {
	name     string
	poke     chan struct{}      // cap 1; a token means that the app's goroutine should look again
	busy     bool               // it has a goroutine
	acting   bool               // … which has the right to act
	upgrade  Upgrade            // the newest that was heard of
	unclear  bool               // the newest foreign change may be an upgrade's: the ledger has to be asked
	unheard  bool               // it was, and didn't answer
	nudged   bool               // its Evidence is newer than when that last looked
	firing   map[string]Request // by rule
	actions  []Action           // ours, oldest first
	foreign  []Action           // somebody else's, the newest last
	released time.Time
	seen     map[string]sighting  // by process type
	calm     map[string]time.Time // when a rule ceased to fire
	wanted   map[string]*wanted   // by process type
	asks     map[string]*ask      // by ID
}

// sighting is a quantity and when it was last known to be so.
type sighting struct {
	quantity int
	at       time.Time
}

// maxActions and maxSeen bound what is kept of an app.
const (
	maxActions = 1000
	maxSeen    = 64
	maxForeign = 8
)

func newApp(name string) *app {
	return &app{name: name, poke: make(chan struct{}, 1), firing: map[string]Request{}, seen: map[string]sighting{}, calm: map[string]time.Time{}, wanted: map[string]*wanted{}, asks: map[string]*ask{}}
}

// line takes a "Scaled to" line.
func (a *app) line(s *Scaler, process string, quantity int, at time.Time) (ours bool) {
	if a.ours(s, process, quantity, at) {
		return true // what we set was seen when it was set
	}
	if !at.Before(a.seen[process].at) {
		a.saw(s, process, quantity, at)
	}
	if a.upgrade.made(process, quantity, at, &s.o.Timing) {
		return true
	}
	if w := a.wanted[process]; w != nil {
		w.line(quantity, at, s.o.Timing.Echo)
	}
	a.changed(s, process, quantity, at)
	return false
}

// ours says whether an action of ours set process to quantity at about a time.
func (a *app) ours(s *Scaler, process string, quantity int, at time.Time) bool {
	return slices.ContainsFunc(a.actions, func(act Action) bool { return act.echo(process, quantity, at, s.o.Timing.Echo) })
}

// late says whether an action of ours that got no answer may have set process to quantity since a time.
func (a *app) late(s *Scaler, process string, quantity int, since time.Time) bool {
	return slices.ContainsFunc(a.actions, func(act Action) bool {
		return act.Unsure && act.Dyno == "" && act.Process == process && act.To == quantity && since.Sub(act.over()) <= s.o.Timing.Echo
	})
}

// read takes the formation as the platform has it now. A quantity that isn't what was last seen
// was changed by somebody whose line hasn't come or never will.
func (a *app) read(s *Scaler, formation map[string]int, now time.Time) {
	for process, quantity := range formation {
		if a.upgrade.made(process, quantity, now, &s.o.Timing) {
			a.saw(s, process, quantity, now) // held against nobody; a decision sees for itself
			continue
		}
		if w := a.wanted[process]; w != nil {
			w.read(quantity, now, s.o.Timing.Echo)
		}
		was, known := a.seen[process]
		a.saw(s, process, quantity, now)
		if known && was.quantity != quantity && now.Sub(was.at) < s.o.Timing.Foreign &&
			!a.ours(s, process, quantity, now) && !a.late(s, process, quantity, was.at) {
			a.changed(s, process, quantity, now)
		}
	}
}

func (a *app) saw(s *Scaler, process string, quantity int, at time.Time) {
	if _, known := a.seen[process]; !known && len(a.seen) >= maxSeen {
		return
	}
	a.seen[process] = sighting{quantity, at}
	s.metrics.quantity(a.name, process, quantity)
}

// changed notes a change by somebody else, unless the ledger says that it is an upgrade's.
func (a *app) changed(s *Scaler, process string, quantity int, at time.Time) {
	if at.Before(a.lastForeign().At) {
		return
	}
	if len(a.foreign) >= maxForeign {
		a.foreign = a.foreign[1:]
	}
	a.foreign = append(a.foreign, Action{At: at, App: a.name, Process: process, From: Unknown, To: quantity, Foreign: true})
	a.unclear = true
	s.rouse(a)
}

// lastForeign is the newest of somebody else's changes, zero if there is none.
func (a *app) lastForeign() Action {
	if len(a.foreign) == 0 {
		return Action{}
	}
	return a.foreign[len(a.foreign)-1]
}

// put adds an action of ours, or replaces it.
func (a *app) put(act Action) {
	for i := range a.actions {
		if a.actions[i].At.Equal(act.At) && a.actions[i].Process == act.Process {
			a.actions[i] = act
			return
		}
	}
	if len(a.actions) >= maxActions {
		a.actions = a.actions[1:]
	}
	a.actions = append(a.actions, act)
}
