package parser

import "slices"

// metricCuts is where cutMetrics finds texts. Places are counted from where it began.
type metricCuts struct {
	names           [mostLabels]nameCut
	n               uint32 // how many
	sourceEnd       uint32 // of the value; 0: source= isn't there
	owner, ownerEnd uint32 // of the value of addon= or dyno=; 0: neither is there
}

// figures is what cutMetrics reads numbers with, in 16 bytes that the number is at the end of.
type figures struct {
	of       [32]byte     // from n-1 on: all bits of the last n bytes
	shut     [33][16]byte // the places of the bytes without the point, by its place; 32 if there is none
	divisors [33]float64  // for the digits behind the point, by its place
	units    [5]unitOf    // the last is none, and fits whatever there is
}

var usualFigures = newFigures()

func newFigures() *figures {
	f := &figures{units: [...]unitOf{newUnit("MB"), newUnit("kB"), newUnit("bytes"), newUnit("pages"), {last: -1, scale: 1}}}
	for i := range f.of {
		if i >= 15 {
			f.of[i] = 0xFF
		}
	}
	for point := range f.shut {
		f.divisors[point] = 1
		for i := range f.shut[point] {
			f.shut[point][i] = byte(i)
			if point < 16 && i <= point {
				f.shut[point][i] = byte(i - 1) // none is before the first: 0xFF makes it 0
			}
		}
		if point < 16 {
			f.divisors[point] = pow10[15-point]
		}
	}
	return f
}

// cutMetrics takes apart the text of a metrics line, which is end bytes long: source=, addon= or dyno=,
// and samples in the order of the labels of t from l on. All may be left out. A name is compared at once, and
// where all end is found before any is read; no branch depends on how many digits a number has, nor on where
// its point is. Numbers go to s, room for mostLabels, and to n. It stops at what is unusual: a name that is none
// of the next, a number of more than 15 bytes or with a sign, units that Heroku's lines don't have, quotes.
// A sample that isn't wanted is skipped, whatever it has behind the "=", but for a quote.
// It stops before a sample that begins behind last, too. Up to 112 bytes of text are read, 72 from last on,
// 63 from end on, and 16 before text.
//
// It returns where it stopped, and the label that may be next, in bytes from l.
//
//go:noescape
func cutMetrics(text *byte, last, end int, t *labels, l *label, f *figures, s *Sample, n *Numbers, c *metricCuts, wanted uint32) (next, label int)

// mostText is how much of a text cutMetrics looks at for the ends of samples, in bytes. Behind it they are taken
// to be where the text ends.
const mostText = 1024

// cutUsual reads what cutMetrics can of the text from at to end in b, and returns where it stopped.
// Place is that of the label which may be next. Where not all Metrics are wanted it sets the Numbers of those, and
// no Samples.
func (l *Line) cutUsual(b []byte, at, end, place int, wanted uint32) (next, then int) {
	t := usualLabels[l.Kind]
	size, room := end-at, len(b)-at
	if !canCut || t == nil || at < 16 || room < 112 || room < size+63 || size >= 1<<16 || place >= mostLabels {
		return at, place
	}
	if wanted != wantAll && size > mostText { // a number isn't read past a space, but what isn't wanted would be skipped to the end
		return at, place
	}
	had := len(l.Samples)
	l.Samples = slices.Grow(l.Samples, mostLabels)[:had+mostLabels]
	samples := (*[mostLabels]Sample)(l.Samples[had:])
	var c metricCuts
	first := &b[at]
	next, label := cutMetrics(first, min(size-1, room-72), size, t, &t.samples[place], usualFigures, &samples[0], &l.Numbers, &c, wanted)
	text := b[at:end]
	if c.sourceEnd > 0 {
		setFirst(&l.Source, text[len("source="):c.sourceEnd])
		owner := &l.Addon
		if l.Kind == KindRuntime {
			owner = &l.Dyno
		}
		setFirst(owner, text[c.owner:c.ownerEnd])
	}
	if wanted != wantAll {
		l.Samples = l.Samples[:had]
		return at + next, place + label/labelSize
	}
	n := min(c.n, mostLabels)
	for i := range n {
		samples[i].Name = view(first, uint32(c.names[i].from), uint32(c.names[i].n))
	}
	l.Samples = l.Samples[:had+int(n)]
	if had > 0 && n > 0 { // not for each odd pair: a line of many would take the square of its length
		l.Numbers = Numbers{} // of a name that came before, that counts
		l.Known()
	}
	return at + next, place + label/labelSize
}
