package parser

import "bytes"

// parseText reads one line of captured text into r.line.
func (r *Reader) parseText(text []byte) {
	l := &r.line
	if len(text) > MaxFrame {
		l.bad(FaultOversize, text)
		return
	}
	if len(text) > 1 && text[0] == '<' && isDigit(text[1]) {
		l.parse(text)
		return
	}
	text = trimNewline(text)
	if hasPrefix(text, "\x1b[") {
		// `heroku logs` colours the prefix, and words of the text after it, so all colour goes.
		r.bare = appendColourless(r.bare[:0], text)
		text = r.bare
	}
	if l.parseStamped(text) || l.parseBracketed(text) || l.parsePapertrail(text) {
		l.interpret()
		return
	}
	nanos := l.Nanos
	l.reset()
	l.Nanos = nanos
	l.bad(FaultFormat, text)
}

// parseStamped reads what starts with a full time: the line of `heroku logs`, or a syslog line that
// lost its "<158>1".
func (l *Line) parseStamped(text []byte) bool {
	stamp, rest, _ := cutField(text)
	var ok bool
	if l.Nanos, ok = parseTime(stamp); !ok {
		return false
	}
	return l.parseBracketed(rest) || l.parseNames(rest) == FaultNone && isSource(l.App)
}

// parseBracketed reads "app[web.1]: text".
func (l *Line) parseBracketed(b []byte) bool {
	open := bytes.IndexByte(b, '[')
	if open < 0 || !isSource(b[:open]) {
		return false
	}
	shut := bytes.IndexByte(b, ']')
	if shut <= open+1 || !hasPrefix(b[shut:], "]:") || bytes.IndexByte(b[:shut], ' ') >= 0 {
		return false
	}
	l.App, l.Proc = b[:open], b[open+1:shut]
	l.Msg, _ = cutPrefix(b[shut+len("]:"):], " ")
	return true
}

// parsePapertrail reads "Jul 24 05:12:38 system app/web.1 text"; a colon may follow the process.
// The time is left out, since it says neither year nor zone.
func (l *Line) parsePapertrail(b []byte) bool {
	const stamp = "Jan _2 15:04:05 "
	if len(b) <= len(stamp) || !isMonth(b[:3]) ||
		b[3] != ' ' || b[6] != ' ' || b[9] != ':' || b[12] != ':' || b[15] != ' ' {
		return false
	}
	system, b, _ := cutField(b[len(stamp):])
	program, msg, _ := cutField(b)
	app, proc, _ := bytes.Cut(program, []byte("/"))
	proc = bytes.TrimSuffix(proc, []byte(":"))
	if !isSource(app) || len(proc) == 0 {
		return false
	}
	l.Host, l.App, l.Proc, l.Msg = system, app, proc, msg
	return true
}

// isSource reports whether b is one of the two APPNAMEs of an app's log.
func isSource(b []byte) bool { return string(b) == "app" || string(b) == "heroku" }

func isMonth(b []byte) bool {
	i := bytes.Index([]byte("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"), b)
	return i >= 0 && i%4 == 0
}

// appendColourless appends text to dst without its terminal control sequences (ESC [ … letter).
func appendColourless(dst, text []byte) []byte {
	for {
		i := bytes.Index(text, []byte("\x1b["))
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i+len("\x1b["):]
		for len(text) > 0 && text[0] < '@' {
			text = text[1:]
		}
		text = text[min(1, len(text)):]
	}
}
