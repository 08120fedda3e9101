package logmetrics

import (
	"slices"
	"time"

	"drain/parser"
)

// Batch is one goroutine's scratch for one delivery: Begin, then Add, AddRequests, AddTexts, Match and
// Lost as often as needed, then Commit. After Commit it must not be used. One that is never committed counts nothing.
type Batch struct {
	metrics *Metrics
	app     string
	at      int64 // Unix nanoseconds
	newest  int64 // of the lines' own times, Unix nanoseconds
	home    *app  // of the batch before: mostly it is the same again

	kinds  [parser.KindCount]uint32
	faulty bool
	faults [parser.FaultCount]uint32
	lost   float64
	codes  table[uint32]
	rules  []hit

	aside    *parser.Requests         // to be counted by Commit; nil: none
	asked    [parser.DynoPlaces]*dyno // who counted the requests to the dyno in that place of aside: of home
	nobody   dyno                     // counts those to dynos that there is no room for
	delay    delays
	requests requestLines
	samples  []sampleLine
	names    names // of dynos in these

	addons    table[addonTally]
	lastAddon *row[addonTally] // of addons, or dropped from it since
	name      []byte           // reused to build an add-on's name in
}

// sampleLine is one metrics line of a dyno.
type sampleLine struct {
	dyno   nameKey
	at     int64               // Unix nanoseconds
	set    uint8               // a bit for each gauge it has
	values [dynoGauges]float64 // of those that it hasn't they mean nothing
}

type hit struct {
	rule string
	n    float64
}

func newBatch(m *Metrics) *Batch {
	return &Batch{
		metrics:  m,
		delay:    newDelays(m.scale),
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
	b.newest = max(b.newest, line.Nanos)
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
		b.addAddonSamples(line, gaugesOfRedis)
	case parser.KindPostgres:
		b.addAddonSamples(line, gaugesOfPostgres)
	}
}

// AddRequests counts the lines of requests that were set aside, of one body at most. They must stay as they are
// until Commit.
func (b *Batch) AddRequests(requests *parser.Requests) {
	b.kinds[parser.KindRouter] += uint32(requests.N)
	b.newest = max(b.newest, b.delay.addAll(requests.Nanos[:requests.N], b.at))
	b.requests.addAll(requests)
	b.aside = requests
}

// AddTexts counts the lines of texts that were set aside. It keeps nothing of them.
func (b *Batch) AddTexts(texts *parser.Texts) {
	b.kinds[parser.KindApp] += uint32(texts.N)
	b.newest = max(b.newest, b.delay.addAll(texts.Nanos[:texts.N], b.at))
}

// Newest is the newest time that a line so far has of its own, in Unix nanoseconds; 0 if none has any.
func (b *Batch) Newest() int64 { return b.newest }

// Match counts lines that matched a rule.
func (b *Batch) Match(rule string, n uint64) { b.rules = append(b.rules, hit{rule, float64(n)}) }

// Lost counts messages that Logplex says it dropped.
func (b *Batch) Lost(n uint64) { b.lost += float64(n) }

// Commit adds the batch to the app's series, and gives the Batch back.
func (b *Batch) Commit() {
	m := b.metrics
	if lines := m.count(b); lines > 0 || len(b.rules) > 0 || b.lost > 0 {
		if b.home == nil || b.home.label != b.app {
			b.moveTo(m.app(b.app, b.at))
		}
		for b.home != nil && !b.home.merge(b) { // it was dropped since
			b.moveTo(m.app(b.app, b.at))
		}
	}
	b.reset()
	m.batches.Put(b)
}

// moveTo makes an app, or nil, the one whose dynos are remembered.
func (b *Batch) moveTo(a *app) {
	b.home = a
	clear(b.asked[:])
}

func (b *Batch) reset() {
	b.lost, b.newest = 0, 0
	clear(b.kinds[:])
	if b.faulty {
		b.faulty = false
		clear(b.faults[:])
	}
	if len(b.rules) > 0 {
		clear(b.rules)
		b.rules = b.rules[:0]
	}
	b.codes.reset()
	b.aside = nil
	b.delay.reset()
	b.requests.reset()
	b.samples = empty(b.samples)
	b.names.long = empty(b.names.long)
	b.addons.reset()
}

func (b *Batch) addDynoSamples(line *parser.Line) {
	n := len(b.samples)
	b.samples = slices.Grow(b.samples, 1)[:n+1]
	s := &b.samples[n]
	numbers := line.Known()
	s.dyno, s.at, s.set = b.names.key(line.Proc), b.timeOf(line), uint8(numbers.Has>>firstOfDyno)
	s.values = [dynoGauges]float64(numbers.Values[firstOfDyno:])
}

func (b *Batch) addAddonSamples(line *parser.Line, gauges []addonGauge) {
	if line.Known().Has == 0 {
		return
	}
	t := b.addon(line.Addon, line.Source)
	if t == nil {
		return
	}
	at, numbers := b.timeOf(line), line.Known()
	for _, g := range gauges {
		if value, ok := numbers.Value(g.metric); ok {
			t.gauges[g.place].update(gauge{value, at})
		}
	}
}

// addon returns the tally of an add-on; nil where there are too many. Mostly it is the last one again.
func (b *Batch) addon(addon, attachment []byte) *addonTally {
	if last := b.lastAddon; last != nil && isAddon(last.name, addon, attachment) {
		b.addons.touch(last)
		return &last.tally
	}
	b.name = append(append(append(b.name[:0], addon...), addonSeparator...), attachment...)
	if b.lastAddon = b.addons.row(b.name); b.lastAddon == nil {
		return nil
	}
	b.addons.touch(b.lastAddon)
	return &b.lastAddon.tally
}

// timeOf is when a line's samples were taken: never after its receipt, or a clock that is ahead would
// keep later ones from being shown.
func (b *Batch) timeOf(line *parser.Line) int64 {
	if line.Nanos == 0 || line.Nanos > b.at {
		return b.at
	}
	return line.Nanos
}
