package daemon

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"drain/internal/config"
)

// Each destination hears of the beginning and of the end, and one that fails doesn't keep the others from it.
func TestEachDestinationIsTested(t *testing.T) {
	var mu sync.Mutex
	got := map[string][]string{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] = append(got[r.URL.Path], string(body))
		if r.URL.Path == "/hook" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()
	env := config.Env{
		AlertmanagerURL: config.Secret(srv.URL), WebhookURL: config.Secret(srv.URL + "/hook"), WebhookSecret: "s",
		PagerDutyRoutingKey: "k", PagerDutyAPIURL: srv.URL,
	}
	outcomes := map[string]error{}
	if err := ProbeDestinations(t.Context(), env, func(name string, err error) { outcomes[name] = err }); err != nil {
		t.Fatal(err)
	}
	if len(outcomes) != 3 || outcomes["webhook"] == nil || outcomes["alertmanager"] != nil || outcomes["pagerduty"] != nil {
		t.Errorf("outcomes %v", outcomes)
	}
	for path, parts := range map[string][2]string{"/api/v2/alerts": {"nothing is wrong", "endsAt"}, "/v2/enqueue": {`"trigger"`, `"resolve"`}} {
		if len(got[path]) != 2 || !strings.Contains(got[path][0], parts[0]) || !strings.Contains(got[path][1], parts[1]) {
			t.Errorf("%s: %q", path, got[path])
		}
	}
	if err := ProbeDestinations(t.Context(), config.Env{}, nil); !errors.Is(err, ErrNoDestination) {
		t.Errorf("without any: %v", err)
	}
}
