package parser

import "bytes"

// parse takes one frame apart: "<PRI>1 TIMESTAMP HOSTNAME APPNAME PROCID MSGID[ MSG]". That is
// RFC 5424 without STRUCTURED-DATA, as Logplex writes it (heroku/logplex, README.http_drains.md).
func (l *Line) parse(frame []byte) {
	if len(frame) > MaxFrame {
		l.bad(FaultOversize, frame)
		return
	}
	text := trimNewline(frame)
	if fault := l.parseHeader(text); fault != FaultNone {
		l.bad(fault, text)
		return
	}
	l.interpret()
}

func (l *Line) parseHeader(b []byte) Fault {
	if len(skipSpace(b)) == 0 {
		return FaultEmpty
	}

	// PRI: up to 999, since nothing is judged by it.
	if b[0] != '<' {
		return FaultPriority
	}
	pri, b, ok := cutDigits(b[1:], 3)
	if !ok || len(b) == 0 || b[0] != '>' {
		return FaultPriority
	}
	l.Pri = pri

	// VERSION
	if b, ok = cutPrefix(b, ">1 "); !ok {
		return FaultVersion
	}

	// TIMESTAMP, or RFC 5424's "-" for none
	stamp, b, ok := cutField(b)
	if !ok {
		return FaultTimestamp
	}
	if string(stamp) != "-" {
		if l.Nanos, ok = parseTime(stamp); !ok {
			return FaultTimestamp
		}
	}
	return l.parseNames(b)
}

// parseNames reads what follows TIMESTAMP.
func (l *Line) parseNames(b []byte) Fault {
	// HOSTNAME, APPNAME, PROCID
	var ok bool
	if l.Host, b, ok = cutField(b); !ok {
		return FaultHeader
	}
	if l.App, b, ok = cutField(b); !ok {
		return FaultHeader
	}
	if l.Proc, b, ok = cutField(b); !ok {
		return FaultHeader
	}
	if string(l.Proc) == "-" && (string(l.Host) == "app" || string(l.Host) == "heroku") {
		// A capture of 2016 has lines without a HOSTNAME: this "-" was the MSGID.
		l.Host, l.App, l.Proc, l.Msg = nil, l.Host, l.App, b
		return FaultNone
	}

	// MSGID. An empty message may come without the space that should stand before it.
	if _, l.Msg, ok = cutField(b); !ok {
		return FaultHeader
	}
	return FaultNone
}

// cutField takes a field and the space behind it off the front of b; the end of b may stand for
// that space. Ok is false where the field is empty.
func cutField(b []byte) (field, rest []byte, ok bool) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, b[len(b):], len(b) > 0
	}
	return b[:i], b[i+1:], i > 0
}

// interpret sets what the sender and the text say. The header and Msg are set already.
func (l *Line) interpret() {
	text := withoutStructuredData(l.Msg)
	l.Kind, l.Type = classify(l.App, l.Proc, text)
	l.hear(text)
}

// hear sets what a sender of the line's Kind says with text.
func (l *Line) hear(text []byte) {
	switch l.Kind {
	case KindRouter:
		l.parseRouter(text)
	case KindDyno:
		l.Code = errorCode(text, 'R')
		l.parseMemory(text)
	case KindLogplex:
		l.Code = errorCode(text, 'L')
		l.parseLoss(text)
	case KindRuntime, KindRedis, KindPostgres, KindAddon:
		l.parseSamples(text)
	}
}
