package ingest

import (
	"strings"
	"testing"
)

func TestTheFrontOfARepeatIsShown(t *testing.T) {
	var shown []Delivery
	h, _ := newHandler(t, Options{Repeat: func(d *Delivery) {
		kept := *d
		kept.Body = append([]byte{}, d.Body...)
		shown = append(shown, kept)
	}})
	f := func(body, want string, headers ...string) {
		t.Helper()
		shown = nil
		headers = append(headers, "Logplex-Frame-Id: 1", "Logplex-Msg-Count: 3")
		if code := serve(h, post("/logs/enketo", body, headers...)); code != 204 {
			t.Errorf("status %d, want 204", code)
		}
		switch {
		case want == "" && len(shown) > 0:
			t.Errorf("shown: %.20q", shown[0].Body)
		case want == "":
		case len(shown) != 1 || string(shown[0].Body) != want || shown[0].App != "enketo" || shown[0].At.IsZero():
			t.Errorf("shown: %+v, want the body %.20q of enketo", shown, want)
		}
	}
	long := strings.Repeat("x", 100_000)
	f("body", "") // the first
	f("body", "body")
	f(long, long[:4096])
	f(packed(t, "body"), "", "Content-Encoding: gzip")
}

// The rest of a repeat's body is read, or net/http would close the connection.
func TestARepeatKeepsItsConnection(t *testing.T) {
	bothWays(t, func(t *testing.T, listen func(t *testing.T, h *Handler) string) {
		h, _ := newHandler(t, Options{})
		p := dial(t, listen(t, h))
		for range 3 {
			p.send(head+"Logplex-Frame-Id: 1\nContent-Length: 1000000\n\n%1000000s", "")
			p.want(204)
		}
	})
}
