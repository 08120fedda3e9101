package parser

// heads are headers that were read before. Nearly every line has one of them, but for the time. Each is
// in one of two places that it shares with others, told by its key; the one learnt last comes first. The zero
// heads are none: a header that began with their start would have zeros in its date, which the clock's hasn't.
type heads [256][2]head

// head is the part of a header that tells who a line is from, and what it says.
type head struct {
	names [32]byte // "heroku router - ", and zeros
	start uint64   // "<158>1 2", or "<45>1 20"
	key   uint64
	pri   int16
	kind  Kind // KindDyno also for KindRuntime, which only the text tells
	app   uint8
	proc  uint8 // how long PROCID is, …
	typ   uint8 // … and in it the process type

	speaker uint16  // its place in Texts.Speakers, if that is of this head
	_       [8]byte // makes it 64 bytes, as cutLine counts
}

// cut is where in a frame its APPNAME is, and the text without its newline.
type cut struct {
	app, text, end uint32

	request bool // of a router's: what cuts has is the request
}

// learn remembers a header of the Line, which goes from from to msg, with its APPNAME at app.
func (s *Scanner) learn(from, app, msg int, kind Kind) {
	l, b := &s.line, s.body
	h := head{
		start: load(b[from:]), pri: int16(l.Pri), kind: kind,
		app: uint8(len(l.App)), proc: uint8(len(l.Proc)), typ: uint8(len(l.Type)), speaker: noSpeaker,
	}
	if msg-app > len(h.names) || b[msg-1] != ' ' {
		return // it would not be compared whole
	}
	copy(h.names[:], b[app:msg])
	h.key = keyOf(h.start, msg-app, load(b[msg-8:]))
	pair := &s.heads[h.key*spread>>56]
	place := &pair[0]
	switch h.key {
	case pair[0].key:
	case pair[1].key:
		place = &pair[1]
	default:
		pair[1] = pair[0]
		pair[1].speaker = noSpeaker // it was another's place
	}
	*place = h
	if kind == KindRouter {
		s.router = place
	}
}

const noSpeaker = MostTexts // there are no more

// spread has bits of a key reach the upper ones of its product, which are its place in heads.
const spread = 0xC4CEB9FE1A85EC53

// keyOf is what a header is looked for by: its start, how long its names are, and the last eight bytes of
// these, which are the end of PROCID and " - ".
func keyOf(start uint64, size int, end uint64) uint64 { return start + 8*uint64(size) + end }
