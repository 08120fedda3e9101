package logmetrics

import (
	"time"

	"drain/parser"
)

// Batch is one goroutine's scratch for one delivery: Begin, then Add, Match and Lost as often as
// needed, then Commit. After Commit it must not be used. One that is never committed counts nothing.
type Batch struct {
	metrics *Metrics
	app     string
	at      int64 // Unix nanoseconds

	lines  int
	kinds  [parser.KindCount]uint32
	faults [parser.FaultCount]uint32
	lost   float64
	delay  observations
	codes  table[uint32]
	rules  []hit

	requests         counts // by requestIndex
	service, connect observations
	bytes            float64

	dynos  table[dynoTally]
	addons table[addonTally]
	name   []byte // reused to build an add-on's name in
}

type hit struct {
	rule string
	n    float64
}

func newBatch(m *Metrics) *Batch {
	return &Batch{
		metrics:  m,
		delay:    newObservations(m.scale),
		codes:    newTable[uint32](func(name []byte) string { return clean(string(name), maxCodeLabel) }),
		requests: newCounts(requestSpace),
		service:  newObservations(m.scale),
		connect:  newObservations(m.scale),
		dynos:    newTable[dynoTally](dynoLabel),
		addons:   newTable[addonTally](addonLabel),
	}
}

// Begin says whose lines follow, and when they were received. The app may be "", for lines that
// belong to no app that is known.
func (b *Batch) Begin(app string, at time.Time) {
	b.app = app
	b.at = at.UnixNano()
}

// Add counts a line. It keeps nothing of it. What an L10 says was lost is not counted here, since
// only the caller knows whether it was said before: see Lost.
func (b *Batch) Add(line *parser.Line) {
	b.lines++
	b.kinds[line.Kind]++
	if line.Fault != parser.FaultNone {
		b.faults[line.Fault]++
		return
	}
	if line.Nanos != 0 {
		// Whole milliseconds are found without a search, and delays need no finer ones.
		b.delay.add(time.Duration(b.at - line.Nanos).Truncate(time.Millisecond))
	}
	if len(line.Code) > 0 {
		if n := b.codes.find(line.Code); n != nil {
			*n++
		}
	}
	switch line.Kind {
	case parser.KindRouter:
		if line.Router.Pairs {
			b.addRequest(&line.Router)
		}
	case parser.KindRuntime:
		b.addDynoSamples(line)
	case parser.KindRedis:
		b.addAddonSamples(line, redisGauge)
	case parser.KindPostgres:
		b.addAddonSamples(line, postgresGauge)
	}
}

// Match counts lines that matched a rule.
func (b *Batch) Match(rule string, n uint64) { b.rules = append(b.rules, hit{rule, float64(n)}) }

// Lost counts messages that Logplex says it dropped.
func (b *Batch) Lost(n uint64) { b.lost += float64(n) }

// Commit adds the batch to the app's series, and gives the Batch back.
func (b *Batch) Commit() {
	m := b.metrics
	m.count(b)
	if b.lines > 0 || len(b.rules) > 0 || b.lost > 0 {
		for {
			a := m.app(b.app, b.at)
			if a == nil || a.merge(b) { // else it was dropped in between
				break
			}
		}
	}
	b.reset()
	m.batches.Put(b)
}

func (b *Batch) reset() {
	b.app, b.at = "", 0
	b.lines, b.lost, b.bytes = 0, 0, 0
	clear(b.kinds[:])
	clear(b.faults[:])
	clear(b.rules)
	b.rules = b.rules[:0]
	b.delay.reset()
	b.codes.reset()
	b.requests.reset()
	b.service.reset()
	b.connect.reset()
	b.dynos.reset()
	b.addons.reset()
}

func (b *Batch) addRequest(r *parser.Router) {
	b.requests.add(requestIndex(r.Method, r.Status))
	if r.Service >= 0 {
		b.service.add(r.Service)
	}
	if r.Connect >= 0 {
		b.connect.add(r.Connect)
	}
	if r.Bytes > 0 {
		b.bytes += float64(r.Bytes)
	}
	if len(r.Dyno) > 0 {
		if t := b.dynos.find(r.Dyno); t != nil {
			t.served = true
			t.classes[classIndex(r.Status)]++
		}
	}
}

func (b *Batch) addDynoSamples(line *parser.Line) {
	t := b.dynos.find(line.Proc)
	if t == nil {
		return
	}
	at := b.timeOf(line)
	for i := range line.Samples {
		if g := dynoGauge(line.Samples[i].Name); g >= 0 {
			t.sampled = true
			t.gauges[g].update(gauge{line.Samples[i].Value, at})
		}
	}
}

func (b *Batch) addAddonSamples(line *parser.Line, gaugeOf func(sample []byte) int) {
	if len(line.Samples) == 0 {
		return
	}
	b.name = append(append(append(b.name[:0], line.Addon...), addonSeparator...), line.Source...)
	t := b.addons.find(b.name)
	if t == nil {
		return
	}
	at := b.timeOf(line)
	for i := range line.Samples {
		if g := gaugeOf(line.Samples[i].Name); g >= 0 {
			t.gauges[g].update(gauge{line.Samples[i].Value, at})
		}
	}
}

// timeOf is when a line's samples were taken: never after its receipt, or a clock that is ahead would
// keep later ones from being shown.
func (b *Batch) timeOf(line *parser.Line) int64 {
	if line.Nanos == 0 || line.Nanos > b.at {
		return b.at
	}
	return line.Nanos
}
