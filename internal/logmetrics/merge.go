package logmetrics

import (
	"math/bits"

	"drain/parser"
)

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

	if len(a.room.told) > 0 {
		a.room.told = nil
	}
	a.lastLine = max(a.lastLine, b.at)
	a.lost += b.lost
	b.delay.settle()
	a.delay.merge(&b.delay.observations)
	for _, code := range b.codes.touched {
		a.codes.add(code.label, float64(code.tally), &a.room)
	}
	for _, hit := range b.rules {
		a.match(hit.rule, hit.n)
	}
	if b.requests.any() {
		a.mergeTraffic(b)
		a.mergeServed(b)
		if b.aside != nil {
			a.mergeAside(b)
		}
	}
	a.mergeSamples(b)
	for _, d := range b.addons.touched {
		a.mergeAddon(d.label, &d.tally, b.at)
	}
	return true
}

func (a *app) match(rule string, n float64) {
	sum := a.rules[rule]
	if sum == nil {
		rule = clean(rule, maxRuleLabel)
		if sum = a.rules[rule]; sum == nil {
			if !a.room.take(1) {
				return
			}
			sum = new(float64)
			a.rules[rule] = sum
		}
	}
	*sum += n
}

func (a *app) mergeTraffic(b *Batch) {
	if a.traffic == nil {
		if !a.room.take(trafficSeries) {
			return
		}
		a.traffic = newTraffic()
	}
	t, lines := a.traffic, &b.requests
	t.bytes += lines.bytes
	for _, index := range lines.touched {
		t.requests.add(index, uint64(lines.counts[index]), &a.room)
	}
	t.service.merge(&lines.service)
	t.connect.merge(&lines.connect)
	if b.aside != nil {
		t.addTimes(b.aside, b.metrics.scale)
	}
}

// mergeServed counts requests by the dynos they name.
func (a *app) mergeServed(b *Batch) {
	for i := range b.requests.dynos {
		r := &b.requests.dynos[i]
		d := a.served(b, r.key)
		d.last = max(d.last, b.at)
		for class, n := range r.classes {
			d.classes[class] += uint64(n)
		}
	}
}

// mergeAside does that with requests that were set aside, each straight into its dyno: what is counted apart and
// merged costs each dyno of each delivery more than its requests do.
func (a *app) mergeAside(b *Batch) {
	requests := b.aside
	for _, place := range requests.Asked() {
		var key nameKey // as shortKey makes it
		key.first, key.rest = requests.Dynos[place].Words()
		d := b.asked[place%parser.DynoPlaces]
		if d == nil || d.key != key || d.gone {
			d = a.served(b, key)
			b.asked[place%parser.DynoPlaces] = d
		}
		d.last = max(d.last, b.at)
	}
	for i, status := range requests.Status[:requests.N] {
		d := b.asked[requests.Dyno[i]%parser.DynoPlaces]
		d.classes[statuses.class[status%uint16(len(statuses.class))]]++
	}
}

// served returns the dyno of a name that the router has named, or nobody if there is no room for its classes.
func (a *app) served(b *Batch, key nameKey) *dyno {
	if d := a.dynos.short(key); d != nil && d.served {
		return d
	}
	return a.serve(b, key)
}

// serve is served for one that the app doesn't know by a short name, or not as served.
func (a *app) serve(b *Batch, key nameKey) *dyno {
	var buf [16]byte
	name := b.names.text(key, &buf)
	d := a.dynos.named(name)
	if d != nil {
		d.last = max(d.last, b.at)
		if d.served {
			return d
		}
	}
	if !a.room.takeOnce(len(classes), refusal{a.dynos.hash.key(name), classesPlace}) {
		return &b.nobody
	}
	if d == nil {
		d = a.dynos.add(name)
	}
	d.served = true
	d.series += len(classes)
	return d
}

// mergeSamples takes over what is newer of the dynos' gauges.
func (a *app) mergeSamples(b *Batch) {
	for i := range b.samples {
		s := &b.samples[i]
		d := a.dynos.short(s.dyno)
		if d == nil || d.gauged&s.set != s.set {
			if d = a.gauge(b, s, d); d == nil {
				continue
			}
		}
		d.last = max(d.last, b.at)
		for set := s.set & d.gauged; set != 0; set &= set - 1 {
			place := bits.TrailingZeros8(set)
			d.gauges[place].update(gauge{s.values[place], s.at})
		}
	}
}

// gauge makes room for those of a line's gauges that its dyno has not had yet. It returns the dyno, nil
// if there is none. The dyno may be known already.
func (a *app) gauge(b *Batch, s *sampleLine, d *dyno) *dyno {
	var buf [16]byte
	name := b.names.text(s.dyno, &buf)
	if d == nil {
		d = a.dynos.named(name)
	}
	missing := s.set
	if d != nil {
		missing &^= d.gauged
	}
	for ; missing != 0; missing &= missing - 1 {
		place := bits.TrailingZeros8(missing)
		if !a.room.takeOnce(1, refusal{a.dynos.hash.key(name), place}) {
			continue
		}
		if d == nil {
			d = a.dynos.add(name)
		}
		d.series++
		d.gauged |= 1 << place
	}
	return d
}
