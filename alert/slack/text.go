package slack

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
	return open + fit(strings.TrimSpace(s), limit-cost(open+end)) + end
}
