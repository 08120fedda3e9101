package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// recordVersion is the version of what the Store holds. One written by another version is left alone.
const recordVersion = 1

// loadTimeout bounds the reading of the Store: nothing is told before it ends.
const loadTimeout = 5 * time.Second

// record is an incident as the Store holds it.
type record struct {
	Version    int               `json:"version"`
	Incident   Incident          `json:"incident"` // without evidence: the Store holds no log text
	Deliveries []deliveredRecord `json:"deliveries,omitempty"`

	outdated bool // it held what is secret by now
}

type deliveredRecord struct {
	Notifier string    `json:"notifier"`
	Channel  string    `json:"channel,omitempty"`
	Intent   bool      `json:"intent,omitempty"`   // a first request was about to leave
	IntentAt time.Time `json:"intent_at,omitzero"` // … then
	Told     State     `json:"told,omitempty"`
	Current  bool      `json:"current,omitempty"` // it shows the incident as recorded
	Said     uint64    `json:"said,omitempty"`    // the newest change told beside it
	Pictured bool      `json:"pictured,omitempty"`
	Receipt  Receipt   `json:"receipt,omitzero"`
}

func (i *incident) record() record {
	r := record{Version: recordVersion, Incident: i.snapshot()}
	for n := range r.Incident.Alerts {
		r.Incident.Alerts[n].Evidence = nil
	}
	for n := range r.Incident.Changes {
		r.Incident.Changes[n].Evidence = nil
	}
	for _, del := range i.deliveries {
		r.Deliveries = append(r.Deliveries, deliveredRecord{
			Notifier: del.dst.notifier.Name(), Channel: del.dst.channel, Intent: !del.intent.IsZero(), IntentAt: del.intent,
			Told: del.told, Current: del.shown == i.rev, Said: del.said, Receipt: del.receipt,
			Pictured: del.sketches > 0,
		})
	}
	return r
}

// redact takes out what is secret by now. What lives is shown anew for that; what is over isn't.
func (r *record) redact(by *Redactor) {
	inc := &r.Incident
	for i, old := range inc.Alerts {
		inc.Alerts[i] = by.alert(old)
		inc.Alerts[i].PeakFigure = by.Redact(old.PeakFigure)
		r.outdated = r.outdated || !reflect.DeepEqual(inc.Alerts[i], old)
	}
	for i, old := range inc.Changes {
		inc.Changes[i].Text, inc.Changes[i].Requests = by.Redact(old.Text), by.lines(old.Requests)
		r.outdated = r.outdated || !reflect.DeepEqual(inc.Changes[i], old)
	}
	for i, old := range inc.Actions {
		inc.Actions[i] = by.Redact(old)
		r.outdated = r.outdated || inc.Actions[i] != old
	}
	for i := range r.Deliveries {
		r.Deliveries[i].Current = r.Deliveries[i].Current && (!r.outdated || !inc.Ended.IsZero())
	}
}

// save makes the Store hold the incident as it is now, or nothing if it was dropped. It says whether
// the Store did its part.
func (d *Dispatcher) save(ctx context.Context, inc *incident) bool {
	if d.opt.Store == nil {
		return true
	}
	inc.saving.Lock()
	defer inc.saving.Unlock()
	d.mu.Lock()
	edits, gone := inc.edits, inc.forgotten
	if _, unsaved := d.unsaved[inc]; !unsaved {
		d.mu.Unlock()
		return true
	}
	var rec record
	if !gone {
		rec = inc.record()
	}
	d.mu.Unlock()

	// What was just posted must be written, whatever ended meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.opt.StoreTimeout)
	defer cancel()
	var err error
	if gone {
		err = d.opt.Store.Delete(ctx, inc.id)
	} else {
		var value []byte
		if value, err = json.Marshal(rec); err == nil {
			err = d.opt.Store.Put(ctx, inc.id, value)
		}
	}
	if err == nil {
		d.mu.Lock()
		if inc.edits == edits {
			delete(d.unsaved, inc)
		}
		d.mu.Unlock()
	}
	d.storeResult(err)
	return err == nil
}

// saveAll saves what no delivery has saved. It stops at the first failure: the next would wait for
// the same timeout.
func (d *Dispatcher) saveAll(ctx context.Context) {
	d.mu.Lock()
	unsaved := slices.Collect(maps.Keys(d.unsaved))
	d.mu.Unlock()
	for _, inc := range unsaved {
		if !d.save(ctx, inc) {
			return
		}
	}
}

// storeResult counts a failure of the Store, and logs the first one and the end of them.
func (d *Dispatcher) storeResult(err error) {
	if err != nil {
		d.metrics.storeErrors.Inc()
	}
	d.mu.Lock()
	was := !d.store.since.IsZero()
	if err != nil {
		d.store.failed(d.redactor.Load().Redact(err.Error()), time.Now())
	} else {
		d.store.works()
	}
	d.mu.Unlock()
	switch {
	case err != nil && !was:
		d.opt.Log.Error().Str("err", d.redactor.Load().Redact(err.Error())).
			Msg("ledger fails: incidents are told, but a restart now would tell them again")
	case err == nil && was:
		d.opt.Log.Info().Msg("ledger works again")
	}
}

// load takes over the incidents that the Store holds.
func (d *Dispatcher) load(ctx context.Context) {
	if d.opt.Store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	var records []record
	redactor := d.redactor.Load()
	err := d.opt.Store.Each(ctx, func(key string, value []byte) error {
		var rec record
		if err := json.Unmarshal(value, &rec); err != nil || rec.Version != recordVersion || rec.Incident.ID != key {
			d.metrics.storeErrors.Inc()
			d.opt.Log.Error().Str("incident", key).Int("version", rec.Version).Msg("ledger entry not understood, left alone")
			return nil
		}
		rec.redact(redactor)
		records = append(records, rec)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("load incidents: %w", err)
	}
	d.storeResult(err)

	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.confirm = now.Add(d.opt.ConfirmTimeout)
	slices.SortFunc(records, func(a, b record) int { return a.Incident.Ended.Compare(b.Incident.Ended) })
	early := d.early()
	for _, rec := range records {
		d.inherit(rec, now)
	}
	for _, inc := range early {
		d.join(inc, now)
	}
	if newer := d.redactor.Load(); newer != redactor {
		d.redactHeld(newer, now) // Reload came between
	}
}

// inherit takes over one recorded incident. It needs d.mu.
func (d *Dispatcher) inherit(rec record, now time.Time) {
	inc := d.restored(rec)
	d.incidents[inc.id] = inc
	if rec.outdated {
		d.edited(inc)
	}
	if inc.state() == Resolved {
		d.end(inc)
		for _, del := range inc.deliveries {
			d.enqueue(del, now)
		}
		d.settle(inc, now)
		return
	}
	d.hush(inc)
	for _, a := range inc.members {
		d.regrouped = d.regrouped || d.opt.Settings.topic(*a) != inc.topic
	}
	if d.live[inc.topic.app][inc.topic] != nil { // it was another one when they were told
		inc.topic.key, d.regrouped = inc.id, true
	}
	d.makeLive(inc)
	d.assign(inc, now)
}

// early takes out what fired before the Store was read. Nothing of that was told yet.
func (d *Dispatcher) early() (all []*incident) {
	for _, topics := range d.live {
		all = slices.AppendSeq(all, maps.Values(topics))
	}
	clear(d.live)
	for _, inc := range all {
		delete(d.incidents, inc.id)
		delete(d.unsaved, inc)
		for _, del := range inc.deliveries {
			delete(del.dst.waiting, del)
		}
	}
	return all
}

// join puts it where it belongs now that the Store was read.
func (d *Dispatcher) join(early *incident, now time.Time) {
	alerts := early.sorted()
	told := func(a Alert) bool { return d.where(early.topic, a) != nil }
	if !slices.ContainsFunc(alerts, told) {
		d.incidents[early.id] = early
		d.makeLive(early)
		d.changed(early, now)
		return
	}
	for _, a := range alerts {
		d.take(early.topic, a, now)
	}
	for _, text := range early.actions {
		if inc := d.where(early.topic, alerts[0]); inc != nil && inc.note(text, now) {
			d.changed(inc, now)
		}
	}
}

// restored makes the incident that a record describes. Numbers of another run mean nothing now.
func (d *Dispatcher) restored(rec record) *incident {
	inc := newIncident(rec.Incident.ID, d.topicOf(rec.Incident))
	inc.routes = d.routes
	inc.began, inc.ended = rec.Incident.Began, rec.Incident.Ended
	inc.severity, inc.actions, inc.rev = rec.Incident.Severity, rec.Incident.Actions, 1
	inc.acked, inc.silenced = rec.Incident.Acknowledged, rec.Incident.Silenced
	inc.flaps, inc.quiet, inc.changes = rec.Incident.Flaps, rec.Incident.Quiet, rec.Incident.Changes
	for _, c := range inc.changes {
		inc.serial, inc.heard = c.N, c.At
	}
	for _, a := range rec.Incident.Alerts {
		m := member{a.Rule, a.Key}
		a.Seq = 0
		inc.put(m, &a)
		if a.State == Firing {
			inc.inherited[m] = true
		}
	}
	elsewhere := false
	for _, r := range rec.Deliveries {
		dst := d.known(r.Notifier, r.Channel)
		if dst == nil && r.Told != "" && (r.Told != Resolved || !r.Current) {
			dst = d.place(r.Notifier, r.Channel)
		}
		if dst == nil || slices.ContainsFunc(inc.deliveries, func(del *delivery) bool { return del.dst == dst }) {
			continue // not configured any more, nothing was told there or is to be, or another name of the default channel
		}
		del := &delivery{
			inc: inc, dst: dst, receipt: r.Receipt, told: r.Told, said: r.Said,
			intent: r.IntentAt, unsure: r.Intent,
		}
		if r.Intent && r.IntentAt.IsZero() {
			del.intent = inc.began // written by an older version
		}
		if r.Pictured {
			del.sketches = maxSketches
		}
		if r.Current {
			del.shown = inc.rev
		}
		inc.deliveries = append(inc.deliveries, del)
		elsewhere = elsewhere || del.told != "" && !d.leads(inc, dst)
	}
	if elsewhere {
		inc.stay()
	}
	return inc
}

// stay has the incident told where it is and nowhere else: no route leads there any more.
func (i *incident) stay() {
	i.routes = nil
	for _, del := range i.deliveries {
		i.routes = append(i.routes, route{Match{}, del.dst})
	}
}

// topicOf is where alerts like those of a recorded incident belong by the present settings.
func (d *Dispatcher) topicOf(inc Incident) topic {
	a := Alert{App: inc.App, Cause: inc.Cause}
	if len(inc.Alerts) > 0 {
		a = inc.Alerts[0] // they are sorted: what fires is first
	}
	return d.opt.Settings.topic(a)
}
