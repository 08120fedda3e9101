package parser

import (
	"bytes"
	"time"
)

// parseRequest does what parseRouter does for a line whose text begins at text and has its pairs in
// the router's own order:
//
//	at=info method=GET path="/" host=example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945
//	fwd="203.0.113.78" dyno=web.1 connect=0ms service=3ms status=200 bytes=944 protocol=https
//
// It returns false, having set no more than numbers, where anything is unusual.
func (l *Line) parseRequest(line []byte, text int) bool {
	const shortest = 160 // with "host heroku router - "
	if len(line) < shortest {
		return false
	}
	return l.parseWords(line, text, len(line)-transportLen((*[64]byte)(line[len(line)-64:])))
}

// parseWords reads up to end from both sides, so that neither waits for the other. The ends must meet
// and each byte between them be accounted for: a path can hold pairs too, and of two pairs with one
// key the first counts.
func (l *Line) parseWords(line []byte, text, end int) bool {
	if end < len(outcome{}) {
		return false
	}

	// From the end, up to the quote before dyno=.
	t := (*outcome)(line[end-len(outcome{}):])
	r := &l.Router
	dyno, quote := r.cutOutcome(t)
	if quote < 16 || quote > len(t) {
		return false
	}

	// ` fwd="203.0.113.78, 203.0.113.79`. It is read from its end to the nearest quote.
	fwd := end - len(t) + quote - 8
	n := behind(load(t[quote-8:]), '"')
	for i := quote - 16; n == 0 && i >= 0; i -= 8 {
		n = behind(load(t[i:]), '"')
		fwd -= 8
	}
	fwd += n
	if fwd < 64 {
		return false
	}
	f := (*[64]byte)(line[fwd-64:])
	if load(f[56:])>>16 != word(" fwd=\"\x00\x00") {
		return false
	}

	// request_id=, as long as a UUID. The lines of 2013 don't have it.
	host := fwd - len(` fwd="`)
	var id []byte
	if load(f[10:]) == word(" request") && load(f[14:]) == word("uest_id=") {
		if markOdd(load(f[22:]))|markOdd(load(f[30:]))|markOdd(load(f[38:]))|markOdd(load(f[46:]))|markOdd(load(f[50:])) != 0 {
			return false
		}
		id = f[22:58]
		host = fwd - 54
	}
	if host < text {
		return false
	}

	// From the front: at=, the error if there is one, and the rest up to host.
	front := text + len("at=info ")
	var code, desc []byte
	if load(line[text:]) != word("at=info ") {
		if code, desc, n = cutError(line[text:host]); n == 0 {
			return false
		}
		front = text + n
	}
	h := (*[32]byte)(line[front:])
	w := load(h[7:])
	n = before(w, ' ')
	if load(h[0:])<<8 != word("\x00method=") || n == 0 || byte(w) == '"' || load(h[7+n:])<<8 != word("\x00 path=\"") {
		return false
	}
	method := h[7 : 7+n]
	at := front + n + len(`method= path="`)
	if at > host {
		return false
	}
	n = bytes.IndexByte(line[at:host], '"')
	if n <= 0 || line[at+n-1] == '\\' {
		return false
	}
	path := line[at : at+n]
	at += n
	w = load(line[at:])
	at += len(`" host=`)
	if w<<8 != word("\x00\" host=") || w>>56 == '"' || at > host || !spaceless(line[at:], host-at) {
		return false
	}

	l.Code = code
	r.Method, r.Path, r.RequestID, r.Dyno, r.Desc, r.Pairs = method, path, id, dyno, desc, true
	return true
}

// cuts is the numbers of a request, and where in its line the texts are.
type cuts struct {
	connect, service uint64 // milliseconds
	status           uint64 // of three digits
	bytes            uint64

	methodEnd, pathEnd uint32
	id                 uint32 // request_id, as long as a UUID
	dyno, dynoEnd      uint32
}

// methodAt is where in a request's text its method begins.
const methodAt = uint32(len("at=info method="))

// outcome is the end of a line, but for what stands behind bytes=.
type outcome [112]byte

// cutOutcome reads `" dyno=web.1 connect=0ms service=3ms status=200 bytes=944` at the end of t, and
// returns where that begins; 0 if it stands otherwise, or if a backslash hides the quote.
func (r *Router) cutOutcome(t *outcome) (dyno []byte, quote int) {
	at := len(t)
	size, n := decimalAtEnd(load(t[at-8:]))
	at += n - 8 - len(" bytes=")
	if n == 8 || load(t[at-1:])>>8 != word(" bytes=\x00") {
		return nil, 0
	}
	status, n := decimal4AtEnd(load4(t[at-4:]))
	at += n - 4 - len("ms status=")
	if n == 4 || load(t[at:]) != word("ms statu") || load(t[at+2:]) != word(" status=") {
		return nil, 0
	}
	service, n := decimalAtEnd(load(t[at-8:]))
	at += n - 8 - len("ms service=")
	if n == 8 || load(t[at:]) != word("ms servi") || load(t[at+3:]) != word("service=") {
		return nil, 0
	}
	connect, n := decimal4AtEnd(load4(t[at-4:]))
	at += n - 4 - len(" connect=")
	if n == 4 || load(t[at:]) != word(" connect") || t[at+8] != '=' {
		return nil, 0
	}
	w := load(t[at-8:])
	n = behind(w, '=')
	dyno = t[at-8 : at][n:]
	at += n - 8 - len(`" dyno=`)
	if n == 0 || n == 8 || markOdd(w)>>(8*n&63) != 0 || load(t[at:])<<8 != word("\x00\" dyno=") || t[at-1] == '\\' {
		return nil, 0
	}
	r.Connect, r.Service = time.Duration(connect)*time.Millisecond, time.Duration(service)*time.Millisecond
	r.Status, r.Bytes = status, int64(size)
	return dyno, at
}

// transportLen is how much of the end of t are the pairs behind bytes=. They say nothing that is kept:
//
//	protocol=http
//	protocol=https
//	protocol=https tls=true tls_version=tls1.3
//	protocol=http1.1 tls=true tls_version=unknown
func transportLen(t *[64]byte) int {
	const tls = " tls=true tls_version="
	w := load(t[56:])
	if w == word("ol=https") && load(t[49:]) == word(" protoco") {
		return len(" protocol=https")
	}
	if w == word("col=http") && load(t[50:]) == word(" protoco") {
		return len(" protocol=http")
	}
	n := behind(w, '=')
	at := 56 + n - len(tls)
	if n == 0 || load(t[at:]) != word(" tls=tru") || load(t[at+6:]) != word("rue tls_") || load(t[at+14:]) != word("version=") {
		return 0
	}
	at -= len(" protocol=https")
	if load(t[at:]) == word(" protoco") && load(t[at+7:]) == word("ol=https") {
		return len(t) - at
	}
	at -= len("1.1") - len("s")
	if v := load(t[at+9:]); t[at] == ' ' && load(t[at+1:]) == word("protocol") && (v == word("=http1.1") || v == word("=http2.0")) {
		return len(t) - at
	}
	return 0
}

// cutError reads `sock=client at=warning code=H27 desc="Client Request Interrupted" ` and returns how
// long it is; 0 if another pair stands before method=.
func cutError(b []byte) (code, desc []byte, n int) {
	for rest := b; len(rest) > 0; {
		if hasPrefix(rest, "method=") {
			return code, desc, len(b) - len(rest)
		}
		var key, value []byte
		key, value, rest = cutPair(rest)
		switch string(key) {
		case "at", "sock", "cause":
		case "code":
			if codeLen(value, 'H') == len(value) {
				setFirst(&code, value)
			}
		case "desc":
			setFirst(&desc, value)
		default:
			return nil, nil, 0
		}
	}
	return nil, nil, 0
}

// spaceless reports whether there is no space in the first n bytes of b, behind which 40 more stand.
// Hosts of 8 to 40 bytes cost no branch that can't be foreseen.
func spaceless(b []byte, n int) bool {
	if n < 8 || n > 40 {
		return bytes.IndexByte(b[:n], ' ') < 0
	}
	h := (*[40]byte)(b)
	n -= 8
	return markOdd(load(h[0:]))|markOdd(load(h[least(8, n):]))|markOdd(load(h[least(16, n):]))|
		markOdd(load(h[least(24, n):]))|markOdd(load(h[n:])) == 0
}

// least is min(a, b) for a and b from 0 to 32, at most 31, without a branch.
func least(a, b int) int {
	b -= a
	return (a + b&(b>>63)) & 31
}
