package alert

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxEvidence = 10  // lines of the log an alert carries, and an incident shows
	maxLine     = 512 // bytes of one, once redacted
)

// Line is one line of the log, as it is shown.
type Line struct {
	Text string
	Hit  bool // it decided; the others stood around it
}

// Evidence is what to show of several alerts' evidence, or several changes': at most 10 lines, in the order
// given, no two the same. Where there are more, each one's own line counts before those around it.
func Evidence(each ...[]string) []Line {
	chosen := map[string]bool{} // whether it is a hit
	choose := func(text string, hit bool) {
		if _, there := chosen[text]; !there && len(chosen) < maxEvidence {
			chosen[text] = hit
		}
	}
	for _, lines := range each {
		if len(lines) > 0 {
			choose(lines[0], true)
		}
	}
	for _, lines := range each {
		for i, text := range lines {
			choose(text, i == 0)
		}
	}
	var shown []Line
	for _, lines := range each {
		for _, text := range lines {
			if hit, there := chosen[text]; there {
				shown = append(shown, Line{text, hit})
				delete(chosen, text)
			}
		}
	}
	return shown
}

// evidence makes each line one that is safe to show: redacted first, since half a secret may not be known
// for one, and then cut.
func (r *Redactor) evidence(in []string) []string {
	var out []string
	for _, text := range first(in, maxEvidence) {
		text = strings.TrimRight(cutAt(strings.ReplaceAll(r.Redact(text), "\n", " "), maxLine), " ")
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// cutAt is s, valid UTF-8, without what is over so many bytes and the character that would be halved.
func cutAt(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}

// quote is the evidence that an incident keeps of one more alert: what there is room for, and the hit always.
// What stood around it must not be kept for each of a storm.
func (i *incident) quote(of member, lines []string) []string {
	if len(lines) < 2 {
		return lines
	}
	room := 1
	if i.firing < maxEvidence { // else each has one at least
		room = maxEvidence
		for m, a := range i.members {
			if m != of && a.State == Firing {
				room -= len(a.Evidence)
			}
		}
	}
	return slices.Clone(lines[:min(len(lines), max(1, room))]) // the rest is let go
}

// unsaid is lines without those around the hit that were told before; nothing if the hit was, too, and
// nothing is new.
func (i *incident) unsaid(lines []string) []string {
	said := func(text string) bool {
		return slices.ContainsFunc(i.changes, func(c Change) bool { return slices.Contains(c.Evidence, text) })
	}
	if len(lines) == 0 {
		return nil
	}
	rest := slices.DeleteFunc(slices.Clone(lines[1:]), said)
	if len(rest) == 0 && said(lines[0]) {
		return nil
	}
	return append([]string{lines[0]}, rest...)
}
