package rules

import (
	"testing"
	"time"
)

// brief is a rule that holds for 12 s after each line.
func brief(name string, by ...string) Rule {
	return Rule{Name: name, Match: &Match{Code: []string{"H12"}}, Window: 12 * time.Second, By: by}
}

func TestAllAnyUnless(t *testing.T) {
	set := mustSet(t,
		Rule{Name: "both", All: []string{"a", "b"}},
		Rule{Name: "either", Any: []string{"a", "b"}},
		Rule{Name: "alone", All: []string{"a"}, Unless: []string{"b"}},
		brief("a"), brief("b"),
	)
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"a": 1}, want: "a firing 1 @0s; either firing 1 @0s; alone firing 1 @0s"},
		{at: 5, hits: map[string]uint64{"b": 1}, want: "b firing 1 @5s; both firing 2 @5s; alone resolved 1 @5s"},
		{at: 13, want: "a resolved 0 @12s; both resolved 1 @12s"},
		{at: 20, want: "b resolved 0 @17s; either resolved 0 @17s"},
	})
	// Both in one delivery, and both out of the window in one instant: nothing sees one without the other.
	e := NewEngine("enketo", set, Options{})
	events := e.Observe(nil, &Observation{At: at(30), Hits: []Hit{{Rule: "a", Count: 1}, {Rule: "b", Count: 1}}})
	events = e.Tick(events, at(60))
	want := "a firing 1 @30s; b firing 1 @30s; both firing 2 @30s; either firing 2 @30s; " +
		"a resolved 0 @42s; b resolved 0 @42s; both resolved 0 @42s; either resolved 0 @42s"
	if got := render(events); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAJoinedRuleHasItsOwnTimes(t *testing.T) {
	set := mustSet(t,
		Rule{Name: "both", All: []string{"a", "b"}, For: 4 * time.Second, KeepFiringFor: 20 * time.Second},
		brief("a"), brief("b"), Rule{Name: "more", All: []string{"both"}},
	)
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"a": 1}, want: "a firing 1 @0s"},
		{at: 9, hits: map[string]uint64{"b": 1}, want: "b firing 1 @9s"}, // 3 s together are too few
		{at: 14, hits: map[string]uint64{"a": 1}, want: "a resolved 0 @12s; a firing 1 @14s"},
		{at: 17.9, want: ""},
		{at: 21, want: "both firing 2 @18s; more firing 1 @18s; b resolved 0 @21s"},
		{at: 40, want: "a resolved 0 @26s"},
		{at: 50, want: "both resolved 0 @41s; more resolved 0 @41s"},
	})
}

func TestAMatchWithUnless(t *testing.T) {
	r := brief("drops")
	r.Unless = []string{"fine"}
	set := mustSet(t, r, Rule{Name: "fine", Metric: "redis_connections", Below: new(30.0), Signal: true})
	play(t, set, []step{
		// No number at all: nobody knows that it is fine.
		{at: 0, hits: map[string]uint64{"drops": 1}, want: "drops firing 1 @0s"},
		{at: 20, want: "drops resolved 0 @12s"},
		{at: 30, samples: map[string]float64{"redis_connections/a": 5}, hits: map[string]uint64{"drops": 1}},
		// Two add-ons: the worst counts.
		{at: 35, samples: map[string]float64{"redis_connections/b": 38}, want: "drops firing 1 @35s"},
		{at: 36, samples: map[string]float64{"redis_connections/b": 3}, want: "drops resolved 1 @36s"},
		// Stale is unknown, not fine; and b's silence does not make it fine by a's number.
		{at: 36 + 170, samples: map[string]float64{"redis_connections/a": 5}},
		{at: 36 + 180, samples: map[string]float64{"redis_connections/a": 5}, hits: map[string]uint64{"drops": 1}, want: "drops firing 1 @3m36s"},
	})
}

func TestStaleIsUnknownToARuleThatJoins(t *testing.T) {
	set := mustSet(t,
		Rule{Name: "high", Metric: "redis_connections", Above: new(30.0), Signal: true},
		Rule{Name: "r", Match: &Match{Code: []string{"H12"}}, Window: time.Hour, Signal: true},
		Rule{Name: "sure", All: []string{"r", "high"}},
	)
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"r": 1}, samples: map[string]float64{"redis_connections/a": 38}, want: "sure firing 2 @0s"},
		{at: 1800, want: ""},                        // high is stale since 180: what fires goes on
		{at: 4000, want: "sure resolved 0 @1h0m0s"}, // r ends
		{at: 4000, hits: map[string]uint64{"r": 1}}, // a stale number starts nothing
	})
}

func TestJoinedByLabel(t *testing.T) {
	set := mustSet(t,
		Rule{Name: "both", All: []string{"a", "b"}}, // by dyno, since both are
		Rule{Name: "while", All: []string{"a", "app"}, By: []string{"dyno"}},
		Rule{Name: "worst", All: []string{"a", "app"}}, // app has no dyno: the worst counts
		brief("a", "dyno"), brief("b", "dyno"), brief("app"),
	)
	hide := func(e []Event) string { // the rules asked for only
		var out []Event
		for _, ev := range e {
			if ev.Rule == "both" || ev.Rule == "while" || ev.Rule == "worst" {
				out = append(out, ev)
			}
		}
		return render(out)
	}
	e := NewEngine("enketo", set, Options{})
	f := func(sec float64, want string, hits ...Hit) {
		t.Helper()
		if got := hide(e.Observe(nil, &Observation{At: at(sec), Hits: hits})); got != want {
			t.Errorf("at %gs: got %q, want %q", sec, got, want)
		}
	}
	dyno := func(rule, dyno string) Hit { return Hit{Rule: rule, Labels: Labels{Dyno: dyno}, Count: 1} }
	f(0, "", dyno("a", "web.1"), dyno("b", "web.2"))
	f(1, "both[web.2] firing 2 @1s", dyno("a", "web.2"))
	f(2, "while[web.1] firing 2 @2s; while[web.2] firing 2 @2s; worst firing 2 @2s", dyno("app", ""))
	f(12.5, "both[web.2] resolved 1 @12s; while[web.1] resolved 1 @12s")
	f(13.5, "while[web.2] resolved 1 @13s; worst resolved 1 @13s")
	// app alone makes nothing by dyno, and leaves nothing.
	f(40, "")
	if e.keys != 0 || len(e.queue) != 0 {
		t.Errorf("%d keys, %d deadlines left", e.keys, len(e.queue))
	}
	for i, counts := range e.tallies {
		if len(counts) != 0 {
			t.Errorf("link %d: left %v", i, counts)
		}
	}
}

func TestSignalsAreNeverTold(t *testing.T) {
	s := brief("a")
	s.Signal = true
	e := NewEngine("enketo", mustSet(t, s), Options{})
	events := e.Observe(nil, &Observation{At: t0, Hits: []Hit{{Rule: "a", Count: 1}}})
	events = e.Replace(e.Firing(events), mustSet(t))
	if len(events) != 0 {
		t.Errorf("got %s", render(events))
	}
}

func TestReplaceJudgesWhatIsJoinedAnew(t *testing.T) {
	both := Rule{Name: "both", All: []string{"a", "b"}}
	e := NewEngine("enketo", mustSet(t, both, brief("a"), brief("b")), Options{})
	f := func(got []Event, want string) {
		t.Helper()
		if render(got) != want {
			t.Errorf("got %q, want %q", render(got), want)
		}
	}
	e.Observe(nil, &Observation{At: t0, Hits: []Hit{{Rule: "a", Count: 1}, {Rule: "b", Count: 1}}})
	changed := brief("b")
	changed.Count = 2
	f(e.Replace(nil, mustSet(t, both, brief("a"), changed)), "b resolved 0 @0s; both resolved 1 @0s")
	// A new rule sees what the old ones know.
	f(e.Replace(nil, mustSet(t, Rule{Name: "new", All: []string{"a"}}, brief("a"))), "new firing 1 @0s")
	f(e.Tick(nil, at(20)), "a resolved 0 @12s; new resolved 0 @12s")
}

func TestNewSetRefusesWhatIsWrongTogether(t *testing.T) {
	f := func(want string, list ...Rule) {
		t.Helper()
		if _, err := NewSet(list); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(`rule "x": all[0] there is no rule "b"`, Rule{Name: "x", All: []string{"b"}})
	f(`rule "x": all[0] goes round in a circle: x → x`, Rule{Name: "x", All: []string{"x"}})
	f(`rule "x": all[0] goes round in a circle: x → y → z → x`,
		Rule{Name: "x", All: []string{"y"}}, Rule{Name: "y", Any: []string{"z"}}, Rule{Name: "z", Unless: []string{"x"}, All: []string{"a"}}, brief("a"))
	f("rule \"x\": by no one rule of `all`, nor each of `any`, is kept by dyno",
		Rule{Name: "x", All: []string{"a"}, By: []string{"dyno"}}, brief("a"))
}

func TestEachLabelIsInTheSet(t *testing.T) {
	set := labelEnd - 1
	l := Labels{}.with(set, "v")
	if l.given() != set || l.only(0) != (Labels{}) || l.String() != "v,v,v,v" {
		t.Errorf("got %+v", l)
	}
	for _, name := range byLabels {
		if got := labelSetOf([]string{name}).names(); name != "app" && !isRouterLabel(name) && (len(got) != 1 || got[0] != name) {
			t.Errorf("%s is %v", name, got)
		}
	}
}
