package alert

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// finding is a fake that can look for messages. Its channel holds one if there says so.
type finding struct {
	*fake
	there bool
	fail  error
	since []time.Time
}

func (f *finding) Find(_ context.Context, inc Incident, since time.Time) (Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since = append(f.since, since)
	if f.fail != nil || !f.there {
		return Receipt{}, f.fail
	}
	return Receipt{Channel: "C1", TS: "found"}, nil
}

// A post whose answer was lost is looked for before another, in this process and after it.
func TestLostAnswer(t *testing.T) {
	f := func(name string, there bool, want string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				slack := &finding{fake: &fake{name: "slack"}, there: there}
				slack.answer = func(n int, _ Incident) error {
					if n == 1 {
						return &RetryError{Err: errors.New("no answer in time")}
					}
					return nil
				}
				d := run(t, Options{Notifiers: []Notifier{slack}})
				d.fire("web.1")
				after(time.Minute)
				wantStory(t, slack.story(d.start), want)
				if len(slack.since) != 1 || !slack.since[0].Equal(d.start) {
					t.Errorf("looked for since %v, want once since the intent at %v", slack.since, d.start)
				}
				_ = d.end()
			})
		})
	}
	f("there", true, `
		0s post firing web.1=firing (no answer in time)
		1s update found firing web.1=firing`)
	f("not there", false, `
		0s post firing web.1=firing (no answer in time)
		1s post firing web.1=firing`)
}

// Who was told to wait has posted nothing, so there is nothing to look for.
func TestLimitedIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &finding{fake: &fake{name: "slack"}}
		slack.answer = func(n int, _ Incident) error {
			if n == 1 {
				return &RetryError{After: time.Second, Err: errors.New("limited")}
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(time.Minute)
		if len(slack.since) > 0 {
			t.Error("looked for what was refused")
		}
		_ = d.end()
	})
}

// While looking fails for now nothing is posted; if it can't be done, the message is posted again.
func TestFindFails(t *testing.T) {
	f := func(name string, fail error, want, logged string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &memory{m: map[string]string{"enketo/memory/1": `{"version":1,"incident":{"id":"enketo/memory/1","app":"enketo",` +
					`"cause":"memory","state":"firing","severity":"warning","began":"2000-01-01T00:00:00Z","alerts":[{"app":"enketo","cause":"memory",` +
					`"rule":"memory-quota-exceeded","key":"web.1","state":"firing"}]},"deliveries":[{"notifier":"slack","intent":true}]}`}}
				slack := &finding{fake: &fake{name: "slack"}, there: true, fail: fail}
				d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
				after(5 * time.Second)
				slack.mu.Lock()
				slack.fail = nil
				slack.mu.Unlock()
				after(time.Minute)
				wantStory(t, slack.story(d.start), want)
				if !strings.Contains(d.log.String(), logged) {
					t.Errorf("log without %q: %s", logged, d.log)
				}
				_ = d.end()
			})
		})
	}
	f("for now", errDown, `7s update found firing web.1=firing`, "found the message")
	f("for good", errors.New("missing_scope"), `0s post firing web.1=firing`, "it may be told twice")
}
