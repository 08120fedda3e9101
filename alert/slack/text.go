package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"drain/alert"
)

// maxKeys is how many keys are listed before "and 5 more".
const maxKeys = 12

const (
	ellipsis = "…"   // ends what was cut
	fence    = "```" // begins and ends a code block
)

// cost is the length of s in JSON with everything escaped that any encoder escapes. Slack counts
// about 13,000 characters over all blocks and doesn't say how, so this is the longest it can be.
// Nothing costs less than one for each of its characters.
func cost(s string) int {
	n := 0
	for _, r := range s {
		n += runeCost(r)
	}
	return n
}

func runeCost(r rune) int {
	switch {
	case r == '"' || r == '\\' || r == '/' || r == '\n' || r == '\t':
		return 2
	case r == '&' || r == '<' || r == '>' || r < ' ' || r == 0x7f:
		return 6
	case r < utf8.RuneSelf:
		return 1
	case r <= 0xFFFF:
		return 6
	default:
		return 12 // a pair of \u escapes
	}
}

// fit escapes s for mrkdwn and cuts it so that it costs at most limit. Slack asks for these three
// escapes and no others (docs.slack.dev/messaging/formatting-message-text): without them, text from
// outside could mention a whole channel. A fence can't be escaped, so it becomes one in looks only.
func fit(s string, limit int) string {
	return cut(strings.ReplaceAll(s, fence, "ˋˋˋ"), limit, func(r rune) string {
		switch r {
		case '&':
			return "&amp;"
		case '<':
			return "&lt;"
		case '>':
			return "&gt;"
		default:
			return string(r)
		}
	})
}

// fitPlain is fit for plain_text, where nothing is markup but Slack may undo the escapes.
func fitPlain(s string, limit, runes int) string {
	n := 0
	return cut(s, limit, func(r rune) string {
		if n++; n >= runes {
			return ""
		}
		switch r {
		case '<':
			return "‹"
		case '>':
			return "›"
		default:
			return string(r)
		}
	})
}

// cut maps s's runes one by one and ends with an ellipsis where the result would cost more than
// limit, or where as maps a rune to nothing.
func cut(s string, limit int, as func(rune) string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	spent, end := 0, 0 // end: where to put an ellipsis and stay within limit
	for _, r := range s {
		out := as(r)
		spent += cost(out)
		if out == "" || spent > limit {
			return b.String()[:end] + ellipsis
		}
		b.WriteString(out)
		if spent+cost(ellipsis) <= limit {
			end = b.Len()
		}
	}
	return b.String()
}

// join lists keys after a lead, those that count up as one: web.1 to web.20. A key that is empty means
// the whole app.
func join(lead string, keys []string) string {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" })
	if len(keys) == 0 {
		return ""
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		nameA, numA := numbered(a)
		nameB, numB := numbered(b)
		return cmp.Or(cmp.Compare(nameA, nameB), cmp.Compare(numA, numB))
	})
	var parts []string
	for i := 0; i < len(keys); {
		name, first := numbered(keys[i])
		n := 1
		for first >= 0 && i+n < len(keys) && keys[i+n] == name+strconv.Itoa(first+n) {
			n++
		}
		if n > 2 {
			parts = append(parts, keys[i]+" to "+keys[i+n-1])
		} else {
			parts = append(parts, keys[i:i+n]...)
		}
		i += n
	}
	more := ""
	if n := len(parts) - maxKeys; n > 0 {
		parts, more = parts[:maxKeys], fmt.Sprintf(" and %d more", n)
	}
	return lead + strings.Join(parts, ", ") + more
}

// numbered parts a key like web.12; the number is -1 if there is none.
func numbered(key string) (name string, number int) {
	name = strings.TrimRight(key, "0123456789")
	number, err := strconv.Atoi(key[len(name):])
	if err != nil {
		return key, -1
	}
	return name, number
}

// link is a link as mrkdwn writes it, or its text alone if the URL would not end where it should.
func link(l alert.Link) string {
	text := fit(line(strings.ReplaceAll(cmp.Or(l.Text, "link"), "|", " ")), footerLimit/3)
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>|", r) }
	if !utf8.ValidString(l.URL) || strings.ContainsFunc(l.URL, bad) || !strings.HasPrefix(l.URL, "https://") && !strings.HasPrefix(l.URL, "http://") {
		return text
	}
	return "<" + strings.ReplaceAll(l.URL, "&", "&amp;") + "|" + text + ">"
}

// date shows t in the reader's own time zone, or in UTC where that doesn't work.
func date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty}, {time}|%s>", t.Unix(), t.UTC().Format("2 Jan 2006, 15:04 UTC"))
}

// span is d as people say it.
func span(d time.Duration) string {
	d = max(d.Round(time.Second), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	}
}

// line makes s one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// capital makes the first letter upper case.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// code is a block of text shown as it is, at most limit.
func code(s string, limit int) string {
	const open, end = fence + "\n", "\n" + fence
	return open + fit(strings.TrimRightFunc(s, unicode.IsSpace), limit-cost(open+end)) + end
}
