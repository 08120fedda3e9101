package parser

// The prefixes are strings so that comparing them with a view allocates nothing.

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// cutPrefix returns b without the prefix, and whether it was there.
func cutPrefix(b []byte, prefix string) (rest []byte, ok bool) {
	if !hasPrefix(b, prefix) {
		return b, false
	}
	return b[len(prefix):], true
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isWord(c byte) bool { return isDigit(c) || (c|0x20)-'a' <= 'z'-'a' }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func skipSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

// trimNewline takes one newline off the end, LF or CRLF.
func trimNewline(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
		if n > 1 && b[n-2] == '\r' {
			b = b[:n-2]
		}
	}
	return b
}

// cutDigits takes a number of at most max digits off the front of b. Ok is false where there is no
// digit or more than max.
func cutDigits(b []byte, max int) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(b) && isDigit(b[i]) {
		if i == max {
			return 0, b, false
		}
		n = n*10 + int(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}
