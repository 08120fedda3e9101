package ingest

import (
	"net/http"
	"testing"
)

func TestIsDelivery(t *testing.T) {
	f := func(method, path string, want bool, headers ...string) {
		t.Helper()
		r := post(path, "", headers...)
		r.Method = method
		if got := IsDelivery(r); got != want {
			t.Errorf("%s %s %q: %v, want %v", method, path, headers, got, want)
		}
	}
	f(http.MethodPost, "/logs/enketo", true)
	f(http.MethodPost, "/logs/enketo/more", true)
	f(http.MethodPost, "/logs/", true)
	f(http.MethodPost, "/logs", true)
	f(http.MethodGet, "/logs", true)

	// A wrong URL, told by what Logplex sends.
	f(http.MethodPost, "/log/enketo", true, "Logplex-Msg-Count: 3")
	f(http.MethodPost, "/logsenketo", true, "Logplex-Frame-Id: 1")
	f(http.MethodPost, "/", true, "Content-Type: application/logplex-1")

	f(http.MethodPost, "/log/enketo", false)
	f(http.MethodPost, "/silences", false, "Content-Type: application/x-www-form-urlencoded")
	f(http.MethodGet, "/metrics", false, "Logplex-Msg-Count: 3")
	f(http.MethodGet, "/", false)
}
