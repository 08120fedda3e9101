package parser

import "bytes"

// parseSamples reads the numbers of a metrics line. Only a text that starts with source= is one:
// what Postgres and Redis log themselves can quote an app's own words.
func (l *Line) parseSamples(text []byte) {
	if !hasPrefix(text, "source=") {
		return
	}
	for key, value := range Pairs(text) {
		l.addPair(key, value)
	}
}

func (l *Line) addPair(key, value []byte) {
	if name, ok := cutPrefix(key, "sample#"); ok {
		if v, ok := parseQuantity(value); ok && len(name) > 0 {
			l.addSample(name, v)
		}
		return
	}
	switch string(key) {
	case "source":
		setFirst(&l.Source, value)
	case "addon":
		setFirst(&l.Addon, value)
	case "dyno":
		setFirst(&l.Dyno, value)
	}
}

// The names of what parseMemory reads. They are no views, since the line doesn't hold them.
var (
	memoryBytes = []byte("dyno_memory_bytes")
	memoryRatio = []byte("dyno_memory_ratio")
)

// parseMemory reads "Process running mem=870M(170.1%)", which stands before each R14 and R15. The
// documentation writes MB.
func (l *Line) parseMemory(text []byte) {
	text, ok := cutPrefix(text, "Process running mem=")
	open := bytes.IndexByte(text, '(')
	if !ok || open < 0 || text[len(text)-1] != ')' {
		return
	}
	bytes, ok1 := parseQuantity(text[:open])
	ratio, ok2 := parseQuantity(text[open+1 : len(text)-1])
	if ok1 && ok2 {
		l.addSample(memoryBytes, bytes)
		l.addSample(memoryRatio, ratio)
	}
}
