package rules

import "time"

// Options of an Engine.
type Options struct {
	Stale Stale // default DefaultStale
	// Limit is the connection limit of an add-on whose log line has none; 0 if unknown. It may be nil.
	Limit func(addon, attachment string) float64
	// Memory is how much an add-on's plan, or its maxmemory, allows, in bytes; 0 if unknown. It may be nil.
	Memory func(addon, attachment string) float64
}

// Engine judges one app. See the package documentation; it is for one goroutine at a time.
type Engine struct {
	app  string
	set  *Set
	opts Options

	now     time.Time
	seq     uint64
	states  []map[Labels]*state // by rule
	plain   []*state            // by rule: that of states without labels, nil if there is none
	series  map[seriesKey]*series
	recent  []*series // those that had a sample not long ago, by a hash of their names
	last    *series   // that of the newest sample
	queue   deadlines
	judged  recent
	met     []*state           // by the Observation being judged; those that it touched are judged, in this order
	keys    int                // states there are
	tallies []map[Labels]tally // by link: how the states stand that rules name
	past    past
	over    map[string]uint64 // by rule: hits and samples of keys over its bound
	slopes  []float64         // scratch
	places  [16]int           // of the last rules hit, by the length of their names
	peers   []peers           // by rule: what follows from its states, as long as it is of use

	swept         time.Time // when series were last let go
	dropped, late uint64
}

// Made-up dyno names must not grow an Engine without end.
const (
	maxKeys     = 100_000
	maxRuleKeys = 10_000 // of one rule that says nothing else, so that it doesn't take the others' place
	maxSeries   = 10_000
	fewSeries   = 16
)

// NewEngine returns an Engine that has seen nothing.
func NewEngine(app string, set *Set, opts Options) *Engine {
	if opts.Stale == (Stale{}) {
		opts.Stale = DefaultStale
	}
	e := &Engine{app: app, opts: opts, series: make(map[seriesKey]*series), over: make(map[string]uint64)}
	e.use(set)
	return e
}

func (e *Engine) use(set *Set) {
	e.set = set
	e.states = make([]map[Labels]*state, len(set.rules))
	e.plain = make([]*state, len(set.rules))
	e.peers = make([]peers, len(set.rules))
	for i := range e.states {
		e.states[i] = make(map[Labels]*state)
	}
	e.tallies = make([]map[Labels]tally, len(set.links))
	for i := range e.tallies {
		e.tallies[i] = make(map[Labels]tally)
	}
}

// Observe judges what one delivery said, after everything that fell due before it, and appends the
// Events to dst. An Observation whose ID was judged before only moves the time.
func (e *Engine) Observe(dst []Event, o *Observation) []Event {
	dst = e.Tick(dst, o.At)
	if o.ID != "" && !e.judged.add(hash(o.ID)) {
		return dst
	}
	e.remember(o.Notes)
	e.listen(o)
	e.heed(o.Notes) // before the samples: what a dyno says after its restart counts anew
	at, now := o.At.UnixNano(), e.now.UnixNano()
	for i := range o.Samples {
		e.take(&o.Samples[i], now)
	}
	e.takeTraffic(o.Traffic)
	for i := range o.Hits {
		h := &o.Hits[i]
		if place, ok := e.placeOf(h.Rule); ok {
			e.hit(place, h, at, now)
		}
	}
	// Only now is the whole delivery in: a share judged between its hits and what they are a share
	// of would fire for nothing.
	for _, s := range e.met {
		touched := s.touched
		s.met, s.touched = false, false
		switch {
		case !touched:
		case len(s.rule.names) > 0:
			e.dueNow(s) // when those it names have been
		default:
			dst = e.judge(dst, s)
		}
	}
	dst = e.Tick(dst, e.now)
	for _, s := range e.met {
		s.excerpt = "" // it is the delivery's memory
	}
	e.met = e.met[:0]
	return dst
}

func (e *Engine) meet(s *state) {
	if !s.met {
		s.met = true
		e.met = append(e.met, s)
	}
}

// touch has s judged when all of the Observation is in.
func (e *Engine) touch(s *state) {
	e.meet(s)
	s.touched = true
}

// Tick lets time pass: it judges all that falls due up to now, in order, and appends the Events. A
// time before the Engine's own is ignored.
func (e *Engine) Tick(dst []Event, now time.Time) []Event {
	nanos := now.UnixNano()
	for s := e.queue.due(nanos); s != nil; s = e.queue.due(nanos) {
		e.now = later(e.now, s.deadline)
		dst = e.judge(dst, s)
	}
	e.now = later(e.now, now)
	return dst
}

// Deadline is when Tick could next matter.
func (e *Engine) Deadline() (time.Time, bool) {
	s := e.queue.first()
	if s == nil {
		return time.Time{}, false
	}
	return s.deadline, true
}

// Now is the Engine's time: the latest it was told.
func (e *Engine) Now() time.Time { return e.now }

// Dropped counts hits and samples of keys over the bounds; late counts samples older than the one
// held, and those too old on arrival to say anything.
func (e *Engine) Dropped() (dropped, late uint64) { return e.dropped, e.late }

// DroppedBy counts those of one rule's keys.
func (e *Engine) DroppedBy(rule string) uint64 { return e.over[rule] }

// placeOf returns the place of the rule of that name. Deliveries repeat each other: mostly it is that of the
// last name so long, and need not be looked up.
func (e *Engine) placeOf(rule string) (place int, ok bool) {
	last := &e.places[len(rule)%len(e.places)]
	if *last < len(e.set.rules) && e.set.rules[*last].Name == rule {
		return *last, true
	}
	if place, ok = e.set.index[rule]; ok {
		*last = place
	}
	return place, ok
}

// hit counts h, of a delivery at a time, in Unix nanoseconds as the Engine's own.
func (e *Engine) hit(place int, h *Hit, at, now int64) {
	s := e.state(place, h.Labels)
	if s == nil {
		return
	}
	if h.Of {
		e.count(s, &s.of, h.Count, at, now)
		return
	}
	if h.Excerpt != "" {
		s.excerpt = h.Excerpt
	}
	e.meet(s)
	e.count(s, &s.hits, h.Count, at, now)
}

// count adds to one of a state's windows. Every delivery has something to add, and mostly what is counted
// stays on its side of the bound: then nothing begins or ends, nor does a deadline come sooner, and the
// state need not be judged.
func (e *Engine) count(s *state, w *window, n uint64, at, now int64) {
	first, enough, counted := w.sum == 0, s.hits.sum >= s.rule.Count, s.counted()
	w.add(at, n, s.rule.grain)
	s.prune(now)
	if first || s.hits.sum >= s.rule.Count != enough || s.counted() != counted || at < now {
		e.touch(s)
	}
}

// state returns a rule's state for a key, new if there was none, nil if there are too many.
func (e *Engine) state(place int, labels Labels) *state {
	if s := e.plain[place]; s != nil && labels.none() {
		return s
	}
	s := e.states[place][labels]
	if s == nil {
		if c := e.set.rules[place]; e.keys >= maxKeys || len(e.states[place]) >= c.Keys {
			e.dropped++
			e.over[c.Name]++
			return nil
		}
		s = &state{rule: e.set.rules[place], labels: labels, place: -1}
		s.sign = e.newSign(s)
		e.keep(place, s)
	}
	return s
}

func (e *Engine) keep(place int, s *state) {
	e.states[place][s.labels] = s
	if s.labels.none() {
		e.plain[place] = s
	}
	e.keys++
}

func (e *Engine) drop(s *state) {
	delete(e.states[s.rule.place], s.labels)
	if e.plain[s.rule.place] == s {
		e.plain[s.rule.place] = nil
	}
	e.keys--
}

// judge moves s on at the Engine's time and sets its next deadline.
func (e *Engine) judge(dst []Event, s *state) []Event {
	held, known := e.holds(s)
	switch s.phase {
	case idle:
		if held {
			s.phase, s.since = pending, e.now
		}
	case pending:
		if !held {
			s.phase = idle
		}
	case firing:
		switch {
		case held:
			s.ceased = time.Time{}
		case known && s.ceased.IsZero():
			s.ceased = e.now
		}
		over := !s.ceased.IsZero() && !e.now.Before(s.ceased.Add(s.rule.KeepFiringFor))
		lost := !known && !s.sampleAt.IsZero() && !e.now.Before(s.staleAt.Add(e.opts.Stale.Forget))
		if over || lost {
			if s.shown {
				dst = append(dst, e.event(s, Resolved))
			}
			s.phase, s.ceased, s.shown = idle, time.Time{}, false
		}
	}
	if s.phase == pending && !e.now.Before(s.since.Add(s.rule.For)) {
		s.phase, s.since = firing, e.now
	}
	if s.phase == firing && !s.shown && held && !e.quiet(s) {
		s.shown = true
		dst = append(dst, e.event(s, Firing))
	}
	e.stand(s, standingOf(s, known))
	if s.empty(e.now) && !e.kept(s) {
		e.stand(s, absent)
		s.deadline, s.gone = time.Time{}, true
		e.drop(s)
	} else {
		s.deadline = e.next(s)
	}
	e.queue.set(s)
	return dst
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
