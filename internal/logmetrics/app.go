package logmetrics

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	sourceIdle = 15 * time.Minute // after which a dyno's and an add-on's series go
	sweepEvery = time.Minute
)

// app is what is known of one app.
type app struct {
	label    string
	lastLine atomic.Int64 // Unix nanoseconds, by the time of receipt; stored under mu

	mu        sync.Mutex // guards what follows
	room      room
	gone      bool // dropped from Metrics: what is merged now would be lost
	nextSweep int64
	lost      float64
	delay     histogram
	codes     codes
	rules     map[string]float64
	traffic   *traffic // nil before the first router line
	dynos     map[string]*dyno
	addons    map[string]*addon
}

// appSeries is what every app has: the time of its last line, messages lost, and the delay.
const appSeries = 2 + histogramSeries

// newApp returns nil where there is no room.
func newApp(label string, now int64, limit *limit, allCodes bool) *app {
	held, codes := room{limit: limit}, newCodes(allCodes)
	if !held.take(appSeries + len(codes.n)) {
		return nil
	}
	a := &app{
		label:  label,
		room:   held,
		codes:  codes,
		rules:  make(map[string]float64),
		dynos:  make(map[string]*dyno),
		addons: make(map[string]*addon),
	}
	a.lastLine.Store(now)
	return a
}

// traffic is what the router said of all dynos together.
type traffic struct {
	requests         map[uint16]uint64 // by requestIndex
	bytes            float64
	service, connect histogram
}

const trafficSeries = 1 + 2*histogramSeries

// merge adds a batch. It returns false, and nothing happened, where the app is gone.
func (a *app) merge(b *Batch) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.gone {
		return false
	}
	if b.at >= a.nextSweep {
		a.sweep(b.at)
		a.nextSweep = b.at + int64(sweepEvery)
	}

	a.lastLine.Store(max(a.lastLine.Load(), b.at))
	a.lost += b.lost
	a.delay.merge(&b.delay)
	for _, code := range b.codes.touched {
		a.codes.add(code.label, float64(code.tally), &a.room)
	}
	for _, hit := range b.rules {
		a.match(hit.rule, hit.n)
	}
	if len(b.requests.touched) > 0 {
		a.mergeTraffic(b)
	}
	for _, d := range b.dynos.touched {
		a.mergeDyno(d.label, &d.tally, b.at)
	}
	for _, d := range b.addons.touched {
		a.mergeAddon(d.label, &d.tally, b.at)
	}
	return true
}

func (a *app) match(rule string, n float64) {
	if _, known := a.rules[rule]; !known {
		rule = clean(rule, maxRuleLabel)
		if _, known := a.rules[rule]; !known && !a.room.take(1) {
			return
		}
	}
	a.rules[rule] += n
}

func (a *app) mergeTraffic(b *Batch) {
	if a.traffic == nil {
		if !a.room.take(trafficSeries) {
			return
		}
		a.traffic = &traffic{requests: make(map[uint16]uint64)}
	}
	t := a.traffic
	t.bytes += b.bytes
	t.service.merge(&b.service)
	t.connect.merge(&b.connect)
	for index, n := range b.requests.all() {
		if _, known := t.requests[index]; known || a.room.take(1) {
			t.requests[index] += uint64(n)
		}
	}
}

// sweep drops the dynos and add-ons that have been silent.
func (a *app) sweep(now int64) {
	for name, d := range a.dynos {
		if now-d.last >= int64(sourceIdle) {
			delete(a.dynos, name)
			a.room.give(d.series)
		}
	}
	for name, d := range a.addons {
		if now-d.last >= int64(sourceIdle) {
			delete(a.addons, name)
			a.room.give(d.series)
		}
	}
}

// dropIfIdle marks an app gone that has had no line since then.
func (a *app) dropIfIdle(since int64) bool {
	if a.lastLine.Load() > since {
		return false // nearly always, and without waiting for a batch that is being merged
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lastLine.Load() > since {
		return false
	}
	a.gone = true
	a.room.close()
	return true
}
