package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBuiltinRulesAreInOrder(t *testing.T) {
	for _, r := range Builtin() {
		r.Check(func(field, wrong, right string) { t.Errorf("%s: %s %s; %s", r.Name, field, wrong, right) })
		r.Faster(10).Check(func(field, wrong, right string) { t.Errorf("faster %s: %s %s; %s", r.Name, field, wrong, right) })
	}
}

func TestNewSetRefusesWhatCheckDoes(t *testing.T) {
	f := func(want string, list ...Rule) {
		t.Helper()
		if _, err := NewSet(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	ok := Rule{Name: "a", Match: &Match{Code: []string{"H12"}}, Window: time.Minute}
	f("the name is taken", ok, ok)
	f("has no condition", ok, Rule{Name: "b"})
	f("window is missing", Rule{Name: "c", Match: &Match{Code: []string{"H12"}}})
}

func TestMerge(t *testing.T) {
	builtin := []Rule{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	got := Merge(builtin, []Rule{{Name: "b", Count: 7}, {Name: "d"}}, []string{"a"})
	want := []Rule{{Name: "b", Count: 7}, {Name: "c"}, {Name: "d"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFingerprintTellsRulesApart(t *testing.T) {
	a := mustSet(t, Builtin()...)
	if b := mustSet(t, Builtin()...); a.Fingerprint() != b.Fingerprint() {
		t.Error("the same rules differ")
	}
	changed := Builtin()
	changed[0].KeepFiringFor++
	if b := mustSet(t, changed...); a.Fingerprint() == b.Fingerprint() {
		t.Error("other rules are the same")
	}
}

func TestReplaceKeepsWhatDidNotChange(t *testing.T) {
	code := func(name, code string) Rule {
		return Rule{Name: name, Match: &Match{Code: []string{code}}, Window: time.Minute}
	}
	e := NewEngine("enketo", mustSet(t, code("kept", "H12"), code("gone", "H13"), code("changed", "H14")), Options{})
	hits := func(names ...string) *Observation {
		o := &Observation{At: t0}
		for _, n := range names {
			o.Hits = append(o.Hits, Hit{Rule: n, Count: 1, First: t0})
		}
		return o
	}
	e.Observe(nil, hits("kept", "gone", "changed"))

	changed := code("changed", "H14")
	changed.KeepFiringFor = time.Minute
	events := e.Replace(nil, mustSet(t, code("new", "H15"), changed, code("kept", "H12")))
	if got, want := render(events), "gone resolved 0 @0s; changed resolved 0 @0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// Seq goes on, and the kept one ends in its own time; hits of unknown rules say nothing.
	o := hits("gone", "changed", "new")
	o.At = at(30)
	events = e.Tick(e.Observe(nil, o), at(70))
	if got, want := render(events), "changed firing 1 @30s; new firing 1 @30s; kept resolved 0 @1m0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, ev := range events {
		if want := uint64(6 + i); ev.Seq != want {
			t.Errorf("%s has seq %d, want %d", ev.Rule, ev.Seq, want)
		}
	}
}

func TestRestoreRefusesWhatIsNotItsOwn(t *testing.T) {
	set := mustSet(t, Builtin()...)
	f := func(snapshot, want string) {
		t.Helper()
		if _, err := NewEngine("enketo", set, Options{}).Restore(nil, []byte(snapshot), t0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Restore(%s): %v, want %s", snapshot, err, want)
		}
	}
	f(`{"version":99,"app":"enketo"}`, "version 99, expected 1 to 2")
	f(`{"version":1,"app":"other"}`, `of app "other"`)
	f(`{"version":1,"app":"enketo","now":"2030-01-01T00:00:00Z"}`, "it is from 2030-01-01")
	f(`{`, "unexpected end")
}

func TestRestoreEndsAlertsOfRulesThatAreGone(t *testing.T) {
	old := Rule{Name: "old", Match: &Match{Code: []string{"H12"}}, Window: time.Minute, Cause: "slow", Summary: "too slow"}
	e := NewEngine("enketo", mustSet(t, old), Options{})
	e.Observe(nil, &Observation{At: t0, Hits: []Hit{{Rule: "old", Count: 1, First: t0}}})
	saved, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	events, err := NewEngine("enketo", mustSet(t), Options{}).Restore(nil, saved, t0)
	if err != nil || len(events) != 1 || events[0].State != Resolved || events[0].Cause != "slow" || events[0].Summary != "too slow" || events[0].Seq != 2 {
		t.Errorf("got %+v, %v", events, err)
	}
}

// A flood of made-up dynos must stay bounded, and be counted.
func TestKeysAreBounded(t *testing.T) {
	byDyno := func(name string, keys int) Rule {
		return Rule{Name: name, Match: &Match{Code: []string{"R14"}}, Window: time.Minute, By: []string{"dyno"}, Keys: keys}
	}
	e := NewEngine("enketo", mustSet(t, byDyno("few", 7), byDyno("usual", 0), byDyno("most", maxKeys)), Options{})
	o := &Observation{At: t0}
	for i := range maxKeys {
		l := Labels{Dyno: "web." + string(rune('a'+i%26)) + time.Duration(i).String()}
		for _, rule := range []string{"few", "usual", "most"} {
			o.Hits = append(o.Hits, Hit{Rule: rule, Labels: l, Count: 1})
		}
	}
	e.Observe(nil, o)
	dropped, _ := e.Dropped()
	got := []uint64{e.DroppedBy("few"), e.DroppedBy("usual"), e.DroppedBy("most"), dropped, uint64(e.keys)}
	// Those of all rules together are bounded, too.
	want := []uint64{maxKeys - 7, maxKeys - maxRuleKeys, 7 + maxRuleKeys, 2 * maxKeys, maxKeys}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	e.Tick(nil, at(3600))
	if e.keys != 0 || len(e.queue) != 0 {
		t.Errorf("%d keys and %d deadlines are left after the window", e.keys, len(e.queue))
	}
}
