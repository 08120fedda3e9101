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
