package parser

import "time"

// parseRouter reads a router line's pairs into Router and Code. The router's lines before 2012
// ("Error H12 (Request timeout) -> GET …") are no pairs and are left alone.
func (l *Line) parseRouter(text []byte) {
	if !startsWithPair(text) {
		return
	}
	r := &l.Router
	*r = Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true}
	for key, value := range Pairs(text) {
		switch string(key) {
		case "code":
			if codeLen(value, 'H') == len(value) {
				setFirst(&l.Code, value)
			}
		case "desc":
			setFirst(&r.Desc, value)
		case "method":
			setFirst(&r.Method, value)
		case "path":
			setFirst(&r.Path, value)
		case "request_id":
			setFirst(&r.RequestID, value)
		case "dyno":
			setFirst(&r.Dyno, value)
		case "connect":
			if r.Connect < 0 {
				r.Connect = parseMillis(value)
			}
		case "service":
			if r.Service < 0 {
				r.Service = parseMillis(value)
			}
		case "status":
			if n, ok := parseCount(value); ok && r.Status < 0 {
				r.Status = n
			}
		case "bytes":
			if n, ok := parseCount(value); ok && r.Bytes < 0 {
				r.Bytes = int64(n)
			}
		}
	}
}

// startsWithPair reports whether the text begins with a lower-case key and "=".
func startsWithPair(text []byte) bool {
	for i, c := range text {
		if c == '=' {
			return i > 0
		}
		if c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return false
}

// setFirst keeps the first value that is not empty.
func setFirst(field *[]byte, value []byte) {
	if *field == nil && len(value) > 0 {
		*field = value
	}
}

// parseMillis reads milliseconds with or without "ms" (H25 lines lack it); -1 if it can't.
func parseMillis(b []byte) time.Duration {
	const maxDigits = 12 // 31 years; more would overflow a Duration
	n, unit, ok := cutDigits(b, maxDigits)
	if !ok || len(unit) > 0 && string(unit) != "ms" {
		return -1
	}
	return time.Duration(n) * time.Millisecond
}
