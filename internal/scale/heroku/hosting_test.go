package heroku

import (
	"strings"
	"testing"
)

func feature(name string, enabled bool) string {
	text := `{"created_at":"2026-01-01T12:00:00Z","description":"d","doc_url":"u","enabled":false,"id":"` + id1 + `","name":"` + name +
		`","state":"general","updated_at":"2026-01-01T12:00:00Z","display_name":"d","feedback_email":"f"}`
	if enabled {
		return strings.Replace(text, "false", "true", 1)
	}
	return text
}

func TestHosting(t *testing.T) {
	f := func(want Hosting, answers map[string]string) {
		t.Helper()
		_, c := newFake(t, answers)
		if got, err := c.Hosting(t.Context(), "drain", "web"); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	const web, preboot = "GET /apps/drain/formation/web", "GET /apps/drain/features/preboot"
	f(Hosting{"standard-1x", 2, true}, map[string]string{web: formation("web", 2), preboot: feature("preboot", true)})
	f(Hosting{"standard-1x", 1, false}, map[string]string{web: formation("web", 1), preboot: feature("preboot", false)})
	f(Hosting{"eco", 1, false}, map[string]string{web: strings.Replace(formation("web", 1), "standard-1X", "Eco", 1)})

	_, c := newFake(t, map[string]string{web: formation("worker", 1)})
	if h, err := c.Hosting(t.Context(), "drain", "web"); err == nil {
		t.Errorf("an answer about another process was taken: %+v", h)
	}
	if _, err := c.Hosting(t.Context(), "../account", "web"); err == nil {
		t.Error("a name that makes another path was taken")
	}
}
