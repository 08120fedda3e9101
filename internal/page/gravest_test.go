package page

import (
	"fmt"
	"strings"
	"testing"

	"drain/alert"
)

// Of thousands of incidents the page has some, and those that nobody silenced, and of the app that somebody
// looks for, are among them.
func TestGravest(t *testing.T) {
	v := &View{Now: noon, Apps: []App{{Name: "a", Last: noon}}}
	add := func(n int, app, severity, silenced string, state alert.State) {
		for i := range n {
			v.Incidents = append(v.Incidents, alert.Incident{
				ID: fmt.Sprint(app, i), App: app, Severity: severity, Silenced: silenced, State: state, Began: noon,
				Alerts: []alert.Alert{{Rule: "r", Summary: "it is bad in " + app}},
			})
		}
	}
	shown := func(app string) int { return strings.Count(render(t, v), `<p class="summary">it is bad in `+app+"<") }
	add(shownIncidents/2, "hushed", alert.Critical, "silenced until tomorrow", alert.Firing)
	add(shownIncidents/2, "loud", alert.Warning, "", alert.Firing)
	if got := shown("hushed") + shown("loud"); got != len(v.Incidents) {
		t.Errorf("%d incidents are shown, want all %d", got, len(v.Incidents))
	}
	if text := render(t, v); strings.Contains(text, "more incident") || strings.Index(text, "bad in hushed<") > strings.Index(text, "bad in loud<") {
		t.Error("the order is another where all are shown")
	}
	add(shownIncidents/2+1, "louder", alert.Warning, "", alert.Firing)
	add(3, "looked-for", alert.Info, "silenced too", alert.Firing)
	if got := [...]int{shown("hushed"), shown("loud"), shown("louder"), shown("looked-for")}; got != [...]int{0, shownIncidents / 2, shownIncidents / 2, 0} {
		t.Errorf("shown are %v", got)
	}
	if text, want := render(t, v), fmt.Sprintf("… and %d more incidents", shownIncidents/2+4); !strings.Contains(text, want) {
		t.Errorf("%q is missing", want)
	}
	v.Found = &Found{Text: "looked", Apps: []App{{Name: "looked-for", Last: noon}}}
	if got := [...]int{shown("looked-for"), shown("loud"), shown("louder")}; got != [...]int{3, shownIncidents / 2, shownIncidents/2 - 3} {
		t.Errorf("of who looks for an app shown are %v", got)
	}
	if text := render(t, v); !strings.Contains(text, "need you") {
		t.Error("the headline is of some only")
	}
}
