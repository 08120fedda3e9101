package parser

// heads are headers that were read before. Nearly every line has one of them, but for the seconds:
// that of one of an app's dynos, in the minute that is. The zero heads are none.
type heads [1 << headBits]head

const headBits = 9

// head is a header of the form
//
//	<158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info …
//
// and what it says. Its text is compared by words: those before the seconds, those behind the
// fraction, and the last two, which overlap them.
type head struct {
	key   uint64 // see keyOf
	words [7]uint64
	nanos int64 // when its minute began, since the Unix epoch
	pri   int16
	kind  Kind // KindDyno also for KindRuntime, which only the text tells
	size  uint8
	proc  uint8 // how long PROCID is, …
	typ   uint8 // … and in it the process type
}

// Where the parts of a header are, counted from its "<" where PRI has three digits and the fraction six.
const (
	secondsAt  = len("<158>1 2026-11-22T20:00:")
	fractionAt = secondsAt + len("02.")
	offsetAt   = fractionAt + len("898551")
	hostAt     = offsetAt + len("+00:00 ")
	appAt      = hostAt + len("host ")
	mostHead   = offsetAt + 4*8 // or bytes between the last words would not be compared
)

// scanSeen does what Scan does, for a frame whose header is among heads. It returns false where it is
// not, or where anything is unusual; nothing has changed then.
func (s *Scanner) scanSeen() bool {
	const room = 112 // more than the length and a head take
	l, b, start := &s.line, s.body, s.next
	if len(b)-start < room {
		return false
	}
	o := (*[room]byte)(b[start:])

	// "317 "
	w := load4(o[0:])
	size, at := decimal3(w), len("317 ")
	if w>>24 != ' ' {
		if size, at = decimal4(w); o[at] != ' ' {
			return false
		}
		at++
	}
	if byte(w)-'1' > 8 {
		return false
	}
	end := start + at + size // of no digits size is -1, and so end within the head

	// With a digit less in PRI, all that follows is one place further in front, and so is what follows
	// a fraction with a digit less.
	if o[at+len("<158")] != '>' {
		at--
	}
	p := (*[96]byte)(o[at:])
	fraction := load(p[fractionAt:])
	if p[offsetAt] != '+' {
		at--
		fraction = fraction&(1<<40-1) | '0'<<40
	}
	r := (*[96]byte)(o[at:])

	// Which of the heads it may be, its PROCID tells.
	proc := appAt + len("app ")
	if r[proc-1] != ' ' {
		proc = appAt + len("heroku ")
	}
	key := keyOf((*[16]byte)(r[proc:]), proc)
	h := &s.heads[placeOf(key)]
	if h.key != key {
		h = &s.heads[placeOf(key)^1]
	}
	n := int(h.size)
	seconds := load(p[secondsAt-6:])>>48 | fraction<<16 // "02898551"
	differ := (load(p[0:]) ^ h.words[0]) | (load(p[8:]) ^ h.words[1]) | (load(p[16:]) ^ h.words[2]) |
		(load(r[offsetAt:]) ^ h.words[3]) | (load(r[offsetAt+8:]) ^ h.words[4]) |
		(load(r[(n-16)&63:]) ^ h.words[5]) | (load(r[(n-8)&63:]) ^ h.words[6])
	if differ != 0 || markNonDigits(seconds) != 0 || p[secondsAt] > '5' || p[secondsAt+2] != '.' || start+at+n > end || end > len(b) {
		return false
	}

	if l.Kind != KindRouter || h.kind != KindRouter { // else the request overwrites it all
		l.forget()
	}
	l.Nanos, l.Pri, l.Fault = h.nanos+int64(decimal(seconds, 8))*1000, int(h.pri), FaultNone
	l.Host, l.App, l.Proc, l.Type = r[hostAt:appAt-1], r[appAt:proc-1], r[proc:proc+int(h.proc&31)], nil
	if h.typ > 0 {
		l.Type = r[proc : proc+int(h.typ&31)]
	}
	s.frames++
	s.start, s.next = start, end
	l.speak(b, h.kind, start+at+n, len(trimNewline(b[:end])))
	return true
}

// learn remembers the header of the Line, which begins at at and ends where the text begins, at msg.
func (s *Scanner) learn(at, msg int, kind Kind) {
	l, b := &s.line, s.body
	if b[at+len("<158")] != '>' {
		at--
	}
	p := b[at:]
	if b[at+offsetAt] != '+' {
		at--
	}
	r := b[at:]
	n := msg - at
	if n > mostHead || p[secondsAt-1] != ':' || r[offsetAt] != '+' || r[n-1] != ' ' {
		return // it would not be compared whole, never be found, or have its seconds looked for elsewhere
	}
	proc := appAt + len(l.App) + 1
	key := keyOf((*[16]byte)(r[proc:]), proc)
	h := head{
		key: key,
		words: [7]uint64{
			load(p), load(p[8:]), load(p[16:]),
			load(r[offsetAt:]), load(r[offsetAt+8:]), load(r[n-16:]), load(r[n-8:]),
		},
		nanos: s.clock.nanos, pri: int16(l.Pri), kind: kind, size: uint8(n),
		proc: uint8(len(l.Proc)), typ: uint8(len(l.Type)),
	}
	place := placeOf(key)
	if old := &s.heads[place]; old.key != key && old.nanos == h.nanos {
		place ^= 1 // there is another one's of this minute
	}
	s.heads[place] = h
}

// keyOf is what a header is looked for by: up to sixteen bytes of its PROCID, with which p begins, and
// where that stands.
func keyOf(p *[16]byte, at int) uint64 {
	w := load(p[:])
	space := mark(w, ' ')
	key := w&(space&-space>>7-1) + uint64(at)
	if space == 0 {
		w = load(p[8:])
		space = mark(w, ' ')
		key += (w & (space&-space>>7 - 1)) << 3
	}
	return key
}

// placeOf is where in heads a key's header is, or else in the place next to it.
func placeOf(key uint64) uint64 {
	const spread = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio
	return key * spread >> (64 - headBits)
}
