package daemon

import (
	"sync"
	"time"

	"drain/internal/ingest"
	"drain/internal/logmetrics"
	"drain/parser"
	"drain/rules"
)

// ruleset is a compiled Set and the scratch that belongs to it. A reload puts another in its place;
// deliveries under way end with the one they began with.
type ruleset struct {
	set     *rules.Set
	byName  map[string]*rules.Rule
	batches sync.Pool // of *rules.Batch
}

func newRuleset(set *rules.Set) *ruleset {
	rs := &ruleset{set: set, byName: make(map[string]*rules.Rule)}
	for _, r := range set.Rules() {
		rs.byName[r.Name] = &r
	}
	rs.batches.New = func() any { return set.NewBatch() }
	return rs
}

// rule is the rule of that name, nil if it is no more.
func (rs *ruleset) rule(name string) *rules.Rule { return rs.byName[name] }

// Why messages are taken and not judged.
const (
	reasonOwnLog      = "own_log"
	reasonTooManyApps = "too_many_apps"
)

// scanner returns one for a body, used before if there is one; it goes back to d.scanners.
func (d *Daemon) scanner(body []byte) *parser.Scanner {
	scan, ok := d.scanners.Get().(*parser.Scanner)
	if !ok {
		return parser.NewScanner(body)
	}
	scan.Reset(body)
	return scan
}

// Take judges one delivery, whole, before it returns: ingest.Sink.
func (d *Daemon) Take(del *ingest.Delivery) (messages int) {
	scan := d.scanner(del.Body)
	defer d.scanners.Put(scan)

	d.peek.take(del)
	if del.App == "" {
		for scan.Scan() {
		}
		d.unclaimed.add(del.Token, scan.Frames(), del.At)
		return scan.Frames()
	}
	one := d.apps.get(del.App)
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

	rs := d.rules.Load()
	batch := rs.batches.Get().(*rules.Batch)
	defer rs.batches.Put(batch)
	counts := d.lines.Batch()

	batch.Begin(one.name, del.FrameID, del.At, del.Own)
	counts.Begin(one.name, del.At)
	var seen glance
	for scan.Scan() {
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
	d.tally.add(del.At, scan.Frames(), seen.newest)
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
	scan := d.scanner(del.Body)
	defer d.scanners.Put(scan)
	one := d.apps.get(del.App)
	if one == nil || one.own.Load() || !scan.Scan() {
		return
	}
	line := scan.Line()
	if !named(line) || line.Lost == 0 {
		return
	}
	if line.Lost = one.newlyLost(line); line.Lost == 0 {
		return
	}
	rs := d.rules.Load()
	batch := rs.batches.Get().(*rules.Batch)
	defer rs.batches.Put(batch)
	batch.Begin(one.name, "", del.At, del.Own) // the frame's id is judged already
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
	one.history.Requests(del.At, &seen.requests)
	one.drains.add(del.Token, del.At)
	if obs == nil {
		one.events = one.engine.Tick(one.events[:0], del.At)
	} else {
		one.remember(obs)
		d.note(one, obs) // first: an incident is to be told with the newest budget
		one.events = one.engine.Observe(one.events[:0], obs)
		one.quotes = d.quote(one.quotes[:0], one.events, obs, del.Body)
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

// handOn routes the Events just made and sets the next deadline. The caller holds the app's lock.
func (d *Daemon) handOn(one *app) {
	for i := range one.events {
		d.route(one, &one.events[i])
	}
	if len(one.events) > 0 {
		d.dirty.add(one)
	}
	d.countDropped(one)
	clear(one.events) // an Event holds text that need not outlive it
	clear(one.quotes)
	due, _ := one.engine.Deadline()
	d.alarm.set(one, due)
}
