package rules

import (
	"bytes"
	"unsafe"

	"drain/internal/literals"
)

func (p *pattern) contains(text []byte, list []string) bool {
	for _, s := range list {
		if p.fold && literals.ContainsFold(text, s) || !p.fold && bytes.Contains(text, view(s)) {
			return true
		}
	}
	return false
}

func lowerAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = literals.Lower(s)
	}
	return out
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
