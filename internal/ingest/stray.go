package ingest

import (
	"net/http"
	"strings"
)

// IsDelivery says whether a request is a Handler's to answer: its path is /logs or under it, or it is a
// POST as only a log drain sends it, whose URL is wrong. That one must be counted as what it is, and
// answered without a body: an app loses its log by it.
func IsDelivery(r *http.Request) bool {
	path := r.URL.Path
	return path == "/logs" || strings.HasPrefix(path, "/logs/") || r.Method == http.MethodPost && isLogplexs(r)
}

// isLogplexs says whether a request has a header that nothing but Logplex, or what takes its place, sends.
func isLogplexs(r *http.Request) bool {
	return header(r, headerFrameID) != "" || header(r, headerMsgCount) != "" ||
		strings.EqualFold(header(r, headerType), "application/logplex-1")
}
