package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/config"
	"drain/rules"
)

// A rule's own labels reach Alertmanager, beside those that say what it is about.
func TestRulesLabelsReachAlertmanager(t *testing.T) {
	got := make(chan map[string]string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var alerts []struct{ Labels map[string]string }
		if err := json.NewDecoder(req.Body).Decode(&alerts); err != nil {
			t.Error(err)
		}
		for _, a := range alerts {
			got <- a.Labels
		}
	}))
	defer srv.Close()
	rule := rules.Rule{
		Name: "payment-errors", Match: &rules.Match{Contains: []string{"PaymentError"}}, Window: time.Minute, By: []string{"dyno"},
		Labels: map[string]string{"team": "shop", "dyno": "a lie", "code": "another", "app": "a third"},
	}
	r := start(t, Options{Env: config.Env{AlertmanagerURL: config.Secret(srv.URL)}, Config: &config.Config{Rules: []rules.Rule{rule}}})
	r.post(t, "/logs/shop", "", "", "app web.3 PaymentError: no money")
	want := map[string]string{
		"alertname": "payment-errors", "app": "shop", "cause": "payment-errors", "severity": "warning", "key": "web.3",
		"dyno": "web.3", "team": "shop",
	}
	if diff := cmp.Diff(want, <-got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a rule has no room for is counted under its name.
func TestDroppedKeysAreCounted(t *testing.T) {
	rule := rules.Rule{Name: "few", Match: &rules.Match{Contains: []string{"PaymentError"}}, Window: time.Minute, By: []string{"dyno"}, Keys: 2}
	r := start(t, Options{Config: &config.Config{Rules: []rules.Rule{rule}}})
	dropped := func(want float64) {
		t.Helper()
		if got := r.metric(t, `drain_rule_keys_dropped_total{rule="few"}`); got != want {
			t.Errorf("%g dropped, want %g", got, want)
		}
	}
	if _, text := r.get(t, "/metrics", ""); !strings.Contains(text, "drain_rule_keys_dropped_total{rule=\"few\"} 0\n") {
		t.Error("there is no series before the first drop")
	}
	for i := range 5 {
		r.post(t, "/logs/shop", "", fmt.Sprint(i), fmt.Sprintf("app web.%d PaymentError", i))
	}
	dropped(3)
	r.post(t, "/logs/shop", "", "again", "app web.4 PaymentError", "app web.1 PaymentError")
	dropped(4)
}
