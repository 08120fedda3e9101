package alert

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// The intent is in the ledger when the request leaves, the receipt after it, and never log text.
func TestLedgerOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		var atRequest []string
		slack := &fake{name: "slack", hold: func(context.Context) error {
			atRequest = append(atRequest, store.puts[len(store.puts)-1])
			return nil
		}}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1", func(a *Alert) { a.Evidence, a.Value = []string{"what the log said"}, math.Inf(1) })
		synctest.Wait()
		if !strings.Contains(atRequest[0], `"intent":true`) || strings.Contains(atRequest[0], `"receipt"`) {
			t.Errorf("at the first request the ledger held %s", atRequest[0])
		}
		if len(store.puts) != 2 {
			t.Fatalf("%d writes, want 2: %s", len(store.puts), store.puts)
		}
		if last := store.puts[1]; !strings.Contains(last, `"receipt":{"channel":"C1","ts":"1"}`) {
			t.Errorf("after it: %s", last)
		}
		if strings.Contains(strings.Join(store.puts, ""), "what the log said") {
			t.Errorf("log text in the ledger: %s", store.puts)
		}
		if got := slack.requests()[0].inc.Alerts[0].Evidence; len(got) != 1 || got[0] != "what the log said" {
			t.Errorf("evidence told: %q", got)
		}
		after(time.Minute)
		if len(store.puts) != 2 {
			t.Errorf("written again, though nothing changed: %s", store.puts[2:])
		}
		d.resolve("web.1")
		after(10 * time.Second)
		if got := d.History(); len(got) != 1 || !strings.Contains(store.puts[len(store.puts)-1], `"state":"resolved"`) {
			t.Errorf("not kept as history: %v, %s", got, store.puts)
		}
		_ = d.end()
	})
}

// After a restart the same message goes on: nothing is said anew, and changes update it.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1")
		d.Note("enketo", "memory", "dry run: would scale web from 4 to 1")
		after(10 * time.Second)
		id := d.Open()[0].ID
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
		again := &fake{name: "slack"}
		d = run(t, Options{Notifiers: []Notifier{again}, Store: store})
		after(time.Minute)
		d.fire("web.1")
		after(time.Minute)
		if n := len(again.requests()); n > 0 {
			t.Errorf("%d requests after the restart, though nothing changed:\n%s", n, again.story(d.start))
		}
		d.fire("web.2")
		after(time.Hour)
		d.resolve("web.1")
		after(time.Minute) // or both may be told together
		d.resolve("web.2")
		after(time.Minute)
		wantStory(t, again.story(d.start), `
			2m0s update 1 firing web.1=firing web.2=firing
			1h2m0s update 1 firing web.2=firing web.1=resolved
			1h3m0s update 1 resolved web.1=resolved web.2=resolved`)
		last := again.requests()[2].inc
		if last.ID != id || len(last.Actions) != 1 || !last.Began.Before(d.start) {
			t.Errorf("not the incident from before the restart: %+v", last)
		}
		_ = d.end()
	})
}

// Numbers and times of before the restart say nothing about those after it.
func TestRestartClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.seq = 100
		d.fire("web.1")
		after(time.Minute)
		_ = d.end()
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.resolve("web.1", func(a *Alert) { a.At = a.At.Add(-time.Hour) })
		if open := d.Open(); len(open) == 1 && open[0].State == Firing {
			t.Error("the resolution was taken for an old one")
		}
		_ = d.end()
	})
}

// What nobody confirms after a restart is over, and the message says why.
func TestRestartUnconfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1")
		d.fire("web.2")
		after(10 * time.Second)
		_ = d.end()
		slack = &fake{name: "slack"}
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.2")
		after(14 * time.Minute)
		if n := len(slack.requests()); n > 0 {
			t.Errorf("%d requests before the time was up:\n%s", n, slack.story(d.start))
		}
		after(time.Minute)
		wantStory(t, slack.story(d.start), `
			15m0s update 1 firing web.2=firing web.1=resolved`)
		want := []string{"Not seen again within 15m of a restart: taken as over."}
		if diff := cmp.Diff(want, slack.requests()[0].inc.Actions); diff != "" {
			t.Errorf("actions (-want +got):\n%s", diff)
		}
		d.resolve("web.2")
		after(time.Minute)
		if got := d.History(); len(got) != 1 || store.len() != 1 {
			t.Errorf("history %v, want the one that is over", got)
		}
		_ = d.end()
	})
}

// What was over but untold is told after the restart.
func TestRestartUntold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		down := &fake{name: "slack", answer: func(int, Incident) error { return errDown }}
		d := run(t, Options{Notifiers: []Notifier{down}, Store: store})
		d.fire("web.1")
		after(time.Hour)
		d.resolve("web.1")
		after(time.Minute)
		if err := d.end(); err == nil {
			t.Error("no error, though an incident is untold")
		}
		slack := &fake{name: "slack"}
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		after(time.Minute)
		wantStory(t, slack.story(d.start), `0s post resolved web.1=resolved`)
		if got := d.History(); len(got) != 1 || store.len() != 1 {
			t.Errorf("history %v, want the one that is over", got)
		}
		_ = d.end()
	})
}

// An alert that comes before the ledger was read joins its incident too.
func TestRestartSendBeforeLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1")
		after(10 * time.Second)
		_ = d.end()
		slack = &fake{name: "slack"}
		second := New(Options{Notifiers: []Notifier{slack}, Store: store, Log: zerolog.Nop()})
		a := Alert{Seq: 1, App: "enketo", Cause: "memory", Rule: "memory-quota-exceeded", Key: "web.3", State: Firing, Severity: Critical}
		second.Send(a)
		second.Note("enketo", "memory", "early")
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- second.Run(ctx) }()
		after(time.Minute)
		wantStory(t, slack.story(start), `0s update 1 firing web.3=firing web.1=firing`)
		if got := slack.requests()[0].inc; got.Severity != Critical || len(got.Actions) != 1 {
			t.Errorf("not merged: %+v", got)
		}
		if open := second.Open(); len(open) != 1 {
			t.Errorf("%d incidents, want one: %v", len(open), open)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// What the last moments brought is in the ledger, also if it ended after the flush.
func TestLedgerAtTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		hook := &fake{name: "webhook", twice: true}
		d := run(t, Options{Notifiers: []Notifier{hook}, Store: store})
		d.fire("web.1")
		after(time.Minute)
		d.fire("web.2") // nothing to tell there
		_ = d.end()
		if last := store.puts[len(store.puts)-1]; !strings.Contains(last, "web.2") {
			t.Errorf("the last change isn't in %s", last)
		}

		store = &memory{}
		stubborn := &fake{name: "slack", hold: func(context.Context) error { time.Sleep(9 * time.Second); return nil }}
		d = run(t, Options{Notifiers: []Notifier{stubborn}, Store: store})
		d.fire("web.1")
		synctest.Wait()
		_ = d.end()
		if last := store.puts[len(store.puts)-1]; !strings.Contains(last, `"ts":"1"`) {
			t.Errorf("posted, but the receipt isn't in %s", last)
		}
	})
}

// Without a ledger the rest goes on, and one line says so.
func TestLedgerDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{fail: errors.New("disk full at redis://h:Zq7@h")}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1")
		after(time.Minute)
		d.fire("web.2")
		after(time.Minute)
		if n := len(slack.requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
		if n := strings.Count(d.log.String(), "ledger fails"); n != 1 {
			t.Errorf("logged %d times, want once:\n%s", n, d.log)
		}
		if strings.Contains(d.log.String(), "Zq7") {
			t.Errorf("a secret in the log: %s", d.log)
		}
		store.mu.Lock()
		store.fail = nil
		store.mu.Unlock()
		after(time.Minute)
		if n := store.len(); n != 1 {
			t.Errorf("%d entries after it came back, want 1", n)
		}
		if n := strings.Count(d.log.String(), "ledger works again"); n != 1 {
			t.Errorf("its return was logged %d times:\n%s", n, d.log)
		}
		_ = d.end()
	})
}

// An entry of another version is neither used nor destroyed.
func TestLedgerUnknownEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entries := map[string]string{
			"a": "{not json", "b": `{"version":2,"incident":{"id":"b"}}`, "c": `{"version":1,"incident":{"id":"x"}}`,
		}
		store := &memory{m: map[string]string{}}
		for k, v := range entries {
			store.m[k] = v
		}
		d := run(t, Options{Store: store})
		after(time.Hour)
		if open := d.Open(); len(open) > 0 {
			t.Errorf("loaded: %v", open)
		}
		if diff := cmp.Diff(entries, store.m); diff != "" {
			t.Errorf("ledger (-want +got):\n%s", diff)
		}
		if n := strings.Count(d.log.String(), "not understood"); n != 3 {
			t.Errorf("logged %d times, want 3:\n%s", n, d.log)
		}
		_ = d.end()
	})
}
