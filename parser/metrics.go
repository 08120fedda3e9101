package parser

import "math/bits"

// parseMetrics does what parseSamples does for the text from at to end in b. It reads what has the usual
// form itself and leaves other pairs to the general scan. Where Numbers are enough, lean, and all has the usual
// form, there are no Samples.
func (l *Line) parseMetrics(b []byte, at, end int, lean bool) {
	if !hasPrefix(b[at:end], "source=") {
		return
	}
	if lean {
		if next, _ := l.cutUsual(b, at, end, 0, wantKnown); next >= end {
			return
		}
		// Which of two of one name came first only Samples tell.
	}
	for place := 0; at < end; {
		if at, place = l.cutUsual(b, at, end, place, wantAll); at >= end {
			return
		}
		next := l.cutSample(b, at, end)
		if next == at {
			key, value, rest := cutPair(b[at:end])
			next = end - len(rest)
			l.addPair(key, value)
		}
		at = next
	}
}

// wantAll and wantKnown are bits for Metrics, as those of Numbers.Has: of all samples, and of those whose name is
// well known.
const (
	wantAll   = 1<<metricCount - 1
	wantKnown = wantAll &^ (1 << MetricOther)
)

// cutSamples reads samples from at on and returns where the first pair of another form begins.
func (l *Line) cutSamples(b []byte, at, end int) int {
	for at < end {
		next := l.cutSample(b, at, end)
		if next == at {
			break
		}
		at = next
	}
	return at
}

// cutSample reads a sample at at and returns where the next pair begins; at if it has another form.
func (l *Line) cutSample(b []byte, at, end int) int {
	if len(b)-at < len(pair{}) {
		return at
	}
	p := (*pair)(b[at:])
	name, value, n := p.sample()
	if n == 0 || at+n > end || at+n < end && p[n&127] != ' ' {
		return at
	}
	l.addSample(p[len("sample#"):name], value)
	return at + n + 1
}

// pair is the beginning of a pair, and more than one of the usual form takes.
type pair [128]byte

// sample reads "sample#memory_total=221.47MB" and returns where the "=" stands and where the value
// ends. N is 0 if anything is unusual: a name of more than 32 bytes, a sign, no number at all. Digits
// beyond the eighth, or the seventh with a point, and units that Heroku's lines don't have are left
// standing.
func (p *pair) sample() (name int, value float64, n int) {
	if load(p[0:])<<8 != word("\x00sample#") {
		return 0, 0, 0
	}
	name = len("sample#")
	m := uint64(0)
	for ; m == 0 && name < 39; name += 8 {
		w := load(p[name:])
		m = mark(w, '=') | markOdd(w)
	}
	name += bits.TrailingZeros64(m)/8 - 8
	if name <= len("sample#") || name > 39 || p[name] != '=' {
		return 0, 0, 0
	}

	n = name + 1
	w := load(p[n:])
	size, places := digits(w), 0
	if p[n+size] == '.' {
		whole := uint64(1)<<(8*size&63) - 1
		w = w&whole | w>>8&^whole // without the point
		all := digits(w)
		if all < size { // the point stands behind eight digits
			return 0, 0, 0
		}
		size, places = all, all-size
		n++
	}
	if size == 0 {
		return 0, 0, 0
	}
	n += size
	value = float64(decimal(w, size)) / pow10[places] // both exact, so rounded once

	w = load(p[n:])
	switch uint16(w) {
	case 'M' | 'B'<<8:
		return name, value * (1 << 20), n + len("MB")
	case 'k' | 'B'<<8:
		return name, value * (1 << 10), n + len("kB")
	case 'p' | 'a'<<8:
		if w<<24 == word("\x00\x00\x00pages") {
			n += len("pages")
		}
	case 'b' | 'y'<<8:
		if w<<24 == word("\x00\x00\x00bytes") {
			n += len("bytes")
		}
	}
	return name, value, n
}
