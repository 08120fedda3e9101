package silence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"drain/alert"
)

// maxPattern bounds a pattern, bytes.
const maxPattern = 256

// Matchers hold for an alert if each does. The key is the name of a label, the value a pattern: text
// in which * stands for any number of characters and ? for one. A label the alert doesn't have is
// empty.
type Matchers map[string]string

// Match says whether they hold for an alert's labels.
func (m Matchers) Match(labels map[string]string) bool {
	for name, pattern := range m {
		if !glob(pattern, labels[name]) {
			return false
		}
	}
	return true
}

// String lists them by name: app=enketo, rule=memory-*.
func (m Matchers) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name + "=" + m[name])
	}
	return b.String()
}

// Check reports what is wrong: the label, empty for all of them, the problem, and what would be right. own
// are the labels that rules give their alerts, besides those that every alert can have.
func (m Matchers) Check(own []string, report func(name, wrong, right string)) {
	if len(m) == 0 {
		report("", "names no alerts", `say which, e.g. {app: enketo, rule: "memory-*"}; {app: "*"} is all`)
	}
	known := slices.Concat(alert.LabelNames(), own)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		switch pattern := m[name]; {
		case !slices.Contains(known, name):
			report(name, fmt.Sprintf("unknown label %q", name), "use one of "+strings.Join(known, ", "))
		case pattern == "":
			report(name, "is empty, and so would match alerts without it only", `write a text, with * for any`)
		case len(pattern) > maxPattern || !utf8.ValidString(pattern):
			report(name, fmt.Sprintf("is longer than %d bytes, or no text", maxPattern), "use * for a part of it")
		}
	}
}

// glob matches all of s. It takes no more than len(pattern) × len(s) steps.
func glob(pattern, s string) bool {
	p, t := []rune(pattern), []rune(s)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0: // the last star takes one more
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}
