package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// channels is a Slack with some channels beside its own.
func channels(names ...string) (slack *fake, in map[string]*fake) {
	in = map[string]*fake{}
	for _, name := range names {
		in[name] = &fake{name: "slack"}
	}
	return &fake{name: "slack", in: in}, in
}

func to(channel string) []Route { return []Route{{To: "slack", Channel: channel}} }

// What lives keeps its message where it is; what begins goes where the routes lead now.
func TestReloadRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#a", "#b")
		d := run(t, Options{Notifiers: []Notifier{slack}, Routes: to("#a")})
		d.fire("web.1")
		after(time.Minute)
		d.Reload(Settings{}, to("#b"), nil)
		d.fire("web.2")
		d.fire("web.1", cause("crash"))
		after(time.Minute)
		d.Reload(Settings{}, nil, nil)
		d.resolve("web.1")
		d.resolve("web.1", cause("crash"))
		d.fire("web.1", cause("timeouts"))
		after(time.Minute)
		d.resolve("web.2")
		after(time.Minute)
		wantStory(t, in["#a"].story(d.start), `
0s post firing web.1=firing
1m0s update 1 firing web.1=firing web.2=firing
2m0s update 1 firing web.2=firing web.1=resolved
3m0s update 1 resolved web.1=resolved web.2=resolved
`)
		wantStory(t, in["#b"].story(d.start), `
1m0s post firing web.1=firing
2m0s update 1 resolved web.1=resolved
`)
		wantStory(t, slack.story(d.start), "2m0s post firing web.1=firing\n")
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
	})
}

// So it does over a restart with other routes.
func TestRestartWithOtherRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#a", "#b", "#wrong", "#over")
		in["#wrong"].answer = func(int, Incident) error { return errors.New("channel_not_found") }
		store := &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store, Routes: []Route{
			{Match: Match{Rule: "over"}, To: "slack", Channel: "#over"},
			{Match: Match{Rule: "unheard"}, To: "slack", Channel: "#wrong"},
			{Match: Match{Rule: "memory-quota-exceeded"}, To: "slack", Channel: "#a"},
		}})
		rule := func(r string) func(*Alert) { return func(a *Alert) { a.Rule, a.Cause = r, r } }
		begun := d.start
		d.fire("web.1")
		d.fire("web.1", rule("over"))
		d.fire("web.1", rule("unheard"))
		after(time.Second)
		d.resolve("web.1", rule("over"))
		after(time.Second)
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store, Routes: to("#b"), ConfirmTimeout: time.Hour})
		if n := len(d.places); n != 3 {
			t.Errorf("%d places, want those of the routes and #a, where there is something to tell", n)
		}
		after(time.Second)
		d.fire("web.2", severity(Critical))
		d.fire("web.3", cause("crash"))
		after(time.Minute)
		d.resolve("web.1")
		after(time.Minute) // or both may be told together
		d.resolve("web.2")
		after(time.Minute)
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
		wantStory(t, in["#a"].story(begun), `
0s post firing web.1=firing
3s update 1 firing web.2=firing web.1=firing
1m3s update 1 firing web.2=firing web.1=resolved
2m3s update 1 resolved web.1=resolved web.2=resolved
`)
		wantStory(t, in["#b"].story(begun), "2s post firing web.1=firing\n3s post firing web.3=firing\n") // the unheard one first
		if n, m := len(in["#wrong"].requests()), len(slack.requests()); n != 1 || m > 0 {
			t.Errorf("%d requests to nowhere and %d elsewhere, want 1 and none", n, m)
		}
	})
}

// All of them do, also where there were no routes before.
func TestRestartWithOtherRoutesOfMany(t *testing.T) {
	restarted := func(t *testing.T, slack, told, other *fake, before []Route) {
		store := &memory{}
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store, Routes: before})
		for _, c := range []string{"memory", "crash", "timeouts"} {
			d.fire("web.1", cause(c))
		}
		after(10 * time.Second)
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store, Routes: to("#b")})
		for _, c := range []string{"memory", "crash", "timeouts"} {
			d.fire("web.1", cause(c), severity(Critical))
		}
		after(10 * time.Second)
		_ = d.end()
		if n, m := len(told.requests()), len(other.requests()); n != 6 || m > 0 {
			t.Errorf("%d requests to where they were told, and %d elsewhere; want 6 and none", n, m)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#a", "#b")
		restarted(t, slack, in["#a"], in["#b"], to("#a"))
	})
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#b")
		restarted(t, slack, slack, in["#b"], nil)
	})
}

// Nobody was told of it, since the route led nowhere: it is told where the new one leads.
func TestReloadRoutesOfWhatWasNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#wrong", "#right")
		in["#wrong"].answer = func(int, Incident) error { return errors.New("channel_not_found") }
		d := run(t, Options{Notifiers: []Notifier{slack}, Routes: to("#wrong")})
		d.fire("web.1")
		after(time.Minute)
		d.Reload(Settings{}, append(to("#right"), Route{To: "pager"}), nil)
		after(time.Minute)
		d.resolve("web.1")
		after(time.Minute)
		wantStory(t, in["#wrong"].story(d.start), "0s post firing web.1=firing (channel_not_found)\n")
		wantStory(t, in["#right"].story(d.start), `
1m0s post firing web.1=firing
2m0s update 1 resolved web.1=resolved
`)
		if n := strings.Count(d.log.String(), "route to a notifier that is not configured"); n != 1 {
			t.Errorf("the route to nowhere is logged %d times:\n%s", n, d.log)
		}
		if err := d.end(); err != nil {
			t.Fatal(err)
		}
	})
}

// A message that was found, and couldn't be updated yet, is the incident's: there is no other one elsewhere.
func TestReloadRoutesOfWhatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#b")
		lost := &finding{fake: slack, there: true}
		slack.answer = func(n int, _ Incident) error {
			switch {
			case n == 1:
				return errDown
			case n < 10:
				return &RetryError{After: time.Minute, Err: errors.New("429")}
			}
			return nil
		}
		d := run(t, Options{Notifiers: []Notifier{lost}})
		d.fire("web.1")
		after(30 * time.Second)
		d.Reload(Settings{}, to("#b"), nil)
		after(time.Hour)
		if n := len(in["#b"].requests()); n > 0 {
			t.Errorf("told elsewhere %d times", n)
		}
		_ = d.end()
	})
}

// What still waits for its turn in a channel is told where the routes lead now, and only there.
func TestReloadRoutesOfWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#a", "#b")
		d := run(t, Options{Notifiers: []Notifier{slack}, Routes: to("#a"), Rate: 0.1, Burst: 1})
		d.fire("web.1")
		synctest.Wait()
		d.fire("web.2", cause("crash"))
		after(time.Second)
		d.Reload(Settings{}, to("#b"), nil)
		after(time.Minute)
		wantStory(t, in["#a"].story(d.start), "0s post firing web.1=firing\n")
		wantStory(t, in["#b"].story(d.start), "1s post firing web.2=firing\n")
		_ = d.end()
	})
}

// An incident keeps the alerts it has, and those that begin are grouped anew. Durations count at once.
func TestReloadSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := &fake{name: "slack"}
		d := run(t, Options{Notifiers: []Notifier{slack}, Settings: Settings{UpdateInterval: time.Hour}})
		rule := func(r string) func(*Alert) { return func(a *Alert) { a.Rule = r } }
		d.fire("web.1")
		d.fire("web.2")
		after(10 * time.Second)
		byRule := Settings{GroupBy: []string{"app", "rule"}, RepeatInterval: 2 * time.Hour}
		d.Reload(byRule, nil, nil)
		d.Reload(byRule, nil, nil)
		d.fire("web.2", severity(Critical))
		d.fire("web.3")
		d.fire("web.3", rule("other"))
		d.fire("web.4", rule("other"))
		d.resolve("web.1")
		after(time.Minute)
		d.Reload(Settings{}, nil, nil)
		d.resolve("web.2")
		for _, change := range []func(*Alert){rule("memory-quota-exceeded"), rule("other")} {
			d.resolve("web.3", change)
			d.resolve("web.4", change)
		}
		after(time.Minute)
		if open := d.Open(); len(open) != 0 {
			t.Errorf("left open: %+v", open)
		}
		var got []string
		for _, r := range slack.requests() {
			if r.inc.State == Resolved {
				got = append(got, fmt.Sprint(len(r.inc.Alerts), " of ", r.inc.Alerts[0].Rule))
			}
		}
		slices.Sort(got)
		if want := "1 of memory-quota-exceeded, 2 of memory-quota-exceeded, 2 of other"; strings.Join(got, ", ") != want {
			t.Errorf("ended: %s; want %s", strings.Join(got, ", "), want)
		}

		d.fire("web.1", cause("crash"))
		d.Reload(Settings{RepeatInterval: time.Hour}, nil, nil)
		after(61 * time.Minute)
		if c := d.Open()[0].Changes; c[len(c)-1].Text != "Still there after 1h." {
			t.Errorf("%+v, want a reminder", c)
		}
		_ = d.end()
	})
}

// What is secret from now on is so in what is held, shown and saved as well, and an alert whose key has changed by
// that still ends.
func TestReloadRedacts(t *testing.T) {
	for _, by := range [][]string{nil, {"app", "key"}} {
		synctest.Test(t, func(t *testing.T) {
			slack, store := newThreaded(), &memory{}
			s := Settings{GroupBy: by}
			d := run(t, Options{Notifiers: []Notifier{slack}, Store: store, Settings: s})
			secret := func(a *Alert) {
				a.Evidence, a.Requests, a.Details, a.Next = []string{"cust-2"}, []string{"cust-3"}, []string{"cust-4"}, []string{"cust-5"}
				a.Figure, a.Labels, a.Value = "cust-6", map[string]string{"addon": "cust-7"}, 1
			}
			d.fire("cust-1", secret)
			d.fire("cust-1", secret, cause("over"), func(a *Alert) { a.Key = "cust-9" })
			d.Note("enketo", "memory", "did cust-8")
			d.Ask("enketo", "memory", []Ask{{ID: "1", Text: "may cust-8?"}})
			d.resolve("cust-9", cause("over"))
			after(time.Minute)
			d.Reload(s, nil, []*regexp.Regexp{regexp.MustCompile(`cust-\d`)})
			after(time.Minute)
			last := map[string]Incident{}
			for _, r := range slack.requests() {
				if r.inc.State == Firing { // one that is over is not told again
					last[r.inc.ID] = r.inc
				}
			}
			for _, inc := range d.History() {
				delete(last, inc.ID)
			}
			for what, held := range map[string]any{"open": d.Open(), "history": d.History(), "shown": last, "saved": store.m} {
				text, err := json.Marshal(held)
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range []string{"/cust-1/", "/cust-9/"} { // by which it is known elsewhere
					text = []byte(strings.ReplaceAll(string(text), id, ""))
				}
				if strings.Contains(string(text), "cust-") || len(text) < 10 {
					t.Errorf("%v: %s: %s", by, what, text)
				}
			}
			d.resolve("cust-1")
			after(time.Minute)
			if open := d.Open(); len(open) != 0 {
				t.Errorf("%v: left open: %+v", by, open)
			}
			_ = d.end()
		})
	}
}

// So it is over a restart: what lives is shown and saved anew, what is over only saved.
func TestRestartRedacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, store := &fake{name: "slack"}, &memory{}
		secret := func(a *Alert) { a.Details, a.Figure, a.Value = []string{"of cust-2"}, "cust-3", 1 }
		d := run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		d.fire("cust-1", secret)
		d.fire("web.1", secret, cause("over"))
		d.Note("enketo", "memory", "did cust-4")
		after(time.Minute)
		d.resolve("web.1", cause("over"))
		after(time.Minute)
		_ = d.end()

		slack.calls = nil
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store, Redact: []*regexp.Regexp{regexp.MustCompile(`cust-\d`)}})
		after(time.Second)
		shown := slack.requests()
		if len(shown) != 1 || shown[0].inc.State != Firing {
			t.Fatalf("%d requests, want one for what lives:\n%s", len(shown), slack.story(d.start))
		}
		d.fire("cust-1", secret)
		d.resolve("cust-1")
		after(time.Minute)
		shown = slack.requests()
		for what, held := range map[string]any{"open": d.Open(), "history": d.History(), "shown": shown, "saved": store.m} {
			text, err := json.Marshal(held)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "cust-") {
				t.Errorf("%s: %s", what, text)
			}
		}
		if open := d.Open(); len(open) != 0 || len(shown) < 2 || shown[len(shown)-1].inc.State != Resolved {
			t.Errorf("left open: %+v:\n%s", open, slack.story(d.start))
		}
		_ = d.end()

		slack.calls = nil
		d = run(t, Options{Notifiers: []Notifier{slack}, Store: store})
		after(time.Second)
		if n := len(slack.requests()); n > 0 || len(d.unsaved) > 0 {
			t.Errorf("%d requests and %d to save where nothing is new", n, len(d.unsaved))
		}
		_ = d.end()
	})
}

// Also while Run isn't there yet or no longer.
func TestReloadBeforeAndAfterRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack, in := channels("#a", "#b")
		d := New(Options{Notifiers: []Notifier{slack}})
		d.Reload(Settings{}, to("#a"), nil)
		d.Reload(Settings{}, to("#b"), nil)
		r := &running{Dispatcher: d, t: t, start: time.Now()}
		r.fire("web.1")
		done := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- d.Run(ctx) }()
		after(time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		d.Reload(Settings{}, to("#a"), nil)
		wantStory(t, in["#b"].story(r.start), "0s post firing web.1=firing\n")
		if got := in["#a"].story(r.start) + slack.story(r.start); got != "" {
			t.Errorf("told elsewhere: %s", got)
		}
	})
}
