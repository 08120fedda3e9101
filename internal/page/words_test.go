package page

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
	"drain/internal/budget"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestHealth(t *testing.T) {
	f := func(a App, want string) {
		t.Helper()
		if got, _ := a.Health(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(App{}, "not heard yet")
	f(App{Last: noon}, "fine")
	f(App{Last: noon, Silent: true}, "silent")
	f(App{Last: noon, Silent: true, Severity: alert.Critical}, "critical")
	f(App{Last: noon, OwnLog: true, Severity: alert.Critical}, "discarded")
}

func TestRoom(t *testing.T) {
	f := func(have, fits int, want ...tone) {
		t.Helper()
		got := room(budget.Snapshot{Dynos: map[string]int{"web": have}}, budget.Addon{Fits: map[string]int{"web": fits, "worker": 9}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f(4, 6, tone{"room for 2 more web", "fine"})
	f(4, 4, tone{"no room for another web", "warning"})
	f(4, 1, tone{"3 web too many", "critical"})
	f(0, 1)
}

func TestBar(t *testing.T) {
	f := func(used, limit int, want bar) {
		t.Helper()
		if diff := cmp.Diff(want, newBar(used, limit)); diff != "" {
			t.Error(diff)
		}
	}
	f(0, 0, bar{0, "fine"})
	f(31, 40, bar{77, "fine"})
	f(32, 40, bar{80, "warning"})
	f(38, 40, bar{95, "critical"})
	f(80, 40, bar{100, "critical"})
}

func TestWorst(t *testing.T) {
	f := func(a, b, want string) {
		t.Helper()
		if got := Worst(a, b); got != want {
			t.Errorf("%q and %q: %q, want %q", a, b, got, want)
		}
	}
	f("", "", "")
	f("", alert.Info, alert.Info)
	f(alert.Warning, alert.Info, alert.Warning)
	f(alert.Info, alert.Critical, alert.Critical)
	f("strange", alert.Info, alert.Info)
	f(alert.Info, "strange", alert.Info)
}

func TestAgo(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := ago(noon, noon.Add(-d)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(-time.Hour, "just now") // another clock is ahead
	f(59*time.Second, "just now")
	f(90*time.Second, "1 min ago")
	f(47*time.Hour, "47 h ago")
	f(49*time.Hour, "2 days ago")
	if got := ago(noon, time.Time{}); got != "never" {
		t.Error(got)
	}
}

func TestBrief(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := brief(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
	f(347, "340 ns")
	f(9999, "9990 ns")
	f(10*time.Microsecond, "10 µs")
	f(9999*time.Microsecond, "9999 µs")
	f(10*time.Millisecond, "10 ms")
	f(2*time.Second, "2000 ms")
}

func TestAdvice(t *testing.T) {
	got := advice(alert.Incident{Alerts: []alert.Alert{
		{State: alert.Firing, Next: []string{"a", "b"}}, {State: alert.Firing, Next: []string{"b"}}, {State: alert.Resolved, Next: []string{"c"}},
	}})
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{"silenced by jo": "Silenced by jo", "muted": "Muted", "élan": "Élan", "": ""} {
		if got := sentence(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCommands(t *testing.T) {
	want := []piece{{"Start one: ", false}, {"heroku ps:scale web=1", true}}
	if diff := cmp.Diff(want, commands("Start one: `heroku ps:scale web=1`")); diff != "" {
		t.Error(diff)
	}
}
