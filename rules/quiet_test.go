package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told runs an Engine through what happens at each time, written as words: a rule's name for a hit of
// it, rule/dyno for one of a dyno, and notes in brackets.
func told(t *testing.T, e *Engine, steps map[float64]string, until float64) (out []string) {
	t.Helper()
	for sec := 0.0; sec <= until; sec++ {
		o := &Observation{App: "enketo", At: at(sec)}
		for _, word := range strings.Fields(steps[sec]) {
			note, isNote := strings.CutPrefix(word, "[")
			kind, rest, _ := strings.Cut(strings.TrimSuffix(note, "]"), ":")
			if isNote {
				n := Note{Kind: NoteKind(kind), Process: rest}
				if process, quantity, ok := strings.Cut(rest, "@"); ok {
					n.Process, n.Own = process, !strings.HasSuffix(quantity, "?")
					n.Quantity = int(quantity[0] - '0')
				}
				o.Notes = append(o.Notes, n)
				continue
			}
			rule, dyno, _ := strings.Cut(word, "/")
			o.Hits = append(o.Hits, Hit{Rule: rule, Labels: Labels{Dyno: dyno}, Count: 1})
		}
		for _, ev := range e.Observe(nil, o) {
			out = append(out, fmt.Sprintf("%v %s%s %s after %v", ev.At.Sub(t0), ev.Rule, "["+ev.Labels.String()+"]", ev.State, ev.At.Sub(ev.Since)))
		}
	}
	return out
}

func TestInhibited(t *testing.T) {
	hidden := brief("hidden", "dyno")
	hidden.InhibitedBy = []string{"worse", "outage"}
	set := func() *Set { return mustSet(t, hidden, brief("worse", "dyno"), brief("outage")) }
	f := func(about string, steps map[float64]string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, told(t, NewEngine("enketo", set(), Options{}), steps, 60)); diff != "" {
			t.Errorf("%s: %s", about, diff)
		}
	}
	f("of the same dyno, in one delivery", map[float64]string{0: "hidden/web.1 hidden/web.2 worse/web.1"},
		"0s worse[web.1] firing after 0s", "0s hidden[web.2] firing after 0s",
		"12s worse[web.1] resolved after 12s", "12s hidden[web.2] resolved after 12s")
	f("told when the inhibitor goes, with its own age", map[float64]string{0: "worse/web.1", 5: "hidden/web.1", 10: "hidden/web.1"},
		"0s worse[web.1] firing after 0s",
		"12s worse[web.1] resolved after 12s", "12s hidden[web.1] firing after 7s", "22s hidden[web.1] resolved after 17s")
	f("never told if it is over by then", map[float64]string{0: "worse/web.1", 1: "hidden/web.1", 8: "worse/web.1"},
		"0s worse[web.1] firing after 0s", "20s worse[web.1] resolved after 20s")
	f("what was told is not taken back", map[float64]string{0: "hidden/web.1", 3: "worse/web.1"},
		"0s hidden[web.1] firing after 0s", "3s worse[web.1] firing after 0s",
		"12s hidden[web.1] resolved after 12s", "15s worse[web.1] resolved after 12s")
	f("a rule of the whole app hides each dyno's", map[float64]string{0: "outage hidden/web.1 hidden/web.2"},
		"0s outage[] firing after 0s", "12s outage[] resolved after 12s")
}

func TestMuted(t *testing.T) {
	long := Rule{Name: "r", Match: &Match{Code: []string{"H12"}}, Window: 30 * time.Second, By: []string{"dyno"}}
	long.MuteWhen = Mute{Deploy: 10 * time.Second, Restart: 10 * time.Second, Maintenance: 10 * time.Second, Action: 10 * time.Second, ShutDown: []string{"web"}}
	f := func(about string, steps map[float64]string, want ...string) {
		t.Helper()
		e := NewEngine("enketo", mustSet(t, long), Options{})
		if diff := cmp.Diff(want, told(t, e, steps, 100)); diff != "" {
			t.Errorf("%s: %s", about, diff)
		}
	}
	over := func(began, hit int) string {
		return fmt.Sprintf("%ds r[web.1] resolved after %ds", hit+30, hit+30-began)
	}
	f("not muted", map[float64]string{1: "r/web.1"}, "1s r[web.1] firing after 0s", over(1, 1))
	f("a deploy", map[float64]string{0: "[deploy]", 1: "r/web.1"}, "10s r[web.1] firing after 9s", over(1, 1))
	f("another deploy", map[float64]string{0: "[deploy]", 1: "r/web.1", 8: "[release]"}, "18s r[web.1] firing after 17s", over(1, 1))
	f("a deploy after it was told", map[float64]string{1: "r/web.1", 2: "[deploy]"}, "1s r[web.1] firing after 0s", over(1, 1))
	f("maintenance", map[float64]string{0: "[maintenance]", 1: "r/web.1", 9: "[maintenance]"}, "19s r[web.1] firing after 18s", over(1, 1))
	f("the dyno restarts", map[float64]string{0: "[cycling:web.1]", 1: "r/web.1"}, "10s r[web.1] firing after 9s", over(1, 1))
	f("another dyno restarts", map[float64]string{0: "[cycling:web.2]", 1: "r/web.1"}, "1s r[web.1] firing after 0s", over(1, 1))
	f("our own action", map[float64]string{0: "[scaled:web@2]", 1: "r/web.1"}, "10s r[web.1] firing after 9s", over(1, 1))
	f("somebody else's", map[float64]string{0: "[scaled:web@2?]", 1: "r/web.1"}, "1s r[web.1] firing after 0s", over(1, 1))
	f("we shut it down", map[float64]string{0: "[scaled:web@0]", 1: "r/web.1", 25: "r/web.1"}) // it is over unseen
	f("until somebody starts it", map[float64]string{0: "[scaled:web@0]", 1: "r/web.1", 20: "[scaled:web@1?]"}, "20s r[web.1] firing after 19s", over(1, 1))
	f("we shut down another", map[float64]string{0: "[scaled:worker@0]", 15: "r/web.1"}, "15s r[web.1] firing after 0s", over(15, 15))
	f("somebody else shut it down", map[float64]string{0: "[scaled:web@0?]", 1: "r/web.1"}, "1s r[web.1] firing after 0s", over(1, 1))
}

func TestToldOnlyInItsHours(t *testing.T) {
	r := brief("r", "dyno")
	r.KeepFiringFor = time.Minute
	r.Active = &Hours{From: "20:00", To: "20:01"}
	e := NewEngine("enketo", mustSet(t, r), Options{})
	e.Tick(nil, at(-30))
	f := func(o *Observation, want string) {
		t.Helper()
		if got := render(e.Observe(nil, o)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	hit := func(sec float64, dyno string) *Observation {
		return &Observation{At: at(sec), Hits: []Hit{{Rule: "r", Labels: Labels{Dyno: dyno}, Count: 1}}}
	}
	f(hit(-30, "web.1"), "")
	f(hit(-5, "web.2"), "")
	f(hit(70, "web.3"), "r[web.2] firing 1 @0s; r[web.2] resolved 0 @1m7s") // web.1's had ceased by 20:00
	f(hit(600, "web.1"), "")
}

// Two rules that hide each other would both be hidden for good.
func TestInhibitorsGoInNoCircle(t *testing.T) {
	a, b := brief("a"), brief("b")
	a.InhibitedBy, b.InhibitedBy = []string{"b"}, []string{"a"}
	if _, err := NewSet([]Rule{a, b}); err == nil {
		t.Error("no error")
	}
}

func TestWordsAndDetails(t *testing.T) {
	r := brief("r", "dyno")
	r.Labels = map[string]string{"team": "forms"}
	r.Summary, r.Details = "{{.Dyno}} of {{.Labels.team}}", "line 1\nrestart {{.Dyno}}"
	e := NewEngine("enketo", mustSet(t, r), Options{})
	ev := e.Observe(nil, &Observation{At: t0, Hits: []Hit{{Rule: "r", Labels: Labels{Dyno: "web.1"}, Count: 1}}})[0]
	if ev.Summary != "web.1 of forms" || ev.Details != "line 1\nrestart web.1" || ev.Words["team"] != "forms" {
		t.Errorf("got %+v", ev)
	}
	saved, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again := NewEngine("enketo", mustSet(t, r), Options{})
	if _, err := again.Restore(nil, saved, t0); err != nil {
		t.Fatal(err)
	}
	if got := again.Firing(nil); len(got) != 1 || got[0].Details != ev.Details || got[0].Summary != ev.Summary {
		t.Errorf("after a restart: %+v", got)
	}
}
