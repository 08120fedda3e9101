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
	home    *app  // of the batch before: mostly it is the same again

	kinds  [parser.KindCount]uint32
	faulty bool
	faults [parser.FaultCount]uint32
	lost   float64
	codes  table[uint32]
	rules  []hit

	delay    observations
	requests requestLines
	samples  []sampleLine
	names    names // of dynos in these

	addons table[addonTally]
	name   []byte // reused to build an add-on's name in
}

// sampleLine is one metrics line of a dyno.
type sampleLine struct {
	dyno   nameKey
	at     int64               // Unix nanoseconds
	set    uint8               // a bit for each gauge it has
	values [dynoGauges]float64 // only of gauges that are set
}

type hit struct {
	rule string
	n    float64
}

func newBatch(m *Metrics) *Batch {
	delay := newObservations(m.scale)
	delay.truncate = true // nobody needs it finer
	return &Batch{
		metrics:  m,
		delay:    delay,
		requests: newRequestLines(m.scale),
		codes:    newTable[uint32](func(name []byte) string { return clean(string(name), maxCodeLabel) }),
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
	b.kinds[line.Kind]++
	if line.Fault != parser.FaultNone {
		b.faulty = true
		b.faults[line.Fault]++
		return
	}
	if line.Nanos != 0 {
		b.delay.add(time.Duration(b.at - line.Nanos))
	}
	if len(line.Code) > 0 {
		if n := b.codes.find(line.Code); n != nil {
			*n++
		}
	}
	switch line.Kind {
	case parser.KindRouter:
		if line.Router.Pairs {
			b.requests.add(&line.Router, b.names.key(line.Router.Dyno))
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
	if lines := m.count(b); lines > 0 || len(b.rules) > 0 || b.lost > 0 {
		if b.home == nil || b.home.label != b.app {
			b.home = m.app(b.app, b.at)
		}
		for b.home != nil && !b.home.merge(b) { // it was dropped since
			b.home = m.app(b.app, b.at)
		}
	}
	b.reset()
	m.batches.Put(b)
}

func (b *Batch) reset() {
	b.app, b.at = "", 0
	b.lost = 0
	clear(b.kinds[:])
	if b.faulty {
		b.faulty = false
		clear(b.faults[:])
	}
	clear(b.rules)
	b.rules = b.rules[:0]
	b.codes.reset()
	b.delay.reset()
	b.requests.reset()
	b.samples = empty(b.samples)
	b.names.long = empty(b.names.long)
	b.addons.reset()
}

func (b *Batch) addDynoSamples(line *parser.Line) {
	b.samples = append(b.samples, sampleLine{dyno: b.names.key(line.Proc), at: b.timeOf(line)})
	s := &b.samples[len(b.samples)-1]
	for i := range line.Samples {
		if g := dynoGauge(line.Samples[i].Name); g >= 0 {
			s.set |= 1 << g
			s.values[g] = line.Samples[i].Value
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
