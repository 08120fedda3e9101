package ingest

import "net/http"

// The names of the headers that are read, in the canonical form of net/http's Header.
const (
	headerAuthorization = "Authorization"
	headerEncoding      = "Content-Encoding"
	headerFrameID       = "Logplex-Frame-Id"
	headerMsgCount      = "Logplex-Msg-Count"
	headerToken         = "Logplex-Drain-Token"
	headerType          = "Content-Type"
)

// header returns the first value of a canonical name. Header.Get would canonicalise the name again
// on each call, a fifth of the whole package's cost for a small POST.
func header(r *http.Request, name string) string {
	if values := r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// count reads a number of messages; -1 where it is none. Seven digits are far more than a body can
// hold, and few enough to be added up for years.
func count(s string) int {
	if s == "" || len(s) > 7 {
		return -1
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
