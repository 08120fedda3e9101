package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// threaded is a fake with threads.
type threaded struct {
	*fake
	refuse func(n int) error

	mu      sync.Mutex
	asked   int
	replies []string // "30s 1: web.2 is over its quota; scaled"
	start   time.Time
}

func (f *threaded) Reply(_ context.Context, _ Incident, was Receipt, changes []Change, missed int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.refuse != nil {
		if err := f.refuse(f.asked); err != nil {
			return err
		}
	}
	var texts []string
	if missed > 0 {
		texts = append(texts, fmt.Sprint(missed, " missed"))
	}
	for _, c := range changes {
		if c.Loud {
			c.Text = "!" + c.Text
		}
		texts = append(texts, c.Text+strings.Join(c.Evidence, ""))
	}
	f.replies = append(f.replies, fmt.Sprintf("%v %s: %s", time.Since(f.start).Round(time.Second), was.TS, strings.Join(texts, "; ")))
	return nil
}

func (f *threaded) story() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.replies, "\n") + "\n"
}

func (f *threaded) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func newThreaded() *threaded { return &threaded{fake: &fake{name: "slack"}, start: time.Now()} }

// What the message can't say is told beside it: evidence at once, changes together, the end at once.
func TestThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1", func(a *Alert) { a.Evidence = []string{" [R14]"} })
		after(10 * time.Second)
		d.fire("web.2")
		after(time.Second)
		d.Note("enketo", "memory", "nothing done")
		after(time.Minute)
		d.fire("web.3")
		after(2 * time.Second)
		d.fire("web.4")
		after(time.Second)
		d.fire("web.5", severity(Critical))
		after(time.Second)
		for i := range 5 {
			d.resolve(fmt.Sprint("web.", i+1))
		}
		after(time.Hour)
		wantStory(t, slack.story(), `
			0s 1: web.1 is over its quota [R14]
			30s 1: web.2 is over its quota; nothing done
			1m11s 1: web.3 is over its quota
			1m14s 1: web.4 is over its quota; !web.5 is over its quota
			1m15s 1: Over: web.1 is over its quota; Over: web.2 is over its quota; Over: web.3 is over its quota; Over: web.4 is over its quota; Over: web.5 is over its quota`)
		if n := len(d.Open()); n != 0 {
			t.Errorf("%d still open", n)
		}
		_ = d.end()
	})
}

// Without anything to add to the first message there is no reply to it.
func TestThreadWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(time.Hour)
		if slack.count() > 0 {
			t.Errorf("replies: %s", slack.story())
		}
		_ = d.end()
	})
}

// A reply that fails is tried again, with what happened since; one that is refused is given up.
func TestThreadFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		slack.refuse = func(n int) error {
			switch n {
			case 1, 2:
				return errDown
			case 4:
				return errors.New("thread_locked")
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1", func(a *Alert) { a.Evidence = []string{" [R14]"} })
		after(2 * time.Second)
		d.fire("web.2")
		after(time.Minute)
		d.fire("web.3") // refused
		after(time.Minute)
		for _, key := range []string{"web.1", "web.2", "web.3"} { // apart, or some may be told together
			d.resolve(key)
			after(time.Minute)
		}
		wantStory(t, slack.story(), `
			3s 1: web.1 is over its quota [R14]; web.2 is over its quota
			2m2s 1: Over: web.1 is over its quota
			3m2s 1: Over: web.2 is over its quota
			4m2s 1: Over: web.3 is over its quota`)
		if n := strings.Count(d.log.String(), "reply refused"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, d.log)
		}
		_ = d.end()
	})
}

// A reply that reaches its thread at last ends the trouble of the tries before it, though no message follows.
func TestThreadWorksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		slack.refuse = func(n int) error {
			if n == 1 {
				return errDown
			}
			return nil
		}
		var told []Trouble
		d := run(t, Options{Notifiers: []Notifier{slack}, Trouble: func(tr Trouble) { told = append(told, tr) }})
		d.fire("web.1", func(a *Alert) { a.Evidence = []string{" [R14]"} })
		after(time.Hour)
		if failed := d.Open()[0].Deliveries[0].Error; len(told) > 0 || failed != "" || slack.count() != 2 {
			t.Errorf("after %d tries: trouble %+v, error %q; want none", slack.count(), told, failed)
		}
		_ = d.end()
	})
}

// Messages go before replies, whatever their severity.
func TestMessagesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}, Burst: 1})
		for i := range 10 {
			d.fire("web.1", cause(fmt.Sprint(i)), severity([]string{Critical, Info}[i%2]), func(a *Alert) { a.Evidence = []string{"!"} })
		}
		after(9 * time.Second)
		if n := len(slack.requests()); n != 10 || slack.count() > 0 {
			t.Errorf("%d messages and %d replies within 9 s, want 10 and none", n, slack.count())
		}
		after(time.Minute)
		if slack.count() != 10 {
			t.Errorf("%d replies, want 10", slack.count())
		}
		_ = d.end()
	})
}

// What a storm pushed out is counted, and what a stop left unsaid is said after the restart.
func TestThreadAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := newThreaded(), &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.0", func(a *Alert) { a.Evidence = []string{" [R14]"} })
		after(time.Second)
		for i := range 60 {
			d.fire(fmt.Sprint("web.", i+1))
		}
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
		slack = newThreaded()
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		after(time.Minute)
		if got := slack.story(); !strings.HasPrefix(got, "0s 1: 10 missed; web.11 is over its quota; web.12") || slack.count() != 1 {
			t.Errorf("replies: %s", got)
		}
		_ = d.end()
	})
}

// Where nothing can be changed there is no thread either.
func TestNoThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := newThreaded()
		hook.twice = true
		d := run(t, Options{Notifiers: []Notifier{hook}})
		d.fire("web.1", func(a *Alert) { a.Evidence = []string{"R14"} })
		d.fire("web.2")
		after(time.Hour)
		if hook.count() > 0 {
			t.Errorf("replies: %s", hook.story())
		}
		_ = d.end()
	})
}

// Who wants to be reminded is, of what lives, once an interval.
func TestRemind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}, Settings: Settings{RepeatInterval: 4 * time.Hour}})
		d.fire("web.1")
		after(time.Hour)
		d.fire("web.2")
		after(9 * time.Hour)
		d.resolve("web.1")
		after(time.Minute) // or both may be told together
		d.resolve("web.2")
		after(24 * time.Hour)
		wantStory(t, slack.story(), `
			1h0m0s 1: web.2 is over its quota
			5h0m0s 1: !Still there after 5h.
			9h0m0s 1: !Still there after 9h.
			10h0m0s 1: Over: web.1 is over its quota
			10h1m0s 1: Over: web.2 is over its quota`)
		_ = d.end()
	})
}

// What was worse before anyone was told is in the first message, and no more news than the rest of it.
func TestLoudBeforeTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		slack.answer = func(n int, _ Incident) error {
			if n == 1 {
				return errDown
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		synctest.Wait()
		d.fire("web.2", severity(Critical), func(a *Alert) { a.Evidence = []string{" [R15]"} })
		after(time.Minute)
		wantStory(t, slack.story(), `1s 1: web.2 is over its quota [R15]`)
		_ = d.end()
	})
}
