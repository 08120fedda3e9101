package rules

import (
	"bytes"
	"unsafe"
)

func (p *pattern) contains(text []byte, list []string) bool {
	for _, s := range list {
		if p.fold && containsFold(text, s) || !p.fold && bytes.Contains(text, view(s)) {
			return true
		}
	}
	return false
}

// containsFold is bytes.Contains without regard to the case of ASCII letters; lower is lower-case.
// It lets the vectorised IndexByte find the candidates.
func containsFold(text []byte, lower string) bool {
	first := lower[0]
	upper := first
	if 'a' <= first && first <= 'z' {
		upper = first - 'a' + 'A'
	}
	last := len(text) - len(lower)
	return foldAt(text, lower, first, last) || upper != first && foldAt(text, lower, upper, last)
}

// foldAt looks for lower at the places of text where the byte start stands, up to last.
func foldAt(text []byte, lower string, start byte, last int) bool {
	for at := 0; at <= last; at++ {
		i := bytes.IndexByte(text[at:last+1], start)
		if i < 0 {
			return false
		}
		at += i
		if equalFold(text[at:at+len(lower)], lower) {
			return true
		}
	}
	return false
}

func equalFold(text []byte, low string) bool {
	for i := range text {
		if lower(text[i]) != low[i] {
			return false
		}
	}
	return true
}

// lowerAll lowers ASCII letters only: the text is compared byte by byte.
func lowerAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		b := []byte(s)
		for j, c := range b {
			b[j] = lower(c)
		}
		out[i] = string(b)
	}
	return out
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// glob matches name against a pattern of literal bytes, ? (one byte) and * (any number).
func glob(pattern string, name []byte) bool {
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0: // let the last star take one byte more
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// view is a string's bytes without a copy; they must not be written to.
func view(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// text is a byte slice as a string without a copy, valid as long as the bytes don't change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
