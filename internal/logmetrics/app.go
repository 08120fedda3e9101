package logmetrics

import (
	"sync"
	"time"

	"drain/parser"
)

const (
	sourceIdle = 15 * time.Minute // after which a dyno's and an add-on's series go
	sweepEvery = time.Minute
)

// app is what is known of one app.
type app struct {
	label string

	mu        sync.Mutex // guards what follows
	lastLine  int64      // Unix nanoseconds, by the time of receipt
	room      room
	gone      bool // dropped from Metrics: what is merged now would be lost
	nextSweep int64
	lost      float64
	delay     histogram
	codes     codes
	rules     map[string]*float64
	traffic   *traffic // nil before the first router line
	dynos     dynos
	addons    map[string]*addon
}

// appSeries is what every app has: the time of its last line, messages lost, and the delay.
const appSeries = 2 + histogramSeries

// newApp returns nil where there is no room.
func newApp(label string, now int64, limit *limit, hash *nameHash, allCodes bool) *app {
	held, codes := room{limit: limit}, newCodes(allCodes)
	if !held.take(appSeries + len(codes.n)) {
		return nil
	}
	a := &app{
		label:    label,
		lastLine: now,
		room:     held,
		codes:    codes,
		rules:    make(map[string]*float64),
		dynos:    newDynos(hash),
		addons:   make(map[string]*addon),
	}
	return a
}

// traffic is what the router said of all dynos together.
type traffic struct {
	requests         requestTotals
	bytes            float64
	service, connect histogram
}

const trafficSeries = 1 + 2*histogramSeries

func newTraffic() *traffic {
	t := &traffic{requests: newRequestTotals()}
	t.service.init()
	t.connect.init()
	return t
}

// addTimes counts how long requests took. Times of one sort are mostly in a few cells, and each count waits for the
// one before: so both sorts are counted in one loop.
func (t *traffic) addTimes(requests *parser.Requests, s *scale) {
	services, connects, table := t.service.cells[:], t.connect.cells[:], s.millis[:]
	serviceSum, connectSum, most := uint64(0), uint64(0), uint32(0)
	for i, service := range requests.Service[:requests.N] {
		if service < tabulatedMillis {
			services[table[service]]++
			serviceSum += uint64(service)
		}
		connect := requests.Connect[i]
		if connect < tabulatedMillis {
			connects[table[connect]]++
			connectSum += uint64(connect)
		}
		most |= service | connect
	}
	t.service.micros += int64(serviceSum) * 1000
	t.connect.micros += int64(connectSum) * 1000
	if most >= tabulatedMillis { // a call in the loop would have it keep all in memory
		t.service.addLong(requests.Service[:requests.N], s)
		t.connect.addLong(requests.Connect[:requests.N], s)
	}
}

// sweep drops the dynos and add-ons that have been silent.
func (a *app) sweep(now int64) {
	a.room.give(a.dynos.sweep(now - int64(sourceIdle)))
	for name, d := range a.addons {
		if now-d.last >= int64(sourceIdle) {
			delete(a.addons, name)
			a.room.give(d.series)
		}
	}
}

// dropIfIdle marks an app gone that has had no line since then.
func (a *app) dropIfIdle(since int64) bool {
	if !a.mu.TryLock() {
		return false // a batch is being merged, so the app is not idle; or a scrape will ask again
	}
	defer a.mu.Unlock()
	if a.lastLine > since {
		return false
	}
	a.gone = true
	a.room.close()
	return true
}
