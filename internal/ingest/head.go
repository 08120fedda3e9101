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
	unread   = -1
)

// header returns a header's value by its canonical name; "" where there is none.
func (h *plainHead) header(canonical string) string {
	for i, name := range headNames[:headNone] {
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
	const method, version = "POST ", " HTTP/1.1"
	line, rest, ok := cutHeadLine(text)
	if !ok || len(line) < len(method)+len(version) || line[:len(method)] != method || line[len(line)-len(version):] != version {
		return h, false
	}
	h.path = line[len(method) : len(line)-len(version)]
	if _, ok := appOf(h.path); !ok {
		return h, false
	}
	for {
		if line, rest, ok = cutHeadLine(rest); !ok {
			return h, false
		}
		if line == "" {
			break
		}
		name, value, ok := cutHeader(line)
		if !ok || name != unread && !h.set(name, value) {
			return h, false
		}
	}
	h.size = int64(count(h.values[headLength]))
	return h, rest == "" && h.size >= 0 && isHost(h.values[headHost])
}

// cutHeadLine cuts a line of printable ASCII off, whose CR and LF are not of it.
func cutHeadLine(text string) (line, rest string, ok bool) {
	n := printable(text)
	if len(text)-n < 2 || text[n] != '\r' || text[n+1] != '\n' {
		return "", "", false
	}
	return text[:n], text[n+2:], true
}

// cutHeader cuts a header in two. The name is its place in headNames, or unread.
func cutHeader(line string) (name int, value string, ok bool) {
	for i, known := range &headNames { // as nearly everybody spells them
		if len(line) > len(known) && line[len(known)] == ':' && line[:len(known)] == known {
			return i, line[len(known)+1:], true
		}
	}
	n := nameLen(line)
	if n == 0 || n == len(line) || line[n] != ':' {
		return unread, "", false
	}
	for i, known := range &headNames {
		if n == len(known) && strings.EqualFold(line[:n], known) {
			return i, line[n+1:], true
		}
	}
	return unread, "", true
}

// set takes a header. It returns false where a plain POST doesn't have it.
func (h *plainHead) set(name int, value string) bool {
	value = unblank(value)
	if name >= headNone || value == "" || h.values[name] != "" || name == headConnection && !isKeepAlive(value) {
		return false
	}
	h.values[name] = value
	return true
}

func isKeepAlive(value string) bool {
	return value == "keep-alive" || strings.EqualFold(value, "keep-alive") // mostly the former, which takes less
}

// unblank is strings.Trim(value, " ") for what mostly has one blank in front and no other.
func unblank(value string) string {
	for value != "" && value[0] == ' ' {
		value = value[1:]
	}
	for value != "" && value[len(value)-1] == ' ' {
		value = value[:len(value)-1]
	}
	return value
}

// nameLen is how many bytes at the front of a line are of a header's name.
func nameLen(line string) (n int) {
	for n < len(line) && inName[line[n]] {
		n++
	}
	return n
}

// inName and inHost have the bytes of a header's name, and of a name or an address with or without a port.
// Neither has all that may be there: what is more unusual isn't read here.
var (
	inName = bytesOf("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
	inHost = bytesOf("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.:_[]")
)

func bytesOf(all string) (in [256]bool) {
	for _, c := range []byte(all) {
		in[c] = true
	}
	return in
}

func isHost(s string) bool {
	for _, c := range []byte(s) {
		if !inHost[c] {
			return false
		}
	}
	return s != ""
}

// printable is how many bytes at the front of s are printable ASCII.
func printable(s string) (n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; n <= len(s)-8; n += 8 {
		w := binary.LittleEndian.Uint64([]byte(s[n : n+8]))
		// The lowest of these bits is of the first byte that is over '~' or below ' ': borrows and carries only go up.
		if other := (w | (w + ones) | (w - ' '*ones)) & highs; other != 0 {
			return n + bits.TrailingZeros64(other)/8
		}
	}
	for n < len(s) && s[n] >= ' ' && s[n] <= '~' {
		n++
	}
	return n
}
