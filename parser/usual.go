package parser

// scanUsual does what Scan does, for a frame whose length and header are as Logplex writes them. It
// returns false where anything is unusual; nothing but the Line has changed then.
func (s *Scanner) scanUsual() bool {
	const room = 96 // more than a header takes up to MSGID
	l, b, start := &s.line, s.body, s.next
	if len(b)-start < room {
		return false
	}
	h := (*[room]byte)(b[start:])

	// "317 <158>1 "
	w := load(h[0:])
	size, n := decimal4(uint32(w))
	if byte(w)-'1' > 8 || h[n] != ' ' {
		return false
	}
	at := n + 1
	from := start + at // where the header begins
	next := from + size
	w = load(h[at:])
	pri, n := decimal4(uint32(w >> 8))
	if byte(w) != '<' || n == 0 || n > 3 || load(h[at+n+1:])<<40 != word("\x00\x00\x00\x00\x00>1 ") {
		return false
	}
	at += n + len("<>1 ")

	// "2026-11-22T20:00:02.898551+00:00 "
	nanos, n := s.clock.read((*stamp)(h[at:]))
	at += start + n
	if n == 0 || next-at < len("host heroku \r\n") || next > len(b) {
		return false
	}

	end := len(trimNewline(b[:next]))
	l.forget()
	kind, msg := l.cutNames(b, at, end)
	if msg == 0 {
		return false
	}
	l.Nanos, l.Pri, l.Fault = nanos, pri, FaultNone
	s.frames++
	s.start, s.next = start, next
	if canCut {
		s.learn(from, at+len("host "), msg, kind)
	}
	l.speak(b, kind, msg, end, s.lean)
	return true
}

// cutNames does what parseNames does for a line of which "host heroku router - …" goes from at to end
// in b, and classifies it as far as its names tell. The HOSTNAME of HTTPS drains is the word "host".
// Msg is where the text begins, 0 if anything is unusual.
func (l *Line) cutNames(b []byte, at, end int) (kind Kind, msg int) {
	h := (*[40]byte)(b[at:])
	w := load(h[0:])
	l.Host, l.Type = h[0:4], nil
	switch {
	case w == word("host app") && h[8] == ' ':
		l.App, kind = h[5:8], KindApp
	case w == word("host her") && load(h[4:]) == word(" heroku "):
		l.App, kind = h[5:11], KindDyno
	default:
		return KindOther, 0
	}
	at += len("host  ") + len(l.App)

	p := (*[24]byte)(b[at:])
	typ, n := cutDyno(p)
	if msg = at + n + len(" - "); n > 0 && n <= 16 && load(p[n:])<<40 == word("\x00\x00\x00\x00\x00 - ") && msg <= end {
		l.Proc, l.Type = p[:n], p[:typ&15]
		return kind, msg
	}
	proc, rest, ok := cutField(b[at:end])
	if !ok {
		return KindOther, 0
	}
	if _, rest, ok = cutField(rest); !ok {
		return KindOther, 0
	}
	l.Proc = proc
	if string(proc) == "router" && kind == KindDyno {
		return KindRouter, end - len(rest)
	}
	return KindOther, end - len(rest)
}

// speak does what interpret does, for the text from at to end in b. Of KindApp, KindRouter and KindDyno
// the kind is known from the header, and so is Type.
func (l *Line) speak(b []byte, kind Kind, at, end int, lean bool) {
	l.Msg = b[at:end]
	switch kind {
	case KindApp:
		l.Kind = KindApp
		return
	case KindRouter:
		l.Kind = KindRouter
		if !l.parseRequest(b[:end], at) {
			l.Code, l.Router = nil, Router{}
			l.hear(withoutStructuredData(l.Msg))
		}
		return
	}
	text := withoutStructuredData(l.Msg)
	if kind != KindDyno {
		l.Kind, l.Type = classify(l.App, l.Proc, text)
	} else if l.Kind = KindDyno; hasPrefix(text, "source=") {
		l.Kind = KindRuntime
	}
	switch l.Kind {
	case KindRuntime, KindRedis, KindPostgres, KindAddon:
		l.parseMetrics(b, end-len(text), end, lean)
	default:
		l.hear(text)
	}
}

// cutDyno tells how long the process type and the whole name are of the dyno at the start of p, if it
// is of the form "web.1" with a type of at most eight lower-case letters. N is 0 if not.
func cutDyno(p *[24]byte) (typ, n int) {
	w := load(p[0:])
	typ = letters(w)
	suffix := load(p[typ:])
	n = digits(suffix >> 8)
	if typ == 0 || byte(suffix) != '.' || n == 0 || w<<24 == word("\x00\x00\x00redis") || w == word("postgres") {
		return 0, 0
	}
	return typ, typ + 1 + n
}
