package daemon

import (
	"maps"
	"time"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/scale"
	"drain/parser"
	"drain/rules"
)

// Record is one thing that a replay says would have happened.
type Record struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"` // firing, resolved or action
	Rule    string    `json:"rule"`
	App     string    `json:"app"`
	Key     string    `json:"key,omitempty"`
	Value   float64   `json:"value"`
	Summary string    `json:"summary"`
	Since   time.Time `json:"-"`

	*Action // set for an action
}

// Action is what a policy would have done, or why it would not have.
type Action struct {
	Verb    string        `json:"verb"`
	Process string        `json:"process"`
	From    int           `json:"from"`
	To      int           `json:"to"`
	Verdict scale.Verdict `json:"verdict"`
	Why     scale.Guard   `json:"why,omitempty"`
}

// Replay runs one app's captured log through rules and policies, without telling or touching
// anyone. The lines' own times are the clock; a line without one has the time of the line before.
// It takes for granted what a log can't tell: that the lines came under the app's own password, that
// the ledger is durable and the process not just started, and that a policy took no action.
//
// Lines may be a little out of order, as they are in a drain. One that is more than an hour older
// than those before it begins another capture, with nothing known of the one before.
type Replay struct {
	cfg   *config.Config
	emit  func(Record)
	app   string
	set   *rules.Set
	batch *rules.Batch
	left  []rules.Event // what still fired at the end of earlier captures
	capture
}

// newCapture is how far back in time a line begins another capture.
const newCapture = time.Hour

// capture is what one captured log has said so far.
type capture struct {
	engine *rules.Engine
	budget *budget.Budget
	losses rules.Losses

	begun    bool
	at       time.Time // of the batch
	firing   map[firingKey]rules.Event
	decided  map[string]scale.Decision  // by policy, the last that was told
	dynos    map[string]int             // by process type
	scaled   map[string]bool            // process types whose quantity the log told
	seen     map[string]map[string]bool // dynos heard from, by process type
	foreign  scale.Action               // when somebody last changed the formation
	released time.Time
}

type firingKey struct {
	rule   string
	labels rules.Labels
}

// NewReplay returns a Replay that calls emit for each Record, in order.
func NewReplay(cfg *config.Config, app string, emit func(Record)) (*Replay, error) {
	set, err := rules.NewSet(cfg.AllRules())
	if err != nil {
		return nil, err
	}
	r := &Replay{cfg: cfg, emit: emit, app: app, set: set, batch: set.NewBatch().CopyExcerpts()}
	r.capture = r.newCapture()
	return r, nil
}

func (r *Replay) newCapture() capture {
	b := budget.New(r.cfg.Apps[r.app].Redis)
	return capture{
		engine: rules.NewEngine(r.app, r.set, engineOptions(b)),
		budget: b,
		firing: make(map[firingKey]rules.Event), decided: make(map[string]scale.Decision),
		dynos: make(map[string]int), scaled: make(map[string]bool), seen: make(map[string]map[string]bool),
	}
}

// Add takes the next line.
func (r *Replay) Add(line *parser.Line) {
	if !named(line) {
		return
	}
	at := line.Time()
	if at.IsZero() {
		at = r.at
	}
	if at.Before(r.engine.Now().Add(-newCapture)) {
		r.left = r.End()
		r.capture = r.newCapture()
	}
	if !r.begun || !at.Equal(r.at) {
		r.flush() // one Observation for each time
		r.begun, r.at = true, at
		r.batch.Begin(r.app, "", at, true)
	}
	if line.Lost > 0 {
		line.Lost = r.losses.New(line.LostSince, line.Lost)
	}
	r.batch.Add(line)
}

// End judges the last lines and returns what still fires after them.
func (r *Replay) End() []rules.Event {
	r.flush()
	r.begun = false
	return r.engine.Firing(r.left)
}

// flush judges the lines of one time. Nothing lies between two times but what falls due.
func (r *Replay) flush() {
	if !r.begun {
		return
	}
	obs := r.batch.Observation()
	if obs == nil {
		r.tell(r.engine.Tick(nil, r.at))
		return
	}
	r.note(obs)
	r.tell(r.engine.Observe(nil, obs))
	r.decide()
}

func (r *Replay) tell(events []rules.Event) {
	for _, ev := range events {
		r.emit(Record{
			At: ev.At, Event: string(ev.State), Rule: ev.Rule, App: ev.App, Key: ev.Labels.String(),
			Value: ev.Value, Summary: ev.Summary, Since: ev.Since,
		})
		key := firingKey{ev.Rule, ev.Labels}
		if ev.State == rules.Firing {
			r.firing[key] = ev
		} else {
			delete(r.firing, key)
		}
	}
}

// note takes what the log says of the formation and the add-ons.
func (r *Replay) note(obs *rules.Observation) {
	for _, n := range obs.Notes {
		switch n.Kind {
		case rules.NoteScaled:
			r.foreign = scale.Action{At: obs.At, App: r.app, Process: n.Process, To: n.Quantity, Foreign: true}
			r.dynos[n.Process], r.scaled[n.Process] = n.Quantity, true
			r.budget.Dynos(n.Process, n.Quantity, obs.At)
		case rules.NoteRelease, rules.NoteDeploy:
			r.released = obs.At
		}
	}
	for _, dyno := range obs.Seen {
		r.hear(dyno, obs.At)
	}
	for s := range redisSamples(obs) {
		r.budget.Observe(s)
	}
}

// hear counts the dynos of a process type by the names in the log: a captured log seldom holds the
// line that scaled them.
func (r *Replay) hear(dyno string, at time.Time) {
	typ, _ := parser.Dyno([]byte(dyno))
	process := string(typ)
	if oneOff[process] || r.scaled[process] {
		return // once it is known what was set, the dynos that stop still speak
	}
	if r.seen[process] == nil {
		r.seen[process] = make(map[string]bool)
	}
	r.seen[process][dyno] = true
	if n := len(r.seen[process]); n > r.dynos[process] {
		r.dynos[process] = n
		r.budget.Dynos(process, n, at)
	}
}

// oneOff are the process types whose dynos are no part of a formation.
var oneOff = map[string]bool{"run": true, "scheduler": true, "release": true}

// decide asks the policies whose rule fires, and tells each answer that is new.
func (r *Replay) decide() {
	for i := range r.cfg.Policies {
		p := &r.cfg.Policies[i]
		began, fires := r.since(p.On)
		if p.App != r.app || !fires {
			delete(r.decided, p.Name)
			continue
		}
		evidence := func(process string) scale.Evidence { return evidenceOf(r.budget, process) }
		process := p.Next(r.formation(), evidence)
		dec := scale.Decide(p, &scale.Situation{
			Now: r.engine.Now(), Timing: scale.DefaultTiming(), MayAct: true, Durable: true, Began: began,
			Process: process, Evidence: evidence(process), Foreign: r.foreign, Released: r.released,
			CallsLeft: scale.Unknown, Formation: r.formation(), Obstacles: &scale.Obstacles{Autoscaling: scale.AutoscalingUnknown},
		})
		if was, told := r.decided[p.Name]; told && was.Verdict == dec.Verdict && was.Why == dec.Why && was.Process == dec.Process && was.To == dec.To {
			continue
		}
		r.decided[p.Name] = dec
		r.emit(Record{
			At: dec.At, Event: "action", Rule: p.On, App: r.app, Summary: dec.Text,
			Action: &Action{dec.Verb, dec.Process, dec.From, dec.To, dec.Verdict, dec.Why},
		})
	}
}

// formation is what the log told of it, nil if that is nothing.
func (r *Replay) formation() map[string]int {
	if len(r.dynos) == 0 {
		return nil
	}
	return maps.Clone(r.dynos)
}

// since says whether a rule fires for any key, and since when.
func (r *Replay) since(rule string) (began time.Time, fires bool) {
	for key, ev := range r.firing {
		if key.rule == rule && (!fires || ev.Since.Before(began)) {
			began, fires = ev.Since, true
		}
	}
	return began, fires
}
