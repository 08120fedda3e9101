package parser

import "bytes"

// Dyno takes a PROCID apart: typ is the process type, ok is false where it is no dyno's. A Cedar
// dyno is <type>.<suffix>, a Fir dyno <type>-<hash>-<hash> in lower case. Names the platform keeps
// for itself and its add-ons are no dynos whatever their form: postgres.*, heroku-*, redis*.
func Dyno(proc []byte) (typ []byte, ok bool) {
	if hasPrefix(proc, "heroku-") || hasPrefix(proc, "redis") || hasPrefix(proc, "postgres.") {
		return nil, false
	}
	if dot := bytes.LastIndexByte(proc, '.'); dot >= 0 {
		typ, suffix := proc[:dot], proc[dot+1:]
		if !isTypeName(typ) || len(suffix) == 0 || wordLen(suffix) < len(suffix) {
			return nil, false
		}
		return typ, true
	}
	typ, ok = cutHash(proc)
	if ok {
		typ, ok = cutHash(typ)
	}
	if !ok || !isTypeName(typ) {
		return nil, false
	}
	return typ, true
}

// OneOff returns a process type whose dynos are one-off: they come and go, and are no part of a formation
// (Dev Center, "One-Off Dynos", "Release Phase", "Heroku Scheduler"). It returns "" for any other.
func OneOff[T string | []byte](typ T) string {
	switch string(typ) {
	case "run":
		return "run"
	case "scheduler":
		return "scheduler"
	case "release":
		return "release"
	}
	return ""
}

// cutHash cuts "-<lower-case letters and digits>" off the end.
func cutHash(b []byte) (before []byte, ok bool) {
	i := len(b)
	for i > 0 && (isDigit(b[i-1]) || 'a' <= b[i-1] && b[i-1] <= 'z') {
		i--
	}
	if i == len(b) || i == 0 || b[i-1] != '-' {
		return nil, false
	}
	return b[:i-1], true
}

// isTypeName reports whether b can name a process type in a Procfile: [A-Za-z0-9_-]+.
func isTypeName(b []byte) bool {
	for _, c := range b {
		if !isWord(c) && c != '_' && c != '-' {
			return false
		}
	}
	return len(b) > 0
}

// wordLen is how many letters and digits b starts with.
func wordLen(b []byte) int {
	n := 0
	for n < len(b) && isWord(b[n]) {
		n++
	}
	return n
}
