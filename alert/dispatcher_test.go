package alert

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func wantStory(t *testing.T, got, want string) {
	t.Helper()
	want = strings.ReplaceAll(strings.TrimSpace(want), "\t", "") + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// One message, born at once, updated at most every 5 s, and closed at once.
func TestOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1")
		after(time.Second)
		d.fire("web.2")
		after(time.Second)
		d.fire("web.3")
		after(10 * time.Second)
		d.resolve("web.1")
		synctest.Wait()
		d.resolve("web.2")
		after(6 * time.Second)
		d.resolve("web.3")
		after(time.Hour)
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing
			5s update 1 firing web.1=firing web.2=firing web.3=firing
			12s update 1 firing web.2=firing web.3=firing web.1=resolved
			17s update 1 firing web.3=firing web.1=resolved web.2=resolved
			18s update 1 resolved web.1=resolved web.2=resolved web.3=resolved`)
		if open := d.Open(); len(open) > 0 {
			t.Errorf("still open: %v", open)
		}
		if err := d.end(); err != nil {
			t.Error(err)
		}
	})
}

// The end waits for no pause, and leaves with what the log said at the beginning.
func TestEndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.fire("web.1", func(a *Alert) { a.Evidence = []string{"R14"} })
		after(time.Second)
		d.fire("web.2")
		after(time.Second)
		d.resolve("web.1")
		d.resolve("web.2")
		after(time.Minute)
		wantStory(t, slack.story(d.start), `
			0s post firing web.1=firing
			2s update 1 resolved web.1=resolved web.2=resolved`)
		if got := slack.requests()[1].inc.Alerts[0].Evidence; len(got) != 1 || got[0] != "R14" {
			t.Errorf("evidence at the end %q, want R14", got)
		}
		_ = d.end()
	})
}

// Where nothing can be updated, people hear of the beginning and the end.
func TestToldTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := &fake{name: "webhook", twice: true}
		d := run(t, Options{Notifiers: []Notifier{hook}})
		d.fire("web.1")
		after(time.Minute)
		d.fire("web.2")
		d.Note("enketo", "memory", "nothing was done")
		after(time.Minute)
		d.resolve("web.1")
		d.resolve("web.2")
		after(time.Minute)
		wantStory(t, hook.story(d.start), `
			0s post firing web.1=firing
			2m0s post resolved web.1=resolved web.2=resolved`)
		_ = d.end()
	})
}

// What ends before anyone could be told is told once, as ended.
func TestBornAndOver(t *testing.T) {
	for _, twice := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			n := &fake{name: "n", twice: twice, answer: func(n int, _ Incident) error {
				if n == 1 {
					return errDown
				}
				return nil
			}}
			d := run(t, Options{Notifiers: []Notifier{n}})
			d.fire("web.1")
			synctest.Wait()
			d.resolve("web.1")
			after(time.Hour)
			wantStory(t, n.story(d.start), `
				0s post firing web.1=firing (down)
				1s post resolved web.1=resolved`)
			_ = d.end()
		})
	}
}

func TestAlertsOfOneIncident(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := run(t, Options{})
		began := time.Now()
		d.fire("web.2", severity(Info))
		after(time.Second)
		d.fire("web.1", severity(Critical))
		d.fire("web.3", severity(Warning), func(a *Alert) { a.Since = began.Add(-time.Minute) })
		d.resolve("web.1")
		d.fire("web.9", cause("other"))
		open := d.Open()
		if len(open) != 2 {
			t.Fatalf("%d incidents, want 2: %v", len(open), open)
		}
		inc := open[0]
		if inc.Severity != Critical {
			t.Errorf("severity %s, want the worst there was", inc.Severity)
		}
		if want := began.Add(-time.Minute); !inc.Began.Equal(want) {
			t.Errorf("began %v, want %v", inc.Began, want)
		}
		var got []string
		for _, a := range inc.Alerts {
			got = append(got, fmt.Sprintf("%s %s %s", a.Key, a.Severity, a.State))
		}
		want := []string{"web.3 warning firing", "web.2 info firing", "web.1 warning resolved"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("alerts (-want +got):\n%s", diff)
		}
		_ = d.end()
	})
}

func TestStaleAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := run(t, Options{})
		seq := func(n uint64) func(*Alert) { return func(a *Alert) { a.Seq = n } }
		open := func(want string) {
			t.Helper()
			got := ""
			for _, inc := range d.Open() {
				for _, a := range inc.Alerts {
					got += a.Key + "=" + string(a.State) + " "
				}
			}
			if got != want {
				t.Errorf("open: %q, want %q", got, want)
			}
		}
		d.resolve("web.1", seq(1)) // never fired
		open("")
		d.fire("web.1", seq(5))
		d.fire("web.2", seq(4)) // another key has its own order
		d.resolve("web.1", seq(3))
		open("web.1=firing web.2=firing ")
		d.resolve("web.1", seq(6))
		d.fire("web.1", seq(5))
		open("web.2=firing web.1=resolved ")
		d.resolve("web.2", seq(7))
		open("")
		d.fire("web.2", seq(4)) // its incident is over and gone
		open("")
		after(time.Second)
		d.fire("web.2", seq(1))              // later, with a lower number: whoever counts began anew
		open("web.2=firing web.1=resolved ") // the same incident: it ended a second ago
		_ = d.end()
	})
}

func TestNote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}})
		d.Note("enketo", "memory", "nobody is interested")
		d.fire("web.1")
		after(time.Minute)
		d.Note("enketo", "memory", "scaled web from 4 to 1 as redis://h:pw@host said")
		d.Note("enketo", "memory", "scaled web from 4 to 1 as redis://h:pw@host said")
		after(time.Minute)
		if n := len(slack.requests()); n != 2 {
			t.Errorf("%d requests, want 2: a repeated note changes nothing", n)
		}
		want := []string{"scaled web from 4 to 1 as redis://[redacted]@host said"}
		if diff := cmp.Diff(want, slack.requests()[1].inc.Actions); diff != "" {
			t.Errorf("actions (-want +got):\n%s", diff)
		}
		for i := range 20 {
			d.Note("enketo", "memory", fmt.Sprint("action ", i))
		}
		got := d.Open()[0].Actions
		if len(got) != 10 || got[0] != "action 10" || got[9] != "action 19" {
			t.Errorf("actions %q, want the newest 10", got)
		}
		_ = d.end()
	})
}

func TestSendRedacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack", answer: func(int, Incident) error {
			return errors.New("posting to https://hooks.slack.com/services/T0/Zq7 failed")
		}}, &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("web.1", func(a *Alert) {
			a.Summary, a.Evidence, a.Details = "s redis://h:Zq7@h", []string{"e password=Zq7"}, []string{"d Bearer Zq7Zq7"}
			a.Figure, a.Next, a.Requests = "f token=Zq7", []string{"n token=Zq7"}, []string{"token=Zq7"}
		})
		after(time.Minute)
		for where, text := range map[string]string{
			"request": fmt.Sprintf("%+v", slack.requests()[0].inc), "Open": fmt.Sprintf("%+v", d.Open()),
			"ledger": strings.Join(store.puts, ""), "log": d.log.String(),
		} {
			if strings.Contains(text, "Zq7") {
				t.Errorf("a secret in %s: %s", where, text)
			}
		}
		if got, want := slack.requests()[0].inc.Alerts[0].Summary, "s redis://[redacted]@h"; got != want {
			t.Errorf("summary %q, want %q", got, want)
		}
		_ = d.end()
	})
}

func TestResolvedAlertsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := run(t, Options{})
		d.fire("web.1")
		for i := range 1000 {
			d.fire(fmt.Sprint("run.", i))
			d.resolve(fmt.Sprint("run.", i))
		}
		if n := len(d.Open()[0].Alerts); n > maxResolved+1 {
			t.Errorf("%d alerts held, want at most %d", n, maxResolved+1)
		}
		d.resolve("web.1")
		if len(d.Open()) > 0 {
			t.Error("not over after the last resolution")
		}
		_ = d.end()
	})
}
