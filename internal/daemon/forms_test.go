package daemon

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"drain/internal/config"
)

// send posts a form as a browser would, and doesn't follow where it is sent.
func (r *running) send(t *testing.T, path string, form url.Values, headers ...string) (status int, location, text string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("", "admin")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(b)
}

func TestSilenceByForm(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	form := url.Values{"matchers": {"app=enk*, rule = app-crashed"}, "for": {"1h"}, "by": {"jo"}, "comment": {"we know"}}
	if status, location, _ := r.send(t, "/silences", form); status != 303 || location != "./#silences" {
		t.Fatalf("%d to %q", status, location)
	}
	list := r.silences.List()
	if len(list) != 1 || list[0].Matchers.String() != "app=enk*, rule=app-crashed" || list[0].By != "jo" {
		t.Fatalf("%+v", list)
	}
	if _, text := r.get(t, "/", "admin"); !strings.Contains(text, "we know") {
		t.Error("the silence isn't on the page")
	}
	if status, location, _ := r.send(t, "/silences/"+list[0].ID+"/expire", nil); status != 303 || location != "../../#silences" {
		t.Errorf("%d to %q", status, location)
	}
	if status, _, _ := r.send(t, "/silences/"+list[0].ID+"/expire", nil); status != 303 {
		t.Errorf("ended twice: %d", status)
	}
	if list := r.silences.List(); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}

	// What is wrong is said where it was written, and nothing of it is lost.
	wrong := func(matchers, lasts, want string) {
		t.Helper()
		form.Set("matchers", matchers)
		form.Set("for", lasts)
		status, _, text := r.send(t, "/silences", form)
		if status != 400 || !strings.Contains(text, want) || !strings.Contains(text, `value="we know"`) {
			t.Errorf("%d, without %q", status, want)
		}
	}
	wrong("", "1h", "names no alerts")
	wrong("enketo", "1h", "unknown label")
	wrong("app=enketo", "soon", "is not a duration")
	wrong("app=enketo", "", "is not in the future")
	if list := r.silences.List(); len(list) != 0 {
		t.Errorf("made: %+v", list)
	}
}

// What another site has a browser send is refused, with the right password too.
func TestNoFormOfAnotherSite(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	form := url.Values{"matchers": {"app=*"}, "for": {"1h"}, "by": {"eve"}, "comment": {"hush"}}
	for _, path := range []string{"/silences", "/silences/x/expire", "/claims", "/claims/undo", "/debug/arm", "/api/v1/silences", "/-/reload"} {
		f := func(want bool, headers ...string) {
			t.Helper()
			if status, _, _ := r.send(t, path, form, headers...); (status == 403) == want {
				t.Errorf("%s %v: %d", path, headers, status)
			}
		}
		f(false, "Origin", "https://evil.example")
		f(false, "Origin", "null")
		f(false, "Sec-Fetch-Site", "cross-site")
		f(false, "Sec-Fetch-Site", "same-site")
		f(true, "Sec-Fetch-Site", "same-origin", "Origin", r.url)
		f(true, "Origin", r.url)
		f(true) // no browser
	}
	for _, path := range []string{"/silences", "/silences/x/expire", "/claims", "/claims/undo", "/debug/arm"} {
		if status, _ := r.get(t, path, "admin"); status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, status)
		}
		if status, _, _ := r.send(t, path, form, "Authorization", "Basic eDp5"); status != 401 {
			t.Errorf("%s with a wrong password: %d", path, status)
		}
	}
}

func TestHeadersOfThePage(t *testing.T) {
	r := start(t, Options{})
	resp, err := http.Get(r.url + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	policy := resp.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is missing in %s", want, policy)
		}
	}
	for _, never := range []string{"unsafe", "*", "data:", "http"} {
		if strings.Contains(policy, never) {
			t.Errorf("%q is in %s", never, policy)
		}
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %s", got)
	}
}

// Deliveries are copied after somebody asked for it, without secrets, and not before.
func TestPeek(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	r.post(t, "/logs/enketo", "", "", "app web.1 before")
	if status, location, _ := r.send(t, "/debug/arm", nil); status != 303 || location != "../#debug" {
		t.Fatalf("%d to %q", status, location)
	}
	lines := []string{"app web.1 hello postgres://u:hunter2@db.example.com/x <b>"}
	for range peekLines + 2 {
		lines = append(lines, "app web.1 "+strings.Repeat("x", 2*peekLine))
	}
	r.post(t, "/logs/enketo", "", "", lines...)
	_, text := r.get(t, "/", "admin")
	if strings.Contains(text, "before") || strings.Contains(text, "hunter2") || strings.Contains(text, strings.Repeat("x", peekLine)) {
		t.Error("too much was copied")
	}
	for _, want := range []string{"app[web.1]: hello", "and 3 more lines"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}

	now := r.now()
	if v := r.peek.view(now.Add(peekFor)); !v.Until.IsZero() || len(v.Batches) != 1 {
		t.Errorf("after a minute: %+v", v)
	}
	if v := r.peek.view(now.Add(peekFor + peekKept + time.Second)); len(v.Batches) != 0 {
		t.Errorf("much later: %+v", v)
	}
}
