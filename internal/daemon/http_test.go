package daemon

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"

	"drain/internal/config"
)

// Logplex's client takes the body of an answer for the next status line, and follows no redirect.
func TestAnswersToADrainAreEmpty(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}})
	f := func(method, path string, want int) {
		t.Helper()
		conn, err := net.Dial("tcp", r.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: drain\r\nContent-Length: 0\r\nAuthorization: Bearer p\r\n\r\n", method, path)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != want || resp.ContentLength != 0 {
			t.Errorf("%s %s: %s with %d bytes, want %d with none", method, path, resp.Status, resp.ContentLength, want)
		}
	}
	f("POST", "/logs", 204)
	f("POST", "/logs/enketo", 204)
	f("POST", "/logs/enketo?x=/../y", 204)
	f("GET", "/logs/enketo", 405)
	f("POST", "/logs/", 404)
	f("POST", "/logs//enketo", 404)
	f("POST", "/logs/./enketo", 404)
	f("POST", "/logs/../metrics", 404)
	f("POST", "/logs/enketo/", 404)
}

// A drain whose URL isn't under /logs is refused, and counted: it would lose its log in silence.
func TestADrainWithAWrongURLIsCounted(t *testing.T) {
	r := start(t, Options{})
	for i, path := range []string{"/log/enketo", "/", "/silences", "/api/v1/nothing"} {
		if status := r.post(t, path, "", "f1", h12); status != http.StatusNotFound { // with a Logplex-Msg-Count
			t.Errorf("POST %s: %d, want 404", path, status)
		}
		if got := r.metric(t, `drain_ingest_refused_total{reason="path"}`); got != float64(i+1) {
			t.Errorf("%g are refused after POST %s, want %d", got, path, i+1)
		}
	}
}
