package parser

import (
	"bytes"
	"iter"
)

// The functions here read the texts of KindAPI and KindDyno lines that change what an app is made
// of. They take Line.Text; the caller sees to the Kind, since an app can print the same words.

// Scaled yields the process types and quantities that an API line says were set:
//
//	Scaled to web@1:Standard-1X worker@0:Basic by user x
//	Scale to mailer=1, web=3 by x                         (until about 2014)
//
// It yields nothing for any other line.
func Scaled(text []byte) iter.Seq2[[]byte, int] {
	return func(yield func(typ []byte, quantity int) bool) {
		rest, ok := cutPrefix(text, "Scaled to ")
		if !ok {
			rest, ok = cutPrefix(text, "Scale to ")
		}
		for ok && len(rest) > 0 {
			var word []byte
			word, rest, _ = cutField(rest)
			if string(word) == "by" {
				return
			}
			typ, quantity, good := parseFormation(word)
			if good && !yield(typ, quantity) {
				return
			}
		}
	}
}

// parseFormation reads "web@1:Standard-1X", "web=3" or "mailer=1,".
func parseFormation(b []byte) (typ []byte, quantity int, ok bool) {
	i := bytes.IndexAny(b, "@=")
	if i < 0 || !isTypeName(b[:i]) {
		return nil, 0, false
	}
	const maxDigits = 6
	quantity, rest, ok := cutDigits(b[i+1:], maxDigits)
	if !ok || len(rest) > 0 && rest[0] != ':' && rest[0] != ',' {
		return nil, 0, false
	}
	return b[:i], quantity, true
}

// Release tells the version ("v12") of an API line about a release: "Release v12 created by …",
// "Rollback to v10 by …" (the version gone back to) and "Running release v3 commands by …".
func Release(text []byte) (version []byte, ok bool) {
	for _, prefix := range [...]string{"Release ", "Rollback to ", "Running release "} {
		if rest, ok := cutPrefix(text, prefix); ok {
			version, _, _ = cutField(rest)
			return version, len(version) > 1 && version[0] == 'v' && digitsLen(version[1:]) == len(version)-1
		}
	}
	return nil, false
}

// Deploy reports whether an API line says that a build or a deploy began or ended.
func Deploy(text []byte) bool {
	return hasPrefix(text, "Deploy ") || hasPrefix(text, "Build started") ||
		hasPrefix(text, "Build succeeded") || hasPrefix(text, "Build failed")
}

// StateChange reads "State changed from up to crashed", which KindDyno lines say.
func StateChange(text []byte) (from, to []byte, ok bool) {
	rest, ok := cutPrefix(text, "State changed from ")
	if !ok {
		return nil, nil, false
	}
	from, rest, _ = cutField(rest)
	to, ok = cutPrefix(rest, "to ")
	if !ok || len(from) == 0 || len(to) == 0 || bytes.IndexByte(to, ' ') >= 0 {
		return nil, nil, false
	}
	return from, to, true
}
