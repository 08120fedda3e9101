package page

import (
	"strings"
	"testing"

	"drain/alert"
)

// That no policy is for an incident is told of apps, which have policies, and not of drain itself.
func TestNoPolicyIsForDrainItself(t *testing.T) {
	f := func(app string, want bool) {
		t.Helper()
		inc := alert.Incident{ID: "i", App: app, State: alert.Firing, Severity: alert.Warning, Began: noon}
		got := render(t, &View{Now: noon, Incidents: []alert.Incident{inc}})
		if strings.Contains(got, "no policy is for this") != want {
			t.Errorf("%s: it is told: %t, want %t", app, !want, want)
		}
	}
	f("enketo", true)
	f(OwnApp, false)
}
