package daemon

import (
	"time"

	"drain/internal/ingest"
	"drain/internal/logmetrics"
	"drain/parser"
	"drain/rules"
)

// ruleset is a compiled Set. A reload puts another in its place; deliveries under way end with the one
// they began with.
type ruleset struct {
	set    *rules.Set
	byName map[string]*rules.Rule
}

func newRuleset(set *rules.Set) *ruleset {
	rs := &ruleset{set: set, byName: make(map[string]*rules.Rule)}
	for _, r := range set.Rules() {
		rs.byName[r.Name] = &r
	}
	return rs
}

// rule is the rule of that name, nil if it is no more.
func (rs *ruleset) rule(name string) *rules.Rule { return rs.byName[name] }

// Why messages are taken and not judged.
const (
	reasonOwnLog      = "own_log"
	reasonTooManyApps = "too_many_apps"
)

// pass is what a goroutine needs to go through a delivery. It is used again, from d.passes.
type pass struct {
	scan  *parser.Scanner
	app   *app // of the delivery before: mostly it is the same again
	rules *ruleset
	batch *rules.Batch // of these rules
	sieve parser.Sieve // what the batch lets be set aside, but for our own log
}

// pass returns one for a body; it goes back to d.passes.
func (d *Daemon) pass(body []byte) *pass {
	p, ok := d.passes.Get().(*pass)
	if !ok {
		return &pass{scan: parser.NewScanner(body)}
	}
	p.scan.Reset(body)
	return p
}

// appOf returns the app that a delivery is of, nil if there are too many. Apps are never forgotten.
func (p *pass) appOf(del *ingest.Delivery, all *apps) *app {
	if p.app == nil || p.app.name != del.App {
		p.app = all.get(del.App)
	}
	return p.app
}

// begin returns the Batch that a delivery's lines are to be matched in.
func (d *Daemon) begin(p *pass, rs *ruleset, one *app, id string, del *ingest.Delivery) *rules.Batch {
	if p.rules != rs {
		p.rules, p.batch = rs, rs.set.NewBatch()
		p.sieve = *p.batch.Sieve()
		if wanted := p.sieve.Wanted; wanted != nil {
			p.sieve.Wanted = func(text []byte) bool { return d.self.wrote(text) || wanted(text) }
		}
	}
	p.batch.Begin(one.name, id, del.At, del.Own)
	return p.batch
}

// Take judges one delivery, whole, before it returns: ingest.Sink.
func (d *Daemon) Take(del *ingest.Delivery) (messages int) {
	p := d.pass(del.Body)
	defer d.passes.Put(p)
	scan := p.scan

	d.peek.take(del)
	if del.App == "" {
		for scan.Scan() {
		}
		d.unclaimed.add(del.Token, scan.Frames(), del.At)
		return scan.Frames()
	}
	one := p.appOf(del, &d.apps)
	if one == nil || one.own.Load() {
		// Too many apps, or our own log: judging what we write would make us write more.
		for scan.Scan() {
		}
		reason := reasonOwnLog
		if one == nil {
			reason = reasonTooManyApps
		}
		d.metrics.discarded.WithLabelValues(reason).Add(float64(scan.Frames()))
		return scan.Frames()
	}

	batch := d.begin(p, d.rules.Load(), one, del.FrameID, del)
	counts := d.lines.Batch()
	counts.Begin(one.name, del.At)
	var seen glance
	for scan.Sift(&p.sieve) {
		line := scan.Line()
		seen.add(line)
		if named(line) {
			if line.Lost > 0 {
				line.Lost = one.newlyLost(line)
				counts.Lost(line.Lost)
				d.tally.lost.Add(line.Lost)
			}
			if line.Kind == parser.KindApp && d.self.wrote(line.Msg) {
				one.own.Store(true)
				d.log.Warn().Str("app", one.name).Msg("this drain carries our own log: it is discarded from now on; detach it")
			}
			batch.Add(line)
		}
		counts.Add(line)
	}
	requests, texts := scan.Requests(), scan.Texts()
	seen.aside = requests
	batch.AddRequests(requests)
	batch.AddTexts(texts)
	counts.AddRequests(requests)
	counts.AddTexts(texts)
	d.tally.add(del.At, scan.Frames(), counts.Newest())
	d.finishBatch(one, batch, counts, &seen, del)
	return scan.Frames()
}

// repeat looks for an L10 in front of a frame that was taken before: what it tells may be news, though
// the frame is none. ingest.Options.Repeat.
func (d *Daemon) repeat(del *ingest.Delivery) {
	d.tally.repeats.Add(1)
	if del.App == "" {
		return
	}
	p := d.pass(del.Body)
	defer d.passes.Put(p)
	one := p.appOf(del, &d.apps)
	if one == nil || one.own.Load() || !p.scan.Scan() {
		return
	}
	line := p.scan.Line()
	if !named(line) || line.Lost == 0 {
		return
	}
	if line.Lost = one.newlyLost(line); line.Lost == 0 {
		return
	}
	batch := d.begin(p, d.rules.Load(), one, "", del) // the frame's id is judged already
	batch.Add(line)
	counts := d.lines.Batch()
	counts.Begin(one.name, del.At)
	counts.Lost(line.Lost)
	d.tally.lost.Add(line.Lost)
	d.finishBatch(one, batch, counts, &glance{}, del)
}

// finishBatch counts and judges what the lines of a delivery came to.
func (d *Daemon) finishBatch(one *app, batch *rules.Batch, counts *logmetrics.Batch, seen *glance, del *ingest.Delivery) {
	obs := batch.Observation()
	if obs != nil {
		for i := range obs.Hits {
			if h := &obs.Hits[i]; !h.Of {
				counts.Match(h.Rule, h.Count)
			}
		}
	}
	counts.Commit()
	d.judge(one, obs, seen, del)
}

// judge puts an Observation, or only the time, before the app's Engine and hands on what comes of it.
func (d *Daemon) judge(one *app, obs *rules.Observation, seen *glance, del *ingest.Delivery) {
	one.mu.Lock()
	defer one.mu.Unlock()
	one.last = del.At
	one.sight.take(del.At, seen.runtime)
	seen.keep(one.history, del.At)
	one.drains.add(del.Token, del.At)
	if obs == nil {
		one.events = one.engine.Tick(one.events[:0], del.At)
	} else {
		if one.budget.Listens() {
			if one.hearing == nil {
				one.hearing = new(hearing)
			}
			one.hearing.take(one.budget, obs)
		}
		if len(obs.Notes)+len(obs.Samples) > 0 {
			one.plotMemory(obs)
			d.note(one, obs) // first: an incident is to be told with the newest budget
		}
		one.events = one.engine.Observe(one.events[:0], obs)
		if len(one.events) > 0 {
			one.quotes = d.quote(one.quotes[:0], one.events, obs, del.Body)
		}
	}
	d.handOn(one)
}

// ring judges what falls due as time passes.
func (d *Daemon) ring(one *app, now time.Time) {
	one.mu.Lock()
	defer one.mu.Unlock()
	one.events = one.engine.Tick(one.events[:0], now)
	d.handOn(one)
}

// handOn routes the Events just made, has saved what is to be, and sets the next deadline. The caller
// holds the app's lock.
func (d *Daemon) handOn(one *app) {
	for i := range one.events {
		d.route(one, &one.events[i])
	}
	if len(one.events) > 0 || one.budget.Unsaved() {
		d.dirty.add(one)
	}
	if len(one.events) > 0 {
		clear(one.events) // an Event holds text that need not outlive it
		clear(one.quotes)
		one.quotes = one.quotes[:0]
	}
	d.countDropped(one)
	due, _ := one.engine.Deadline()
	d.alarm.set(one, due)
}
