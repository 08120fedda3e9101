package alert

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGroupBy(t *testing.T) {
	f := func(by []string, want ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			d := run(t, Options{Settings: Settings{GroupBy: by}})
			rule := func(r string) func(*Alert) { return func(a *Alert) { a.Rule = r } }
			d.fire("web.1", cause("memory"), rule("R14"))
			d.fire("web.2", cause("memory"), rule("R14"))
			d.fire("web.1", cause("memory"), rule("R15"))
			d.fire("", cause("redis"), rule("full"))
			d.fire("", func(a *Alert) { a.App = "other" }, cause("redis"), rule("full"))
			d.Note("enketo", "memory", "noted")
			var got []string
			for _, inc := range d.Open() {
				got = append(got, fmt.Sprintf("%s/%s %d alerts, %d actions", inc.App, inc.Cause, len(inc.Alerts), len(inc.Actions)))
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("by %v (-want +got):\n%s", by, diff)
			}
			_ = d.end()
		})
	}
	f(nil, "enketo/memory 3 alerts, 1 actions", "enketo/redis 1 alerts, 0 actions", "other/redis 1 alerts, 0 actions")
	f([]string{"app"}, "enketo/ 4 alerts, 1 actions", "other/ 1 alerts, 0 actions")
	f([]string{"app", "rule"}, "enketo/ 1 alerts, 0 actions", "enketo/ 1 alerts, 1 actions", "enketo/ 2 alerts, 1 actions", "other/ 1 alerts, 0 actions")
	f([]string{"app", "cause", "key"}, "enketo/memory 1 alerts, 1 actions", "enketo/memory 2 alerts, 1 actions",
		"enketo/redis 1 alerts, 0 actions", "other/redis 1 alerts, 0 actions")
}

// After a change of the keys an incident goes on under the new ones.
func TestGroupByChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, slack := &memory{}, &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1")
		after(time.Minute)
		_ = d.end()
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store, Settings: Settings{GroupBy: []string{"app", "cause", "key"}}})
		d.fire("web.1")
		d.fire("web.2")
		after(time.Minute)
		if slack.posted != 2 || len(d.Open()) != 2 {
			t.Errorf("%d messages of %d incidents, want web.1's from before and one for web.2", slack.posted, len(d.Open()))
		}
		_ = d.end()
	})
}

// The first message never waits; what follows is gathered, unless it is worse.
func TestGroupWait(t *testing.T) {
	f := func(sev, want string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			slack := &fake{name: "slack"}
			d := run(t, Options{Notifiers: []Notifier{slack}, Settings: Settings{GroupWait: 30 * time.Second, UpdateInterval: 5 * time.Second}})
			d.fire("web.1")
			after(time.Second)
			d.fire("web.2")
			after(time.Second)
			d.fire("web.2", severity(sev))
			after(time.Minute)
			d.fire("web.3")
			after(time.Minute)
			wantStory(t, slack.story(d.start), want)
			_ = d.end()
		})
	}
	f(Warning, `
		0s post firing web.1=firing
		30s update 1 firing web.1=firing web.2=firing
		1m2s update 1 firing web.1=firing web.2=firing web.3=firing`)
	f(Critical, `
		0s post firing web.1=firing
		5s update 1 firing web.2=firing web.1=firing
		1m2s update 1 firing web.2=firing web.1=firing web.3=firing`)
}

func TestSettingsCheck(t *testing.T) {
	f := func(s Settings, want ...string) {
		t.Helper()
		var got []string
		s.Check(func(field, problem, fix string) { got = append(got, field+": "+problem+": "+fix) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", s, diff)
		}
	}
	f(Settings{})
	f(Settings{}.WithDefaults())
	f(Settings{GroupBy: []string{"app", "rule"}, RepeatInterval: 24 * time.Hour})
	f(Settings{GroupBy: []string{"dyno"}},
		`group_by[0]: unknown key "dyno": use app, cause, rule, key`, "group_by: app is missing: add it: one incident is about one app")
	f(Settings{UpdateInterval: time.Millisecond, FlapWindow: -time.Second},
		"update_interval: 1ms is too short: use 1s or more, or leave it out", "flap_window: -1s is too short: use 1s or more, or leave it out")
}
