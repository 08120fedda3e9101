package alert

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A person is shown at once what they did, and it outlives a restart.
func TestAcknowledge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		r := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		r.fire("web.1")
		after(time.Second)
		r.fire("web.2") // waits for the update interval
		id := r.Open()[0].ID
		if _, err := r.Acknowledge(id, "U1"); err != nil {
			t.Fatal(err)
		}
		again, err := r.Acknowledge(id, "U2")
		if err != nil || again.By != "U1" {
			t.Errorf("the second was told %+v, %v; want U1", again, err)
		}
		after(0)
		wantStory(t, slack.story(r.start), `
0s post firing web.1=firing
1s update 1 firing web.1=firing web.2=firing
`)
		want := Acknowledgement{By: "U1", At: r.start.Add(time.Second)}
		if got := slack.requests()[1].inc.Acknowledged; !got.At.Equal(want.At) || got.By != want.By {
			t.Errorf("shown %+v, want %+v", got, want)
		}
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
		next := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		if got := next.Open()[0].Acknowledged; !got.At.Equal(want.At) || got.By != want.By {
			t.Errorf("after a restart %+v, want %+v", got, want)
		}
		if err := next.end(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		r := run(t, Options{Notifiers: []Notifier{slack}})
		r.fire("web.1")
		after(time.Second)
		id := r.Open()[0].ID
		if err := r.Refresh(id); err != nil {
			t.Fatal(err)
		}
		after(0)
		r.resolve("web.1")
		after(0)
		if _, err := r.Acknowledge(id, "U1"); !errors.Is(err, ErrOver) {
			t.Errorf("error %v, want ErrOver", err)
		}
		if err := r.Refresh(id); !errors.Is(err, ErrOver) {
			t.Errorf("error %v, want ErrOver", err)
		}
		if _, err := r.Incident(id); !errors.Is(err, ErrOver) {
			t.Errorf("error %v, want ErrOver", err)
		}
		wantStory(t, slack.story(r.start), `
0s post firing web.1=firing
1s update 1 firing web.1=firing
1s update 1 resolved web.1=resolved
`)
		if err := r.end(); err != nil {
			t.Fatal(err)
		}
	})
}

// Who has taken an incident on isn't reminded of it, but hears what is new and what is worse.
func TestAcknowledgedIsNotReminded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}, Settings: Settings{RepeatInterval: 4 * time.Hour}})
		d.fire("web.1")
		after(30 * time.Minute)
		d.fire("other", cause("crash"))
		after(4*time.Hour + 30*time.Minute) // both are reminded of once
		for _, inc := range d.Open() {
			if inc.Cause == "memory" {
				if _, err := d.Acknowledge(inc.ID, "U1"); err != nil {
					t.Fatal(err)
				}
			}
		}
		after(6 * time.Hour)
		d.fire("web.2")
		after(time.Minute) // or both may be told together
		d.fire("web.3", severity(Critical))
		after(6 * time.Hour)
		wantStory(t, slack.story(), `
			4h0m0s 1: !Still there after 4h.
			4h30m0s 2: !Still there after 4h.
			8h30m0s 2: !Still there after 8h.
			11h0m0s 1: web.2 is over its quota
			11h1m0s 1: !web.3 is over its quota
			12h30m0s 2: !Still there after 12h.
			16h30m0s 2: !Still there after 16h.`)
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
	})
}
