package daemon

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"drain/alert"
	"drain/internal/config"
)

// Every destination that the environment names is told, and routes choose among them.
func TestDestinations(t *testing.T) {
	var mu sync.Mutex
	told := map[string]string{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		told[r.URL.Path] += string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(srv.Close) // after the daemon, which may still have something to tell
	r := start(t, Options{
		Env: config.Env{
			AlertmanagerURL: config.Secret(srv.URL), WebhookURL: config.Secret(srv.URL + "/hook"), WebhookSecret: "s",
			PagerDutyRoutingKey: "k", PagerDutyAPIURL: srv.URL, URL: "https://drain.example",
		},
		Config: &config.Config{Routes: []alert.Route{
			{Match: alert.Match{Rule: "app-crashed"}, To: "webhook"},
			{Match: alert.Match{Severity: alert.Critical}, To: "alertmanager"},
			{Match: alert.Match{App: "another"}, To: "pagerduty"},
		}},
	})
	r.post(t, "/logs/enketo", "", "", crash, crash, crash)
	both := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return told["/hook"] != "" && told["/api/v2/alerts"] != ""
	}
	waitUntil(t, both)
	r.post(t, "/logs/another", "", "", crash, crash, crash)
	waitUntil(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return told["/v2/enqueue"] != ""
	})
	mu.Lock()
	defer mu.Unlock()
	for path, text := range told {
		if !strings.Contains(text, "https://drain.example") {
			t.Errorf("%s: no link to the page: %s", path, text)
		}
		if path == "/v2/enqueue" && strings.Contains(text, "enketo") {
			t.Errorf("pagerduty was told of an app that isn't routed there: %s", text)
		}
	}
}

// An Alertmanager is told of what fires again and again, as it forgets what isn't repeated.
func TestAlertmanagerIsToldAgain(t *testing.T) {
	var posts atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(srv.Close)                                                                        // after the daemon, which may still have something to tell
	r := start(t, Options{Pace: 600, Env: config.Env{AlertmanagerURL: config.Secret(srv.URL)}}) // a minute is 100 ms
	r.post(t, "/logs/enketo", "", "", crash, crash, crash)
	waitUntil(t, func() bool { return posts.Load() > 5 })
}
