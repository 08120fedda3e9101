package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// Mute says when what begins to fire is not told of. Each is within the last so long; 0 is never.
type Mute struct {
	Deploy      time.Duration `yaml:"deploy"`      // the app was deployed, built or released
	Restart     time.Duration `yaml:"restart"`     // Heroku cycled the dyno; for a rule without dynos, any
	Maintenance time.Duration `yaml:"maintenance"` // the router answered for maintenance mode (H80)
	Action      time.Duration `yaml:"action"`      // drain itself scaled the app
	ShutDown    []string      `yaml:"shut_down"`   // drain itself scaled one of these process types to 0, and nobody scaled it up since
}

func (m *Mute) durations() map[string]*time.Duration {
	return map[string]*time.Duration{"deploy": &m.Deploy, "restart": &m.Restart, "maintenance": &m.Maintenance, "action": &m.Action}
}

func (m *Mute) given() bool {
	return m.Deploy|m.Restart|m.Maintenance|m.Action != 0 || len(m.ShutDown) > 0
}

func (m *Mute) check(report Report) {
	for name, d := range m.durations() {
		if *d < 0 || *d > maxWindow {
			report("mute_when."+name, fmt.Sprintf("%v is out of range", *d), "use 0s to 24h")
		}
	}
	for i, process := range m.ShutDown {
		if process == "" {
			report(fmt.Sprintf("mute_when.shut_down[%d]", i), "is empty", "name a process type, e.g. web")
		}
	}
}

// faster divides the durations by n.
func (m Mute) faster(n int) Mute {
	for _, d := range m.durations() {
		*d /= time.Duration(n)
	}
	return m
}

// past is what happened to the app that rules can be muted by.
type past struct {
	Deploy      time.Time            `json:"deploy,omitzero"`
	Restart     time.Time            `json:"restart,omitzero"` // of any dyno
	Restarts    map[string]time.Time `json:"restarts,omitempty"`
	Maintenance time.Time            `json:"maintenance,omitzero"`
	Action      time.Time            `json:"action,omitzero"`
	ShutDown    map[string]bool      `json:"shut_down,omitempty"`
}

// maxRestarts is how many dynos' restarts are remembered: more than Heroku lets an app have dynos.
const maxRestarts = 2000

// remember takes what an Observation says was done to the app.
func (e *Engine) remember(notes []Note) {
	p := &e.past
	for i := range notes {
		switch n := &notes[i]; n.Kind {
		case NoteDeploy, NoteRelease:
			p.Deploy = e.now
		case NoteMaintenance:
			p.Maintenance = e.now
		case NoteCycling:
			p.Restart = e.now
			if len(p.Restarts) >= maxRestarts {
				maps.DeleteFunc(p.Restarts, func(_ string, at time.Time) bool { return e.now.Sub(at) >= maxWindow })
			}
			if p.Restarts == nil {
				p.Restarts = make(map[string]time.Time)
			}
			if len(p.Restarts) < maxRestarts {
				p.Restarts[n.Process] = e.now
			}
		case NoteScaled:
			e.scaled(n)
		}
	}
}

func (e *Engine) scaled(n *Note) {
	p := &e.past
	if n.Own {
		p.Action = e.now
	}
	switch {
	case n.Quantity > 0 && p.ShutDown[n.Process]:
		delete(p.ShutDown, n.Process)
		for _, c := range e.set.order { // there is no deadline for this
			if len(c.MuteWhen.ShutDown) > 0 {
				for _, s := range e.states[c.place] {
					e.dueNow(s)
				}
			}
		}
	case n.Quantity == 0 && n.Own:
		if p.ShutDown == nil {
			p.ShutDown = make(map[string]bool)
		}
		p.ShutDown[n.Process] = true
	}
}

// quiet says whether s, which fires, is not to be told of now. It keeps its state, and is told when
// that is over, if it holds then.
func (e *Engine) quiet(s *state) bool {
	r := s.rule
	if r.Signal || e.inhibited(s) || e.quietUntil(s).After(e.now) {
		return true
	}
	for _, process := range r.MuteWhen.ShutDown {
		if e.past.ShutDown[process] {
			return true
		}
	}
	return false
}

func (e *Engine) inhibited(s *state) bool {
	for _, l := range s.rule.names {
		if l.need == needInhibitor {
			if t := e.tally(l, s.labels); t[holds]+t[doubted] > 0 {
				return true
			}
		}
	}
	return false
}

// quietUntil is until when, by the clock alone, s is not to be told of; zero if it may be now.
func (e *Engine) quietUntil(s *state) (until time.Time) {
	muted := func(happened time.Time, within time.Duration) {
		if !happened.IsZero() && within > 0 {
			until = later(until, happened.Add(within))
		}
	}
	m := &s.rule.MuteWhen
	muted(e.past.Deploy, m.Deploy)
	muted(e.past.Maintenance, m.Maintenance)
	muted(e.past.Action, m.Action)
	if s.labels.Dyno != "" {
		muted(e.past.Restarts[s.labels.Dyno], m.Restart)
	} else {
		muted(e.past.Restart, m.Restart)
	}
	if s.rule.active != nil {
		until = later(until, s.rule.active.begins(later(e.now, until)))
	}
	return until
}

// checkTelling reports mistakes in when and how a rule is told.
func (r *Rule) checkTelling(report Report) {
	r.MuteWhen.check(report)
	if r.Active != nil {
		r.Active.check(report)
	}
	if r.Keys < 0 || r.Keys > maxKeys {
		report("keys", fmt.Sprintf("%d is out of range", r.Keys), fmt.Sprintf("use 1 to %d", maxKeys))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		if !labelPattern.MatchString(name) {
			report("labels."+name, fmt.Sprintf("%q is not a name", name), "use letters, digits and underscores, and begin with a letter")
		}
	}
	full := r.withDefaults()
	for name, text := range map[string]string{"summary": full.Summary, "details": full.Details} {
		if _, err := parseWord(name, text, full); err != nil {
			report(name, err.Error(), "use .App .Process .Dyno .Addon .Code .Key .Value .Bound .Window .Memory .Eta .Labels, percent, bytes, seconds")
		}
	}
}

// labelPattern keeps labels fit for a template's .Labels.team.
var labelPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)
