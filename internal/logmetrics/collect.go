package logmetrics

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"drain/parser"
)

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range m.families.all {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	now := m.o.Now().UnixNano()
	m.mu.Lock()
	m.dropIdle(now)
	apps := slices.Collect(maps.Values(m.apps))
	m.mu.Unlock()

	out := scrape(ch)
	for _, a := range apps {
		// A copy is written out without the lock: the registry takes samples at its own pace.
		if copied := a.snapshot(now); copied != nil {
			m.write(out, copied)
		}
	}
	m.writeOwn(out)
}

// snapshot is a copy of an app's numbers.
type snapshot struct {
	label    string
	lastLine int64
	lost     float64
	delay    histogram
	codes    map[string]float64
	rules    map[string]float64
	traffic  *traffic
	dynos    []dyno
	addons   []addon
}

// snapshot copies an app; nil if it is gone.
func (a *app) snapshot(now int64) *snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.gone {
		return nil
	}
	a.sweep(now)
	s := &snapshot{
		label:    a.label,
		lastLine: a.lastLine,
		lost:     a.lost,
		delay:    a.delay.clone(),
		codes:    maps.Clone(a.codes.n),
		rules:    make(map[string]float64, len(a.rules)),
		dynos:    make([]dyno, 0, a.dynos.n),
		addons:   make([]addon, 0, len(a.addons)),
	}
	for rule, sum := range a.rules {
		s.rules[rule] = *sum
	}
	if t := a.traffic; t != nil {
		s.traffic = &traffic{t.requests.clone(), t.bytes, t.service.clone(), t.connect.clone()}
	}
	for d := range a.dynos.all {
		s.dynos = append(s.dynos, *d)
	}
	for _, d := range a.addons {
		s.addons = append(s.addons, *d)
	}
	return s
}

// write writes an app's series. Each is written as soon as it counts against the limit, also at 0.
func (m *Metrics) write(out scrape, a *snapshot) {
	f, label := m.families, pair("app", a.label)
	out.number(f.lastLine, float64(a.lastLine)/1e9, label)
	out.number(f.lost, a.lost, label)
	out.histogram(f.delay, a.delay.dto(m.scale), label)
	for code, n := range a.codes {
		out.number(f.errors, n, label, pair("code", code))
	}
	for rule, n := range a.rules {
		out.number(f.rules, n, label, pair("rule", rule))
	}
	if t := a.traffic; t != nil {
		out.number(f.responseBytes, t.bytes, label)
		out.histogram(f.service, t.service.dto(m.scale), label)
		out.histogram(f.connect, t.connect.dto(m.scale), label)
		for index, n := range t.requests.all {
			method, status := requestLabels(index)
			out.number(f.requests, float64(n), label, pair("method", method), pair("status", status))
		}
	}
	for i := range a.dynos {
		d := &a.dynos[i]
		name, process := pair("dyno", d.name), pair("process", d.process)
		if d.served {
			for class, n := range d.classes {
				out.number(f.dynoRequests, float64(n), label, process, name, pair("class", classes[class]))
			}
		}
		writeGauges(out, f.dyno[:], d.gauges[:], label, process, name)
	}
	for i := range a.addons {
		d := &a.addons[i]
		writeGauges(out, f.addon[:], d.gauges[:], label, pair("addon", d.name), pair("attachment", d.attachment))
	}
}

func writeGauges(out scrape, families []gaugeFamily, gauges []gauge, pairs ...*dto.LabelPair) {
	for i, g := range gauges {
		if g.at == 0 {
			continue
		}
		all := slices.Clone(pairs)
		if extra := families[i].extra; extra != nil {
			all = append(all, extra)
		}
		out.number(families[i].family, g.value, all...)
	}
}

// writeOwn writes what is about all apps together.
func (m *Metrics) writeOwn(out scrape) {
	f := m.families
	for kind := range parser.Kind(parser.KindCount) {
		out.number(f.lines, float64(m.lines[kind].Load()), pair("kind", kind.String()))
	}
	for fault := range parser.Fault(parser.FaultCount) {
		if fault != parser.FaultNone {
			out.number(f.faults, float64(m.faults[fault].Load()), pair("fault", fault.String()))
		}
	}
	out.number(f.series, float64(m.limit.used.Load()))
	out.number(f.refused, float64(m.limit.refused.Load()))
}
