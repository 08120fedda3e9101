package daemon

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"drain/internal/history"
)

// What a delivery says is in the plots, whatever the rules ask for.
func TestHistoryOnThePage(t *testing.T) {
	r := start(t, Options{})
	r.post(t, "/logs/enketo", "", "",
		"app heroku-redis source=REDIS addon=redis-x sample#active-connections=19 sample#max-connections=38",
		"heroku web.1 source=web.1 dyno=heroku.1.2 sample#memory_total=256.00MB sample#memory_rss=256.00MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB",
		"heroku router at=info method=GET path=/ host=h request_id=1 fwd=1 dyno=web.1 connect=1ms service=20ms status=200 bytes=1 protocol=https",
		"heroku router at=error code=H12 method=GET path=/ host=h request_id=2 fwd=1 dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https",
		"app api Scaled to web@2:Basic by user a@example.com", "app api Release v12 created by user a@example.com")
	view := func(path string) *history.View {
		return r.viewPage(httptest.NewRequest(http.MethodGet, path, nil)).History
	}
	v := view("/")
	if len(v.Connections) != 1 || v.Connections[0].Name != "REDIS" || v.Connections[0].Value != 19 || v.Connections[0].Limit != 38 {
		t.Errorf("connections: %+v", v.Connections)
	}
	if len(v.Memory) != 1 || v.Memory[0].Name != "web.1" || v.Memory[0].Value != 0.5 {
		t.Errorf("memory: %+v", v.Memory)
	}
	sum := func(list []float32) (sum float32) {
		for _, v := range list {
			if v == v {
				sum += v
			}
		}
		return sum
	}
	if all, failed := sum(v.Requests), sum(v.Failed); all != 2 || failed != 1 {
		t.Errorf("%g requests, %g failed", all, failed)
	}
	if len(v.Marks) != 2 || v.Marks[0].Text != "web set to 2" || v.Marks[1].Text != "release v12" {
		t.Errorf("marks: %+v", v.Marks)
	}
	if view("/?app=enketo") == nil || view("/?app=unknown") != nil {
		t.Error("not the app that was asked for")
	}
	if r.apps.known("unknown") != nil {
		t.Error("looking made an app")
	}
}
