package alert

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What comes back soon is the same incident and the same message. From the second time on it is said
// to flap, and is over only once it has been quiet for long.
func TestFlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}, Settings: Settings{FlapWindow: 10 * time.Minute}})
		for range 4 {
			d.fire("web.1")
			after(time.Minute)
			d.resolve("web.1")
			after(4 * time.Minute)
		}
		if open := d.Open(); len(open) != 1 || open[0].Flaps != 3 || open[0].Quiet.IsZero() {
			t.Errorf("open: %+v, want one that came back 3 times and is quiet", open)
		}
		after(time.Hour)
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing
			1m0s update 1 resolved web.1=resolved
			5m0s update 1 firing web.1=firing
			6m0s update 1 resolved web.1=resolved
			10m0s update 1 firing web.1=firing
			11m0s update 1 firing web.1=resolved
			15m0s update 1 firing web.1=firing
			16m0s update 1 firing web.1=resolved
			26m0s update 1 resolved web.1=resolved`)
		last := slack.requests()[8].inc
		if !last.Ended.Equal(d.start.Add(16 * time.Minute)) {
			t.Errorf("ended at %v, want when it last ceased", last.Ended.Sub(d.start))
		}
		var said, loud []string
		for _, c := range last.Changes {
			if strings.Contains(c.Text, "back after") {
				said = append(said, c.Text)
				if c.Loud {
					loud = append(loud, c.Text)
				}
			}
		}
		if len(said) != 3 || !strings.Contains(said[1], "It flaps") || len(loud) != 2 {
			t.Errorf("said %q, of it loud %q", said, loud)
		}
		_ = d.end()
	})
}

// Where nothing can be updated, a flapping condition is told of a few times, not for ever.
func TestFlappingToldTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := &fake{name: "webhook", twice: true}
		d := run(t, Options{Notifiers: []Notifier{hook}})
		for range 100 {
			d.fire("web.1")
			after(time.Minute)
			d.resolve("web.1")
			after(time.Minute)
		}
		after(time.Hour)
		if n := len(hook.requests()); n != 6 {
			t.Errorf("%d messages, want 3 beginnings and 3 ends:\n%s", n, hook.story(d.start))
		}
		_ = d.end()
	})
}

// What comes back late is another incident.
func TestBackLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(time.Minute)
		d.resolve("web.1")
		after(11 * time.Minute)
		d.fire("web.1")
		after(time.Minute)
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing
			1m0s update 1 resolved web.1=resolved
			12m0s post firing web.1=firing`)
		if n := len(d.History()); n != 1 {
			t.Errorf("%d in the history, want the first", n)
		}
		_ = d.end()
	})
}

// It is the same incident over a restart too.
func TestBackAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1")
		after(time.Minute)
		d.resolve("web.1")
		after(time.Minute)
		_ = d.end()
		again := &fake{name: "slack"}
		d = run(t, Options{Notifiers: []Notifier{again}, Store: store})
		after(time.Minute)
		d.fire("web.1")
		after(time.Minute)
		wantStory(t, again.story(d.start), `1m0s update 1 firing web.1=firing`)
		if n := len(d.History()); n != 0 {
			t.Errorf("%d in the history of what lives again", n)
		}
		_ = d.end()
	})
}
