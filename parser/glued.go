package parser

import "bytes"

// cutGlued takes one line of text off a physical line, and a frame's length in front of it. Frames
// need not end in a newline, so where a capture was kept line by line, the next frame can hang on:
// "… since 2017-08-28T08:07:27+00:00.291 <158>1 2017-…". The lengths of such captures are often a
// few bytes off, as somebody masked an address, so the length only hints that more follows.
func cutGlued(b []byte) (text, rest []byte) {
	n, frame, fault := cutLength(b)
	if fault != FaultNone || !hasPrefix(frame, "<") {
		return b, nil
	}
	if n >= len(frame) {
		return frame, nil
	}
	next := indexHeader(frame)
	if next < 0 {
		return frame, nil
	}
	size := indexHeader(frame[next:])
	if size < 0 {
		size = len(frame) - next
	}
	cut := indexLength(frame[:next-1], size)
	return frame[:cut], frame[cut:]
}

// indexHeader finds a header that stands behind a length and a space, not at the start of b; -1 if
// there is none.
func indexHeader(b []byte) int {
	for i := 2; i < len(b); i++ {
		at := bytes.IndexByte(b[i:], '<')
		if at < 0 {
			return -1
		}
		i += at
		var l Line
		if b[i-1] == ' ' && isDigit(b[i-2]) && l.parseHeader(b[i:]) == FaultNone {
			return i
		}
	}
	return -1
}

// indexLength finds where the length begins that b ends with. The text before it can end in digits
// too, so it is the run of digits that comes nearest to size.
func indexLength(b []byte, size int) int {
	const maxDigits = 5 // of MaxFrame
	best, nearest := len(b)-1, size
	for i := len(b) - 1; i >= max(0, len(b)-maxDigits) && isDigit(b[i]); i-- {
		n, _, _ := cutDigits(b[i:], maxDigits)
		if off := max(n-size, size-n); b[i] != '0' && off < nearest {
			best, nearest = i, off
		}
	}
	return best
}
