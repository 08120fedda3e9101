package parser

import "bytes"

// errorCode reads the code of "Error R14 (Memory quota exceeded)", "Error L12: 3 messages …" and
// "L11 (Tail buffer overflow) …"; nil if the text starts otherwise. Codes that nobody knows yet are
// taken too: the platform adds some every year.
func errorCode(text []byte, letter byte) []byte {
	text, _ = cutPrefix(text, "Error ")
	n := codeLen(text, letter)
	if n == 0 || !hasPrefix(text[n:], " (") && !hasPrefix(text[n:], ":") {
		return nil
	}
	return text[:n]
}

// codeLen is the length of the code that b starts with: the letter and two or three digits, not
// followed by another letter or digit. It is 0 if there is none.
func codeLen(b []byte, letter byte) int {
	if len(b) == 0 || b[0] != letter {
		return 0
	}
	switch n := wordLen(b); {
	case n < 3 || n > 4 || digitsLen(b[1:]) < n-1:
		return 0
	default:
		return n
	}
}

// parseLoss reads how many messages an L10, L12 or L13 says were lost:
//
//	… 500 messages dropped since 2013-04-17T19:04:46+00:00.
//	… drain 'd.cfcd3264' dropped 1 messages since 2020-06-12T14:40:59.280571+00:00.
//
// L11 has such words too, but what a tail session loses is no loss of ours.
func (l *Line) parseLoss(text []byte) {
	switch string(l.Code) {
	case "L10", "L12", "L13":
	default:
		return
	}
	before, after, ok := bytes.Cut(text, []byte(" messages "))
	if !ok {
		return
	}
	n, ok := parseCount(before[bytes.LastIndexByte(before, ' ')+1:])
	if !ok {
		return
	}
	l.Lost = uint64(n)
	if _, since, ok := bytes.Cut(after, []byte("since ")); ok {
		since, _, _ = cutField(since)
		l.LostSince = bytes.TrimSuffix(since, []byte("."))
	}
}
