package daemon

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"drain/internal/config"
	"drain/internal/scale/heroku"
)

func TestHostingFaults(t *testing.T) {
	f := func(h heroku.Hosting, want ...string) {
		t.Helper()
		got := hostingFaults("my-drain", h)
		for i := range max(len(got), len(want)) {
			if len(got) != len(want) || !strings.Contains(got[i], want[i]) {
				t.Fatalf("%+v: %q, want %q", h, got, want)
			}
		}
	}
	f(heroku.Hosting{Size: "basic", Quantity: 1})
	f(heroku.Hosting{Size: "eco", Quantity: 1}, "heroku dyno:type basic -a my-drain")
	f(heroku.Hosting{Size: "standard-1x", Quantity: 3, Preboot: true}, "3 web dynos", "features:disable preboot -a my-drain")
}

func TestAnEcoDynoIsTold(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/apps/my-drain/formation/web" {
			http.Error(w, `{"id":"not_found","message":"no"}`, http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(`{"type":"web","quantity":1,"size":"Eco"}`))
	}))
	defer api.Close()
	r := start(t, Options{Env: config.Env{HerokuAPIKey: "k", HerokuAPIURL: api.URL, HerokuAppName: "my-drain", Dyno: "web.1"}})
	waitUntil(t, func() bool {
		_, text := r.get(t, "/api/v1/apps", "")
		return strings.Contains(text, "runs on an Eco dyno")
	})
	if n := strings.Count(r.log.String(), "runs on an Eco dyno"); n != 1 {
		t.Errorf("told %d times in the log", n)
	}
}
