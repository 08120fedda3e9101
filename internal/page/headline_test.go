package page

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
	"drain/internal/scale"
)

func TestHeadline(t *testing.T) {
	f := func(v View, want tone) {
		t.Helper()
		if diff := cmp.Diff(want, headline(&v)); diff != "" {
			t.Error(diff)
		}
	}
	firing := func(app, severity string) alert.Incident {
		return alert.Incident{App: app, Severity: severity, State: alert.Firing}
	}
	silenced := firing("a", alert.Critical)
	silenced.Silenced = "silenced until tomorrow"
	fine := []App{{Name: "a", Last: noon}}
	f(View{}, tone{"No app has delivered anything yet", "faint"})
	f(View{Apps: []App{{Name: "a"}}}, tone{"No app has delivered anything yet", "faint"}) // known of otherwise
	f(View{Apps: fine}, tone{"All is fine", "fine"})
	f(View{Apps: []App{{Name: "a", Last: noon}, {Name: "b", Last: noon, Silent: true}}}, tone{"b is silent", "warning"})
	stray := Token{Token: "d.1", Last: noon}
	f(View{Now: noon, Unclaimed: []Token{stray}}, tone{"A drain is unclaimed: say whose it is", "warning"})
	f(View{Now: noon, Apps: fine, Unclaimed: []Token{stray, stray}}, tone{"2 drains are unclaimed: say whose they are", "warning"})
	f(View{Now: noon, Apps: fine, Unclaimed: []Token{stray, stray}, MoreTokens: 1}, tone{"More than 2 drains are unclaimed: say whose they are", "warning"})
	f(View{Now: noon.Add(lately), Apps: fine, Unclaimed: []Token{stray}}, tone{"All is fine", "fine"})
	f(View{Now: noon, Apps: fine, Unclaimed: []Token{stray}, Incidents: []alert.Incident{firing("a", "")}}, tone{"a needs you", ""})
	f(View{Apps: fine, Incidents: []alert.Incident{silenced}}, tone{"a is in trouble, but silenced", "faint"})
	mild := silenced
	mild.Severity = alert.Warning
	f(View{Apps: []App{{Name: "a", Last: noon, Severity: alert.Warning}}, Incidents: []alert.Incident{mild}}, tone{"a is in trouble, but silenced", "faint"})
	silencedToo := silenced
	silencedToo.App = "b"
	f(View{Apps: fine, Incidents: []alert.Incident{silenced, silencedToo}}, tone{"a, b are in trouble, but silenced", "faint"})
	f(View{Apps: fine, Incidents: []alert.Incident{{App: "a", State: alert.Resolved}}}, tone{"All is fine", "fine"})
	f(View{Apps: fine, Incidents: []alert.Incident{firing("a", alert.Info)}}, tone{"A notice: a", "info"})
	f(View{Apps: fine, Incidents: []alert.Incident{firing("b", alert.Warning), firing("a", alert.Critical)}}, tone{"a, b need you", "critical"})
	f(View{Apps: fine, Incidents: []alert.Incident{
		firing("e", alert.Warning), firing("d", ""), firing("c", ""), firing("b", ""), firing("b", ""),
	}}, tone{"b, c, d and 1 more need you", "warning"})
}

// What drain sees to itself is said so, unless something else needs a person.
func TestHeadlineOfWhatIsActedOn(t *testing.T) {
	f := func(want, class string, verdicts ...scale.Verdict) {
		t.Helper()
		v := View{Now: noon}
		for i, verdict := range verdicts {
			app := string(rune('a' + i))
			v.Incidents = append(v.Incidents, alert.Incident{App: app, Cause: "redis", Severity: alert.Critical, State: alert.Firing, Began: noon})
			if verdict != "" {
				v.Decisions = append(v.Decisions, scale.Decision{App: app, Cause: "redis", At: noon, Verdict: verdict})
			}
		}
		if got := headline(&v); got != (tone{want, class}) {
			t.Errorf("%v: %+v, want %q, %s", verdicts, got, want, class)
		}
	}
	f("a needs you", "critical", scale.Hold)
	f("a needs you", "critical", scale.NoEffect)
	f("a needs you", "critical", scale.WouldAct)
	f("a waits for your approval", "critical", scale.Ask)
	f("drain is acting on a", "critical", scale.Act)
	f("drain is acting on a", "critical", scale.Done)
	f("drain has acted on a, and it helps", "info", scale.Worked)
	f("drain has acted on a, b, and it helps", "info", scale.Worked, scale.Worked)
	f("drain is acting on b", "critical", scale.Worked, scale.Done)
	f("b waits for your approval", "critical", scale.Done, scale.Ask)
	f("c needs you", "critical", scale.Worked, scale.Ask, "")
}

func TestCourse(t *testing.T) {
	inc := alert.Incident{App: "a", Began: noon, Alerts: []alert.Alert{{Rule: "r"}}}
	f := func(want scale.Verdict, d ...scale.Decision) {
		t.Helper()
		if got := course(&View{Decisions: d}, inc); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	worked := scale.Decision{App: "a", Rule: "r", At: noon, Verdict: scale.Worked}
	f("")
	f(scale.Worked, worked)
	f(scale.Failed, scale.Decision{App: "a", Rule: "r", At: noon.Add(1), Verdict: scale.Failed}, worked) // newest first
	// Another app's, another rule's, an earlier incident's, and what waits for this one to be over.
	f(scale.Worked, scale.Decision{App: "b", Rule: "r", At: noon, Verdict: scale.Hold},
		scale.Decision{App: "a", Rule: "s", At: noon, Verdict: scale.Hold},
		scale.Decision{App: "a", Rule: "r", At: noon.Add(-time.Second), Verdict: scale.Hold},
		scale.Decision{App: "a", Rule: "r", At: noon, Verdict: scale.Hold, Verb: scale.VerbRestore}, worked)
}

// Many others' decisions since don't hide what was done about one.
func TestCourseAmongManyDecisions(t *testing.T) {
	v := View{Now: noon, Incidents: []alert.Incident{{App: "a", Cause: "redis", Severity: alert.Critical, State: alert.Firing, Began: noon}}}
	for i := range 3 * shownDecisions {
		v.Decisions = append(v.Decisions, scale.Decision{App: fmt.Sprintf("b%d", i), Policy: fmt.Sprintf("shed-%d", i), At: noon, Verdict: scale.Hold})
	}
	v.Decisions = append(v.Decisions, scale.Decision{App: "a", Cause: "redis", At: noon, Verdict: scale.Done})
	text := render(t, &v)
	for _, want := range []string{"drain is acting on a", "<td>shed-19</td>", "… and 41 before"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(text, "<td>shed-20</td>") {
		t.Error("all decisions are on the page")
	}
}
