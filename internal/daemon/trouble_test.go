package daemon

import (
	"strings"
	"testing"
	"time"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/scale"
)

// What we can't do is an incident, open for as long as we can't.
func TestOwnTroubles(t *testing.T) {
	r := start(t, Options{Config: &config.Config{Policies: []scale.Policy{{
		Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: scale.DryRun,
	}}}})
	f := func(name string, begin, end func(), app, says string) {
		t.Helper()
		open := func() string {
			all := r.alerts.Open()
			if len(all) != 1 {
				return ""
			}
			if all[0].App != app {
				t.Errorf("%s: an incident of %s, want %s", name, all[0].App, app)
			}
			return all[0].Alerts[0].Summary + "|" + strings.Join(all[0].Alerts[0].Next, " ")
		}
		begin()
		begin()
		if got := open(); !strings.Contains(got, says) || strings.HasSuffix(got, "|") {
			t.Errorf("%s: %q, want something with %q and what to do", name, got, says)
		}
		end()
		if got := open(); got != "" {
			t.Errorf("%s: still open: %q", name, got)
		}
	}
	failing := func(tr alert.Trouble) func() { return func() { r.failing(tr) } }
	decided := func(v scale.Verdict, text string) func() {
		return func() {
			r.tell(scale.Decision{App: "enketo", Policy: "shed-web", Process: "web", Cause: "redis-connections", Verdict: v, Text: text})
		}
	}
	f("destination", failing(alert.Trouble{Notifier: "slack", Channel: "#ops", Error: "no answer in time"}),
		failing(alert.Trouble{Notifier: "slack", Channel: "#ops"}), ownApp, "don't reach slack #ops: no answer in time")
	f("ledger", failing(alert.Trouble{Error: "disk full"}), failing(alert.Trouble{}), ownApp, "disk full")
	f("refused action", decided(scale.Failed, "web 4 → 1 was refused: 403"), decided(scale.Worked, "web 4 → 1 worked"), "enketo", "403")
	restore := func(v scale.Verdict, to int) func() {
		return func() {
			r.tell(scale.Decision{App: "enketo", Policy: "shed-web", Verb: scale.VerbRestore, Process: "web", Verdict: v, From: to, To: to, Wanted: 4, Text: "x"})
		}
	}
	f("restored", restore(scale.Worked, 3), restore(scale.Worked, 4), "enketo", "fewer dynos than the 4")
	f("given up", restore(scale.Hold, 3), restore(scale.Dropped, 3), "enketo", "ps:scale web=4 -a enketo")
	f("action without effect", func() {
		r.tell(scale.Decision{App: "enketo", Policy: "shed-web", Verb: scale.VerbScale, Process: "web", Verdict: scale.NoEffect, From: 2, To: 1, Wanted: 4, Text: "x"})
	}, func() {
		r.calmActions(scale.Request{App: "enketo", Rule: "redis-connections-exhausted"})
	}, "enketo", "x|Undo it: `heroku ps:scale web=4 -a enketo`")
}

// A destination that fails is an incident of its own, on the page and wherever else it goes.
func TestDestinationDown(t *testing.T) {
	r := start(t, Options{Pace: 500, Env: config.Env{SlackWebhookURL: "http://127.0.0.1:1/services/x"}})
	r.untold = true
	r.post(t, "/logs/enketo", "", "", "heroku web.1 Error R14 (Memory quota exceeded)")
	waitUntil(t, func() bool {
		for _, inc := range r.Incidents() {
			if inc.App == ownApp && inc.Cause == causeNotify && time.Since(inc.Began) < time.Minute {
				return true
			}
		}
		return false
	})
}
