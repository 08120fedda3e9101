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
	end := start + at + size
	w = load(h[at:])
	pri, n := decimal4(uint32(w >> 8))
	if byte(w) != '<' || n == 0 || n > 3 || load(h[at+n+1:])<<40 != word("\x00\x00\x00\x00\x00>1 ") {
		return false
	}
	at += n + len("<>1 ")

	// "2026-11-22T20:00:02.898551+00:00 "
	nanos, n := s.clock.read((*stamp)(h[at:]))
	at += start + n
	if n == 0 || end-at < len("host heroku \r\n") || end > len(b) {
		return false
	}

	l.Nanos, l.Pri, l.Fault = nanos, pri, FaultNone
	if !l.parseUsual(b, at, len(trimNewline(b[:end]))) {
		return false
	}
	s.frames++
	s.start, s.next = start, end
	return true
}

// parseUsual does what parseNames and interpret do for a line of which "host heroku router - …" goes
// from at to end in b. The HOSTNAME of HTTPS drains is the word "host".
func (l *Line) parseUsual(b []byte, at, end int) bool {
	const names = len("host heroku router - ")
	h := (*[40]byte)(b[at:])
	w := load(h[0:])
	if w == word("host her") && load(h[8:]) == word("oku rout") && load(h[13:]) == word("outer - ") && at+names <= end {
		if l.Kind != KindRouter { // else parseRequest overwrites it all
			l.forget()
		}
		l.Host, l.App, l.Proc, l.Msg = h[0:4], h[5:11], h[12:18], b[at+names:end]
		l.Kind, l.Type = KindRouter, nil
		if !l.parseRequest(b[at:end], names) {
			l.Code, l.Router = nil, Router{}
			l.hear(withoutStructuredData(l.Msg))
		}
		return true
	}

	l.forget()
	var p *[24]byte // from PROCID on
	switch {
	case w == word("host app") && h[8] == ' ':
		l.App, p = h[5:8], (*[24]byte)(h[9:])
		at += len("host app ")
	case w == word("host her") && load(h[4:]) == word(" heroku "):
		l.App, p = h[5:11], (*[24]byte)(h[12:])
		at += len("host heroku ")
	default:
		return false
	}
	l.Host = h[0:4]
	typ, n := cutDyno(p)
	msg := at + n + len(" - ")
	if n == 0 || n > 16 || load(p[n:])<<40 != word("\x00\x00\x00\x00\x00 - ") || msg > end {
		return l.parseProc(b, at, end)
	}
	l.Proc, l.Type, l.Msg = p[:n], p[:typ&15], b[msg:end]
	if len(l.App) == len("app") {
		l.Kind = KindApp
		return true
	}
	text := withoutStructuredData(l.Msg)
	if l.Kind = KindDyno; hasPrefix(text, "source=") {
		l.Kind = KindRuntime
	}
	l.hearUsual(b, text, end)
	return true
}

// parseProc does the same from PROCID on, at at.
func (l *Line) parseProc(b []byte, at, end int) bool {
	proc, rest, ok := cutField(b[at:end])
	if !ok {
		return false
	}
	_, msg, ok := cutField(rest)
	if !ok {
		return false
	}
	l.Proc, l.Msg = proc, msg
	text := withoutStructuredData(msg)
	l.Kind, l.Type = classify(l.App, proc, text)
	l.hearUsual(b, text, end)
	return true
}

// hearUsual does what hear does with the text that ends at end in b.
func (l *Line) hearUsual(b, text []byte, end int) {
	switch l.Kind {
	case KindRuntime, KindRedis, KindPostgres, KindAddon:
		l.parseMetrics(b, end-len(text), end)
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
