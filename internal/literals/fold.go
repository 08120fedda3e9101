package literals

import (
	"bytes"
	"encoding/binary"
)

// ContainsFold is bytes.Contains without regard to the case of ASCII letters. Low is as Lower returns
// it, and not empty.
func ContainsFold(text []byte, low string) bool {
	// The vectorised IndexByte finds the candidates.
	first := low[0]
	upper := first
	if isLower(first) {
		upper = first - 'a' + 'A'
	}
	last := len(text) - len(low)
	return foldAt(text, low, first, last) || upper != first && foldAt(text, low, upper, last)
}

// foldAt looks for low at the places of text where the byte start stands, up to last.
func foldAt(text []byte, low string, start byte, last int) bool {
	for at := 0; at <= last; at++ {
		i := bytes.IndexByte(text[at:last+1], start)
		if i < 0 {
			return false
		}
		at += i
		if equalFold(text[at:at+len(low)], low) {
			return true
		}
	}
	return false
}

// equalFold is for texts of one length.
func equalFold(text []byte, low string) bool {
	for len(text) >= load {
		x := binary.LittleEndian.Uint64(text) ^ binary.LittleEndian.Uint64(view(low))
		if x != 0 && (x&^caseBits != 0 || !equalBytesFold(text[:load], low)) {
			return false
		}
		text, low = text[load:], low[load:]
	}
	return equalBytesFold(text, low)
}

func equalBytesFold(text []byte, low string) bool {
	for i := range text {
		if lower(text[i]) != low[i] {
			return false
		}
	}
	return true
}

// Lower lowers ASCII letters only: the text is compared byte by byte.
func Lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lower(c)
	}
	return string(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
