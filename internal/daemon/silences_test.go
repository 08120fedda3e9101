package daemon

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/config"
	"drain/rules"
)

const crash = `heroku router at=error code=H10 desc="App crashed" method=GET path="/" host=x dyno= connect= service= status=503 bytes=`

// pager is a destination that remembers what it was told.
type pager struct {
	*httptest.Server
	mu   sync.Mutex
	said string
}

func newPager(t *testing.T) *pager {
	p := &pager{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.said += string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) heard(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.said, text)
}

// ask makes a request of the API with the password "admin".
func (r *running) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("", "admin")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (r *running) silence(t *testing.T, body string) silence.Silence {
	t.Helper()
	status, text := r.ask(t, http.MethodPost, "/api/v1/silences", body)
	var one silence.Silence
	if err := json.Unmarshal([]byte(text), &one); err != nil || status != http.StatusCreated || one.ID == "" {
		t.Fatalf("%d %s, %v", status, text, err)
	}
	return one
}

// A silenced incident is shown and not told, also after a restart; told when the silence is expired.
func TestSilence(t *testing.T) {
	p := newPager(t)
	o := Options{Env: config.Env{
		AdminPassword: "admin", PagerDutyRoutingKey: "k", PagerDutyAPIURL: p.URL, Ledger: t.TempDir() + "/ledger",
	}}
	r := start(t, o)
	one := r.silence(t, `{"matchers":{"app":"enk*","rule":"app-crashed"},"for":"1h","by":"jo","comment":"we know"}`)
	r.post(t, "/logs/enketo", "", "", crash, crash, crash)
	r.post(t, "/logs/another", "", "", crash, crash, crash)
	waitUntil(t, func() bool { return p.heard("another") })
	if open := r.Incidents(); len(open) != 2 || open[0].Silenced == open[1].Silenced {
		t.Errorf("open: %+v; want both, one silenced", open)
	}
	if _, page := r.ask(t, http.MethodGet, "/", ""); !strings.Contains(page, "by jo: we know") {
		t.Error("the page doesn't show that it is silenced")
	}
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}

	r = start(t, o)
	if _, list := r.ask(t, http.MethodGet, "/api/v1/silences", ""); !strings.Contains(list, one.ID) {
		t.Errorf("after the restart: %s", list)
	}
	r.post(t, "/logs/third", "", "", crash, crash, crash)
	waitUntil(t, func() bool { return p.heard("third") })
	if p.heard("enketo") {
		t.Errorf("told of the silenced one: %s", p.said)
	}
	if status, text := r.ask(t, http.MethodDelete, "/api/v1/silences/"+one.ID, ""); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	waitUntil(t, func() bool { return p.heard("enketo") })
}

func TestSilencesAPIRefuses(t *testing.T) {
	r := start(t, Options{Env: config.Env{AdminPassword: "admin"}})
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		path := "/api/v1/silences"
		if method == http.MethodDelete {
			path += "/x"
		}
		req, err := http.NewRequest(method, r.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a password: %d", method, resp.StatusCode)
		}
	}
	f := func(body, want string) {
		t.Helper()
		status, text := r.ask(t, http.MethodPost, "/api/v1/silences", body)
		if status != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s; want 400 with %q", body, status, text, want)
		}
	}
	f(``, "EOF")
	f(`{"matchers":{"app":"x"},"for":"1h","by":"jo","comment":"c"} {}`, "more follows")
	f(`{"matcher":{}}`, "unknown field")
	f(`{"for":"1h","by":"jo","comment":"c"}`, "matchers: names no alerts")
	f(`{"matchers":{"app":"x"},"by":"jo","comment":"c"}`, "ends: is not in the future")
	f(`{"matchers":{"app":"x"},"for":"soon","by":"jo","comment":"c"}`, "for: ")
	f(`{"matchers":{"app":"x"},"for":"1h","ends":"2026-11-22T20:00:00Z","by":"jo","comment":"c"}`, "keep one of them")
	if status, _ := r.ask(t, http.MethodDelete, "/api/v1/silences/never", ""); status != http.StatusNotFound {
		t.Errorf("expire of what isn't there: %d", status)
	}
	if _, list := r.ask(t, http.MethodGet, "/api/v1/silences", ""); strings.TrimSpace(list) != "[]" {
		t.Errorf("silences: %s", list)
	}

	req, err := http.NewRequest(http.MethodPost, r.url+"/api/v1/silences", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("", "admin")
	req.Header.Set("Content-Type", "text/plain")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form's type: %d", resp.StatusCode)
	}
}

// A mute window of the configuration holds from the start and from a reload on.
func TestMuteWindow(t *testing.T) {
	p := newPager(t)
	all := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	muted := &config.Config{Mute: []silence.Window{{Name: "always", Match: silence.Matchers{"app": "enketo"}, Days: all}}}
	r := start(t, Options{
		Config: muted, Env: config.Env{AdminPassword: "admin", PagerDutyRoutingKey: "k", PagerDutyAPIURL: p.URL},
		ReadConfig: func() (*config.Config, error) { return &config.Config{}, nil },
	})
	r.post(t, "/logs/enketo", "", "", crash, crash, crash)
	waitUntil(t, func() bool { return len(r.Incidents()) == 1 })
	if got := r.Incidents()[0]; got.Silenced != "muted by the window always" || got.State != alert.Firing {
		t.Errorf("%+v", got)
	}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, func() bool { return p.heard("enketo") })
}

// A rule's own label silences what it is given to, by the API and by the page's form; a label that a reload
// brings counts from then on.
func TestSilenceByARulesLabel(t *testing.T) {
	labelled := func(name, text, team string) rules.Rule {
		return rules.Rule{
			Name: name, Match: &rules.Match{Contains: []string{text}}, Window: time.Minute, Labels: map[string]string{"team": team},
		}
	}
	r := start(t, Options{
		Env: config.Env{AdminPassword: "admin"},
		ReadConfig: func() (*config.Config, error) {
			return &config.Config{Rules: []rules.Rule{labelled("payments", "PaymentError", "shop"), labelled("books", "BookError", "books")}}, nil
		},
	})
	byTeam := `{"matchers":{"team":"shop"},"for":"1h","by":"jo","comment":"we know"}`
	if status, text := r.ask(t, http.MethodPost, "/api/v1/silences", byTeam); status != http.StatusBadRequest || !strings.Contains(text, `unknown label`) {
		t.Errorf("before the reload: %d %s", status, text)
	}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	r.silence(t, byTeam)
	r.post(t, "/logs/enketo", "", "", "app web.1 PaymentError", "app web.1 BookError")
	for _, inc := range r.Incidents() {
		if silenced := inc.Silenced != ""; silenced != (inc.Cause == "payments") {
			t.Errorf("%s: %q, want payments silenced and nothing else", inc.Cause, inc.Silenced)
		}
	}
	if status, _, _ := r.send(t, "/silences", url.Values{"matchers": {"team=books"}, "for": {"1h"}, "by": {"jo"}, "comment": {"so"}}); status != http.StatusSeeOther {
		t.Errorf("the form: %d, want %d", status, http.StatusSeeOther)
	}
	waitUntil(t, func() bool { inc := r.Incidents(); return inc[0].Silenced != "" && inc[1].Silenced != "" })
}
