package parser

import "bytes"

// startsFramed reports whether the input starts with frames whose lengths hold. Syslog lines can
// have a length in front too, one that was right before somebody masked an address in them.
func (r *Reader) startsFramed() bool {
	// First a short look, so that a live stream of text isn't held up until the window is full.
	if _, _, fault := cutLength(skipSpace(r.peek(16))); fault != FaultNone {
		return false
	}
	b := r.peek(window)
	all := len(b) < window
	headers, whole := 0, 0
	for b = skipSpace(b); len(b) > 0; b = skipSpace(b) {
		n, frame, fault := cutLength(b)
		if fault != FaultNone {
			// A body with a bad length, unless what stands there is a line of another form.
			line, _, _ := bytes.Cut(b, []byte("\n"))
			r.line.reset()
			r.parseText(line)
			return headers > 0 && r.line.Fault == FaultFormat
		}
		header := hasPrefix(frame, "<")
		if header {
			headers++
		}
		switch {
		case n == len(frame), n > len(frame) && !all:
			return headers > 0
		case n > len(frame):
			// Cut off, but only if this is a frame: a wrong length before can lead to any number
			// in the text. Alone it is rather a line with a wrong length.
			return header && (whole > 0 || lacksNewline(frame, n))
		case !endsFrame(frame[:n], frame[n:]):
			return false
		}
		whole++
		b = frame[n:]
	}
	return headers > 0
}

// endsFrame reports whether a frame can end between before and after.
func endsFrame(before, after []byte) bool {
	if len(before) > 0 && before[len(before)-1] == '\n' || after[0] == '\n' || after[0] == '\r' {
		return true
	}
	_, _, fault := cutLength(after)
	return fault != FaultLength
}
