package ingest

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// plainHead is the request line and the headers of a plain POST.
type plainHead struct {
	path   string
	size   int64 // of the body
	values [len(headNames)]string
}

// headNames are the headers that are read. A plain POST has each once at most.
var headNames = [...]string{
	"Host", "Content-Length", "Connection", headerAuthorization, headerToken, headerFrameID, headerMsgCount,
	"Expect", "Transfer-Encoding", headerEncoding, // and of these none
}

const (
	headHost = iota
	headLength
	headConnection
	headNone = len(headNames) - 3 // from here on
)

// header returns a header's value by its canonical name; "" where there is none.
func (h *plainHead) header(canonical string) string {
	for i, name := range headNames {
		if name == canonical {
			return h.values[i]
		}
	}
	return ""
}

// parseHead reads a head: text is all up to the body. It returns false for all but the plainest
// HTTP/1.1 (RFC 9112), where it would have to judge what is meant: no header twice that matters, nothing
// but a Content-Length that says where the body ends, no line without its CR or that is continued, no
// byte but printable ASCII. What it reads net/http would read, and in the same way.
func parseHead(text string) (h plainHead, ok bool) {
	const method, version = "POST ", " HTTP/1.1\r\n"
	end := strings.IndexByte(text, '\n') + 1
	if end < len(method)+len(version) || text[:len(method)] != method || text[end-len(version):end] != version {
		return h, false
	}
	h.path = text[len(method) : end-len(version)]
	if _, ok := appOf(h.path); !ok {
		return h, false
	}

	lines := 1
	for rest := text[end:]; rest != "\r\n"; lines++ {
		end := strings.IndexByte(rest, '\n')
		colon := nameLen(rest)
		if end < 1 || rest[end-1] != '\r' || colon == 0 || rest[colon] != ':' {
			return h, false
		}
		if !h.set(rest[:colon], strings.Trim(rest[colon+1:end-1], " ")) {
			return h, false
		}
		rest = rest[end+1:]
	}
	h.size = int64(count(h.values[headLength]))
	return h, h.size >= 0 && isHost(h.values[headHost]) && unprintable(text) == 2*(lines+1)
}

// set takes a header. It returns false where a plain POST doesn't have it.
func (h *plainHead) set(name, value string) bool {
	for i, known := range headNames {
		if len(name) != len(known) || !strings.EqualFold(name, known) {
			continue
		}
		if i >= headNone || value == "" || h.values[i] != "" || i == headConnection && !strings.EqualFold(value, "keep-alive") {
			return false
		}
		h.values[i] = value
		return true
	}
	return true
}

// nameLen is how many bytes at the front of a line are of a header's name.
func nameLen(line string) (n int) {
	for n < len(line) && (line[n]|' ' >= 'a' && line[n]|' ' <= 'z' || line[n] == '-' || line[n] >= '0' && line[n] <= '9') {
		n++
	}
	return n
}

// isHost says whether s is a name or an address with or without a port, and nothing more unusual.
func isHost(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_[]") == ""
}

// unprintable counts the bytes of s that aren't printable ASCII.
func unprintable(s string) (n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		w := binary.LittleEndian.Uint64([]byte(s[:8]))
		control := ^((w | highs) - ' '*ones)
		del := w&^highs + ones
		n += bits.OnesCount64((w | control | del) & highs)
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			n++
		}
	}
	return n
}
