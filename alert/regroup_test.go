package alert

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Incidents that a restart would group otherwise keep their messages and their alerts, and end with them, also
// if those fire again before the ledger was read. What begins is grouped anew.
func TestRestartGroupedOtherwise(t *testing.T) {
	byKey, byApp := []string{"app", "key"}, []string{"app"}
	f := func(before, now []string, messages, posts int) {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprint(before, now, early), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { regrouped(t, before, now, messages, posts, early) })
			})
		}
	}
	f(byKey, byApp, 3, 0)
	f(byApp, byKey, 1, 1)
	f(byApp, byApp, 1, 0)
	f(byKey, byKey, 3, 1)
}

func regrouped(t *testing.T, before, now []string, messages, posts int, early bool) {
	slack, store := &fake{name: "slack"}, &memory{}
	told := []string{"web.1", "web.2", "web.3"}
	d := run(t, Options{Notifiers: []Notifier{slack}, Store: store, Settings: Settings{GroupBy: before}})
	for _, key := range told {
		d.fire(key)
		after(time.Second)
	}
	after(10 * time.Second)
	if err := d.end(); err != nil {
		t.Fatal(err)
	}

	slack.calls = nil
	d = &running{Dispatcher: New(Options{Notifiers: []Notifier{slack}, Store: store, Settings: Settings{GroupBy: now}}), t: t, start: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	serve := func() {
		go func() { done <- d.Run(ctx) }()
		synctest.Wait()
	}
	if !early {
		serve()
	}
	for _, key := range told {
		d.fire(key)
	}
	if early {
		serve()
	}
	d.fire("web.4")
	after(10 * time.Second)
	if n := len(d.Open()); n != messages+posts {
		t.Errorf("%d incidents are open, want %d", n, messages+posts)
	}
	for _, key := range append(told, "web.4") {
		d.resolve(key)
		after(10 * time.Second)
	}
	if open := d.Open(); len(open) != 0 {
		t.Errorf("left open: %+v", open)
	}
	story := slack.story(d.start)
	if n := strings.Count(story, "post"); n != posts {
		t.Errorf("%d messages are new, want %d:\n%s", n, posts, story)
	}
	for ts := range messages {
		if strings.Count(story, fmt.Sprintf("update %d resolved", ts+1)) != 1 {
			t.Errorf("message %d doesn't end once:\n%s", ts+1, story)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
