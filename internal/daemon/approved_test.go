package daemon

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"drain/internal/scale"
	"drain/internal/simulator/slack"
)

func ordinary(*scale.Policy) {}

// A policy asks, an approver's press has it judged anew and done, and the message says at once by whom.
// Whoever else presses, and however, changes nothing.
func TestApprovedInSlack(t *testing.T) {
	t.Parallel()
	a := newApproving(t, true, ordinary)
	a.until(t, func() bool { _, there := a.button("Approve"); return there })
	if !a.shows("Web 4 → 1 needs approval") {
		t.Error("it isn't said what is asked")
	}
	none := func(what string) {
		t.Helper()
		if a.web() != 4 || len(a.asked()) != 1 {
			t.Fatalf("%s: web is at %d, %d wait", what, a.web(), len(a.asked()))
		}
	}

	secret := a.slack.SigningSecret
	a.unsigned, a.slack.SigningSecret = true, "wrong"
	if status := a.press(t, "U1", "approve"); status != http.StatusUnauthorized {
		t.Errorf("a wrong signature was answered %d", status)
	}
	a.unsigned, a.slack.SigningSecret = false, secret
	none("wrong signature")

	a.press(t, "U9", "approve")
	a.whispered(t, "U9", "not among `approvers`")
	none("a stranger")

	ts, _ := a.message()
	approve, _ := a.button("Approve")
	if status, err := a.slack.Press(t.Context(), slack.Press{
		Endpoint: a.url + "/slack/interactions", Base: a.base, User: "U1", Name: "jo", TS: ts, Value: older(t, approve.Value),
	}); err != nil || status != http.StatusOK {
		t.Errorf("%d, %v", status, err)
	}
	a.whispered(t, "U1", "older than 15 minutes and void")
	none("an old button")

	figured := time.Now().Truncate(time.Millisecond)
	a.figure(t)
	var both sync.WaitGroup // a double click, by two people
	for _, user := range []string{"U1", "U2"} {
		both.Go(func() { a.press(t, user, "approve") })
	}
	both.Wait()
	waitUntil(t, func() bool { return a.shows("approved by jo (U") && a.shows("web 4 → 1 is done") })
	if _, there := a.button("Approve"); there || a.web() != 1 {
		t.Errorf("web is at %d; it still asks: %t", a.web(), there)
	}
	waitUntil(t, func() bool { return len(a.slack.Whispers()) == 3 })
	if w := a.slack.Whispers()[2]; !strings.Contains(w.Text, "This was pressed before") {
		t.Errorf("the other one was told %q", w.Text)
	}
	done := 0
	for _, d := range a.Decisions() {
		if d.Verdict == scale.Done {
			done++
			if !strings.HasPrefix(d.By, "jo (U") || d.ID == "" || len(d.Evidence.Readings) != 1 || d.Evidence.Readings[0].At.Before(figured) {
				t.Errorf("the record: %+v", d)
			}
		}
	}
	if done != 1 {
		t.Errorf("done %d times", done)
	}
	if status, text := a.get(t, "/api/v1/decisions", ""); !strings.Contains(text, `"by": "jo (U`) {
		t.Errorf("/api/v1/decisions doesn't say who approved it: %d %s", status, text)
	}
	a.until(t, func() bool { return strings.Contains(a.thread(), "approved by jo (U") })
}

// older makes a button's value that of a message from 16 minutes ago.
func older(t *testing.T, value string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(value), &v); err != nil {
		t.Fatal(err)
	}
	v["t"] = time.Now().Add(-16 * time.Minute).UnixMilli()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What was shown counts for nothing: without a fresh figure a yes does nothing, and it is said why.
func TestApprovedOnStaleEvidence(t *testing.T) {
	t.Parallel()
	a := newApproving(t, true, ordinary)
	a.until(t, func() bool { _, there := a.button("Approve"); return there })
	time.Sleep(3 * time.Minute / faster) // no figure comes
	a.press(t, "U1", "approve")
	a.whispered(t, "U1", "Nothing was done: web stays as it is: REDIS has 38 of 38 connections, but that is ")
	waitUntil(t, func() bool { return a.last() == "scale hold stale_evidence jo (U1)" })
	if a.web() != 4 {
		t.Errorf("web is at %d", a.web())
	}
	waitUntil(t, func() bool { _, there := a.button("Approve"); return !there })
}

func TestRefusedInSlack(t *testing.T) {
	t.Parallel()
	a := newApproving(t, true, ordinary)
	a.until(t, func() bool { _, there := a.button("Refuse"); return there })
	a.press(t, "U2", "refuse")
	waitUntil(t, func() bool { return a.shows("jo (U2) refused 4 → 1") })
	if _, there := a.button("Approve"); there || a.last() != "scale refused jo (U2)" || a.web() != 4 {
		t.Errorf("it still asks: %t, %s, web is at %d", there, a.last(), a.web())
	}
	a.figure(t)
	if len(a.asked()) != 0 {
		t.Error("it asks again")
	}
}

// What had no effect is offered to be undone: an approver's press puts it back, once.
func TestUndoneInSlack(t *testing.T) {
	t.Parallel()
	a := newApproving(t, true, func(p *scale.Policy) { p.Verify = time.Second })
	a.until(t, func() bool { _, there := a.button("Approve"); return there })
	a.press(t, "U1", "approve")
	a.until(t, func() bool { _, there := a.button("Put web back to 4"); return there })
	if !a.shows("Web 4 → 1 had no effect; undo: `heroku ps:scale web=4 -a enketo`") {
		t.Error("it isn't said what is offered")
	}
	a.press(t, "U9", "undo_1")
	a.whispered(t, "U9", "not among `approvers`")
	if a.web() != 1 {
		t.Fatalf("a stranger: web is at %d", a.web())
	}
	a.figure(t)
	a.press(t, "U2", "undo_1")
	waitUntil(t, func() bool { return a.shows("putting web back 1 → 4, approved by jo (U2)") })
	if _, there := a.button("Put web back to 4"); there || a.web() != 4 || a.last() != "undo done jo (U2)" {
		t.Errorf("it still offers: %t, %s, web is at %d", there, a.last(), a.web())
	}
	a.until(t, func() bool {
		return strings.Contains(a.thread(), "undo: `heroku ps:scale web=4 -a enketo`") && strings.Contains(a.thread(), "web 1 → 4 is done")
	})
}

// Of several types that were shed each has a button of its own, and one command puts all back.
func TestSeveralUndoneInSlack(t *testing.T) {
	t.Parallel()
	a := newApproving(t, true, func(p *scale.Policy) {
		p.Process, p.Min, p.Verify = []string{"jobs", "web"}, scale.Min{Of: map[string]int{"jobs": 0}}, time.Second
	})
	for _, process := range []string{"jobs", "web"} {
		a.until(t, func() bool { asks := a.asked(); return len(asks) == 1 && asks[0].Process == process })
		a.until(t, func() bool { _, there := a.button("Approve"); return there && a.shows(capital(process)) })
		a.press(t, "U1", "approve")
	}
	a.until(t, func() bool {
		_, web := a.button("Put web back to 4")
		_, jobs := a.button("Put jobs back to 2")
		return web && jobs
	})
	waitUntil(t, func() bool {
		for _, inc := range a.Incidents() {
			if inc.Cause == causeAction && slices.Equal(inc.Alerts[0].Next, []string{"Undo it: `heroku ps:scale web=4 jobs=2 -a enketo`"}) {
				return true
			}
		}
		return false
	})
	for path, parts := range map[string][]string{
		"/":                 {"heroku ps:scale web=4 jobs=2 -a enketo", "heroku ps:scale jobs=2 -a enketo"},
		"/api/v1/alerts":    {`"offer": "Put web back to 4"`, `"offer": "Put jobs back to 2"`},
		"/api/v1/decisions": {"web 4 → 1 had no effect; undo: `heroku ps:scale web=4 -a enketo`", "jobs 2 → 0 was shed too; undo: `heroku ps:scale jobs=2 -a enketo`"},
	} {
		_, text := a.get(t, path, "")
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s doesn't say %s", path, part)
			}
		}
	}
	for _, label := range []string{"Put web back to 4", "Put jobs back to 2"} {
		a.figure(t)
		b, _ := a.button(label)
		a.press(t, "U2", b.ActionID)
		waitUntil(t, func() bool { _, there := a.button(label); return !there })
	}
	for _, f := range a.app.Formation() {
		if want := map[string]int{"web": 4, "jobs": 2}[f.Type]; f.Quantity != want {
			t.Errorf("%s is at %d", f.Type, f.Quantity)
		}
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// Without buttons the command is given.
func TestUndoWithoutButtons(t *testing.T) {
	t.Parallel()
	a := newApproving(t, false, func(p *scale.Policy) { p.Verify = time.Second })
	if _, err := a.scaler.Approve(t.Context(), a.asked()[0].ID, "jo"); err != nil {
		t.Fatal(err)
	}
	a.until(t, func() bool {
		return a.shows("`heroku ps:scale web=4 -a enketo`") && strings.Contains(a.thread(), "`heroku ps:scale web=4 -a enketo`")
	})
	if _, last := a.message(); len(last.Buttons) > 0 {
		t.Errorf("there are buttons: %+v", last.Buttons)
	}
}
