package daemon

import (
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
	Dyno    string        `json:"dyno,omitempty"` // of a restart
	From    int           `json:"from"`
	To      int           `json:"to"`
	Verdict scale.Verdict `json:"verdict"`
	Why     scale.Guard   `json:"why,omitempty"`
	Policy  string        `json:"-"`
}

// Replay runs one app's captured log through rules and policies, without telling or touching
// anyone. The lines' own times are the clock; a line without one has the time of the line before.
// It takes for granted what a log can't tell: that the lines came under the app's own password, that
// the ledger is durable and the process not just started, that process types it doesn't name have no
// dynos, that nothing but what the log tells stands in the way, and that what a policy decides is done, and approved where that is asked for.
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
	dynos    map[string]int             // by process type, as the log has it
	told     map[string]bool            // process types whose quantity a line told
	seen     map[string]map[string]bool // dynos heard from, by process type
	released time.Time

	footprints footprints
	acting
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
	b.Formation(nil, time.Time{}) // process types that the log doesn't name have no dynos
	return capture{
		engine: rules.NewEngine(r.app, r.set, engineOptions(b)),
		budget: b,
		firing: make(map[firingKey]rules.Event),
		dynos:  make(map[string]int), told: make(map[string]bool), seen: make(map[string]map[string]bool),
		footprints: make(footprints), acting: newActing(),
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
		r.restore(false)
		return
	}
	news := r.note(obs)
	r.tell(r.engine.Observe(nil, obs))
	r.act()
	r.restore(news)
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
			r.calm[ev.Rule] = ev.At // the last key's counts
		}
	}
}

// note takes what the log says of the formation and the add-ons. news says that an add-on told its
// figures.
func (r *Replay) note(obs *rules.Observation) (news bool) {
	for i := range obs.Notes {
		n := &obs.Notes[i]
		switch n.Kind {
		case rules.NoteScaled:
			r.scaled(n, obs.At)
			r.dynos[n.Process], r.told[n.Process] = n.Quantity, true
			r.budget.Dynos(n.Process, n.Quantity, obs.At)
		case rules.NoteRelease, rules.NoteDeploy:
			r.released = obs.At
		}
		learnAbout(r.budget, n, obs.At)
	}
	for _, dyno := range obs.Seen {
		r.hear(dyno, obs.At)
	}
	r.footprints.add(obs)
	for s := range redisSamples(obs) {
		r.budget.Observe(s)
		news = true
	}
	return news
}

// hear counts the dynos of a process type by the names in the log: a captured log seldom holds the
// line that scaled them.
func (r *Replay) hear(dyno string, at time.Time) {
	typ, _ := parser.Dyno([]byte(dyno))
	process := string(typ)
	if parser.OneOff(process) != "" || r.told[process] {
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

// since says whether a rule fires for any key, and since when.
func (r *Replay) since(rule string) (began time.Time, fires bool) {
	for key, ev := range r.firing {
		if key.rule == rule && (!fires || ev.Since.Before(began)) {
			began, fires = ev.Since, true
		}
	}
	return began, fires
}
