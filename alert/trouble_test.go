package alert

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What lasts is told once, and its end once; what passes by itself is not.
func TestTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slackFails atomic.Bool
		slackFails.Store(true)
		slack := &fake{name: "slack", answer: func(int, Incident) error {
			if slackFails.Load() {
				return &RetryError{Err: errors.New("down, token=Zq7Zq7")}
			}
			return nil
		}}
		store := &memory{}
		var got []string
		start := time.Now()
		var d *running
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store, TroubleAfter: 2 * time.Minute, Trouble: func(tr Trouble) {
			got = append(got, fmt.Sprintf("%v %s: %s", time.Since(start).Round(time.Minute), tr.Notifier, tr.Error))
			d.fire("slack", cause("notifications")) // it may send
		}})
		d.fire("web.1")
		after(time.Minute)
		slackFails.Store(false)
		after(10 * time.Minute) // it passed
		slackFails.Store(true)
		d.fire("web.2")
		after(10 * time.Minute)
		slackFails.Store(false)
		store.mu.Lock()
		store.fail = errors.New("disk full")
		store.mu.Unlock()
		after(9 * time.Minute)
		store.mu.Lock()
		store.fail = nil
		store.mu.Unlock()
		after(time.Hour)
		want := []string{"13m0s slack: down, token=[redacted]", "21m0s slack: ", "23m0s : disk full", "30m0s : "}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = d.end()
	})
}

// What is refused for good is trouble too.
func TestTroubleRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Trouble
		slack := &fake{name: "slack", answer: func(int, Incident) error { return errors.New("channel_not_found") }}
		d := run(t, Options{Notifiers: []Notifier{slack}, Trouble: func(tr Trouble) { got = append(got, tr) }})
		d.fire("web.1")
		after(time.Hour)
		if diff := cmp.Diff([]Trouble{{Notifier: "slack", Error: "channel_not_found"}}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = d.end()
	})
}

// Where a reload has nobody told any more, nothing is wrong.
func TestTroubleOfAnotherRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		slack, in := channels("#wrong", "#right")
		in["#wrong"].answer = func(int, Incident) error { return errors.New("channel_not_found") }
		d := run(t, Options{Notifiers: []Notifier{slack}, Routes: to("#wrong"), Trouble: func(tr Trouble) { got = append(got, tr.Channel+" "+tr.Error) }})
		d.fire("web.1")
		after(time.Hour)
		d.Reload(Settings{}, to("#right"), nil)
		after(time.Hour)
		if diff := cmp.Diff([]string{"#wrong channel_not_found", "#wrong "}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = d.end()
	})
}
