package alert

import (
	"cmp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// silencer silences the alerts whose key it holds; "*" is all.
type silencer struct{ keys atomic.Value }

func (s *silencer) set(keys string) { s.keys.Store(keys) }

func (s *silencer) why(a Alert) string {
	keys, _ := s.keys.Load().(string)
	if keys == "*" || a.Key != "" && strings.Contains(keys, a.Key) {
		return "silenced by U1"
	}
	return ""
}

// hushing runs a story against a notifier that can update and one that can't.
func hushing(t *testing.T, story func(r *running, s *silencer), wantSlack, wantWebhook string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		slack, webhook, s := &fake{name: "slack"}, &fake{name: "webhook", twice: true}, &silencer{}
		r := run(t, Options{Notifiers: []Notifier{slack, webhook}, Silenced: s.why, Store: &memory{}})
		story(r, s)
		after(10 * time.Second)
		wantStory(t, cmp.Or(slack.story(r.start), "\n"), wantSlack)
		wantStory(t, cmp.Or(webhook.story(r.start), "\n"), wantWebhook)
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestSilencedFromTheBeginning(t *testing.T) {
	hushing(t, func(r *running, s *silencer) {
		s.set("*")
		r.fire("web.1")
		after(10 * time.Second)
		if open := r.Open(); len(open) != 1 || open[0].Silenced != "silenced by U1" {
			t.Errorf("open %+v, want it shown as silenced", open)
		}
		r.fire("web.2")
		after(10 * time.Second)
		r.resolve("web.1")
		r.resolve("web.2")
		after(0)
		if open := r.Open(); len(open) != 0 {
			t.Errorf("open %+v after its quiet end", open)
		}
	}, "", "")
}

// Who was told sees once that it is silenced, and then only the end.
func TestSilencedLater(t *testing.T) {
	hushing(t, func(r *running, s *silencer) {
		r.fire("web.1")
		after(10 * time.Second)
		s.set("*")
		after(10 * time.Second)
		r.fire("web.2")
		r.Note("enketo", "memory", "something was done")
		after(10 * time.Second)
		r.resolve("web.1")
		r.resolve("web.2")
	}, `
0s post firing web.1=firing
11s update 1 firing web.1=firing
30s update 1 resolved web.1=resolved web.2=resolved
`, `
0s post firing web.1=firing
30s post resolved web.1=resolved web.2=resolved
`)
}

// What still fires when the silence ends is news.
func TestSilenceEnds(t *testing.T) {
	hushing(t, func(r *running, s *silencer) {
		s.set("*")
		r.fire("web.1")
		after(10*time.Second + 500*time.Millisecond)
		s.set("")
		after(10 * time.Second)
		r.resolve("web.1")
	}, `
11s post firing web.1=firing
20.5s update 1 resolved web.1=resolved
`, `
11s post firing web.1=firing
20.5s post resolved web.1=resolved
`)
}

// One alert that nobody silenced makes the incident heard.
func TestSilencedInPart(t *testing.T) {
	hushing(t, func(r *running, s *silencer) {
		s.set("web.1")
		r.fire("web.1")
		after(10 * time.Second)
		r.fire("web.2")
		after(10 * time.Second)
		r.resolve("web.2") // now all that fires is silenced again
	}, `
10s post firing web.1=firing web.2=firing
20s update 1 firing web.1=firing web.2=resolved
`, `
10s post firing web.1=firing web.2=firing
`)
}

// What waits to be told when the silence begins is not told.
func TestSilencedWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, s := &fake{name: "slack"}, &silencer{}
		slack.answer = func(n int, _ Incident) error {
			if n == 1 {
				return &RetryError{After: time.Minute, Err: errDown}
			}
			return nil
		}
		r := run(t, Options{Notifiers: []Notifier{slack}, Silenced: s.why})
		r.fire("web.1", cause("one"))
		after(time.Second)
		r.fire("web.2", cause("two"))
		s.set("*")
		after(2 * time.Minute)
		if got := len(slack.requests()); got != 1 {
			t.Errorf("%d requests, want the first alone", got)
		}
		// A first request may have arrived although it failed, so its incident's end is told.
		r.resolve("web.1", cause("one"))
		r.resolve("web.2", cause("two"))
		after(time.Second)
		requests := slack.requests()
		if len(requests) != 2 || requests[1].inc.Cause != "one" || requests[1].inc.State != Resolved {
			t.Errorf("requests:\n%s", slack.story(r.start))
		}
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestSilencedOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, s, store := &fake{name: "slack"}, &silencer{}, &memory{}
		s.set("*")
		r := run(t, Options{Notifiers: []Notifier{slack}, Silenced: s.why, Store: store})
		r.fire("web.1")
		after(2 * time.Second)
		if err := r.end(); err != nil {
			t.Error(err)
		}
		r = run(t, Options{Notifiers: []Notifier{slack}, Silenced: s.why, Store: store})
		after(10 * time.Second)
		if open := r.Open(); len(open) != 1 || open[0].Silenced == "" {
			t.Errorf("open %+v", open)
		}
		r.resolve("web.1")
		after(time.Second)
		if got := slack.story(r.start); got != "" {
			t.Errorf("told:\n%s", got)
		}
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
}

// A silence also holds in threads and for reminders.
func TestSilencedThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, s := newThreaded(), &silencer{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Silenced: s.why, Settings: Settings{RepeatInterval: time.Hour}})
		d.fire("web.1")
		after(time.Minute)
		s.set("*")
		after(time.Minute)
		d.fire("web.2", severity(Critical))
		after(5 * time.Hour)
		if got := slack.story(); got != "\n" {
			t.Errorf("said while silenced:\n%s", got)
		}
		s.set("")
		after(time.Minute)
		if got := slack.story(); !strings.Contains(got, "web.2 is over its quota") || strings.Contains(got, "Still there after 2h") {
			t.Errorf("said afterwards:\n%s", got)
		}
		_ = d.end()
	})
}
