package parser

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// canCutMetrics says whether the processor can do what cutMetrics does, if it can do what cutRequest does.
var canCutMetrics = cpu.X86.HasBMI1

// metricCuts is what cutMetrics finds. Places are counted from where it began.
type metricCuts struct {
	values          [mostCuts]float64
	names           [mostCuts]sampleCut
	n               uint32 // how many
	sourceEnd       uint32 // of the value; 0: source= isn't there
	owner, ownerEnd uint32 // of the value of addon= or dyno=; 0: neither is there
}

const mostCuts = 20

// sampleCut is where a sample's name begins and ends, and its Metric: 16, 16 and 8 bits. In a label
// the places are counted from its beginning, and the highest 8 bits have its length.
type sampleCut uint64

func newSampleCut(name string) sampleCut {
	from := len("sample#")
	to := from + len(name)
	return sampleCut(from | to<<16 | int(MetricOf([]byte(name)))<<32 | (to+len("="))<<56)
}

// divisors are what the digits of a number that has so many of them behind its point are divided by:
// without a unit, in kB, in MB.
type divisors [3][16]float64

var usualDivisors = newDivisors()

func newDivisors() *divisors {
	d := new(divisors)
	for places := range d[0] {
		d[0][places], d[1][places], d[2][places] = pow10[places], pow10[places]/(1<<10), pow10[places]/(1<<20)
	}
	return d
}

// usualUnit is one that Heroku's lines have: its name, with its length in the last byte, and where in divisors its
// own begin, in bytes.
type usualUnit struct{ word, divisors uint64 }

var usualUnits = newUnits()

const (
	unitSpread = 0x4164d8399f767c45 // was looked for until no two units were in one place
	unitShift  = 61
)

func newUnits() (out [1 << (64 - unitShift)]usualUnit) {
	for i := range out {
		out[i].word = 0xFF << 56 // no unit is so long
	}
	for name, divisors := range map[string]uint64{"": 0, "bytes": 0, "pages": 0, "kB": 1, "MB": 2} {
		w := word((name + "\x00\x00\x00\x00\x00\x00\x00\x00")[:8]) | uint64(len(name))<<56
		out[w*unitSpread>>unitShift] = usualUnit{w, divisors * uint64(unsafe.Sizeof(usualDivisors[0]))}
	}
	return out
}

// cutMetrics takes apart the text of a metrics line, which is end bytes long: source=, addon= or dyno=,
// and samples in the order of the labels from t on. All may be left out. A name is compared at once, and
// where a number ends is found before it is read. It stops at what is unusual: a name that is none of the
// next, a number of more than eight digits or with a sign, units that Heroku's lines don't have, quotes.
// It stops before a sample that begins behind last, too, and after mostCuts of them. Up to 112 bytes of
// text are read, and 72 from last on.
//
// It returns where it stopped, and how many bytes behind t the label is that may be next.
//
//go:noescape
func cutMetrics(text *byte, last, end int, t *label, d *divisors, c *metricCuts) (next, label int)

// cutUsual reads what cutMetrics can of the text from at to end in b, and returns where it stopped.
// Place is that of the label which may be next.
func (l *Line) cutUsual(b []byte, at, end, place int) (next, then int) {
	t := usualLabels[l.Kind]
	size, room := end-at, len(b)-at
	if !canCut || !canCutMetrics || t == nil || room < 112 || size >= 1<<16 || place >= mostLabels {
		return at, place
	}
	var c metricCuts
	next, label := cutMetrics(&b[at], min(size-1, room-72), size, &t[place], usualDivisors, &c)
	text := b[at:end]
	if c.sourceEnd > 0 {
		setFirst(&l.Source, text[len("source="):c.sourceEnd])
		owner := &l.Addon
		if c.owner-c.sourceEnd == uint32(len(" dyno=")) {
			owner = &l.Dyno
		}
		setFirst(owner, text[c.owner:c.ownerEnd])
	}
	had, n := len(l.Samples), min(c.n, mostCuts)
	l.Samples = slices.Grow(l.Samples, mostCuts)[:had+int(n)]
	samples := l.Samples[had:][:n]
	for i := range samples {
		s, name := &samples[i], c.names[i]
		s.Name = text[uint16(name):uint16(name>>16)]
		s.Value, s.Metric = c.values[i], Metric(name>>32)
		l.Numbers.add(s.Metric, s.Value)
	}
	return at + next, place + label/72
}
