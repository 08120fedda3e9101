package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var t0 = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

func at(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }

func mustSet(t testing.TB, list ...Rule) *Set {
	t.Helper()
	set, err := NewSet(list)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// step is one thing that happens to an Engine, and what must come of it.
type step struct {
	at      float64 // seconds
	hits    map[string]uint64
	of      uint64 // hits of the denominator, of the first rule in hits or of "r"
	samples map[string]float64
	want    string // events: "rule[key] state value", joined by "; "
}

func play(t *testing.T, set *Set, steps []step) {
	t.Helper()
	e := NewEngine("enketo", set, Options{})
	for _, s := range steps {
		o := &Observation{App: "enketo", At: at(s.at)}
		if s.of > 0 {
			o.Hits = append(o.Hits, Hit{Rule: "r", Of: true, Count: s.of, First: o.At})
		}
		for key, n := range s.hits {
			name, dyno, _ := strings.Cut(key, "/")
			o.Hits = append(o.Hits, Hit{Rule: name, Labels: Labels{Dyno: dyno}, Count: n, First: o.At})
		}
		for key, v := range s.samples {
			name, addon, _ := strings.Cut(key, "/")
			o.Samples = append(o.Samples, Sample{Name: name, Labels: Labels{Addon: addon}, Value: v, At: o.At})
		}
		if got := render(e.Observe(nil, o)); got != s.want {
			t.Errorf("at %gs: got %q, want %q", s.at, got, s.want)
		}
	}
}

func render(events []Event) string {
	var out []string
	for _, ev := range events {
		key := ""
		if k := ev.Labels.String(); k != "" {
			key = "[" + k + "]"
		}
		out = append(out, fmt.Sprintf("%s%s %s %.4g @%s", ev.Rule, key, ev.State, ev.Value, ev.At.Sub(t0)))
	}
	return strings.Join(out, "; ")
}

func TestCountInWindow(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Code: []string{"H12"}}, Count: 3, Window: time.Minute})
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"r": 1}},
		{at: 10, hits: map[string]uint64{"r": 1}},
		{at: 20, hits: map[string]uint64{"r": 1}, want: "r firing 3 @20s"},
		{at: 59.9},
		{at: 80, want: "r resolved 2 @1m0s"}, // when the first left, not when somebody looked
		{at: 85, hits: map[string]uint64{"r": 5}, want: "r firing 5 @1m25s"},
	})
}

func TestWindowEdgeIsExclusive(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Code: []string{"H12"}}, Count: 2, Window: time.Minute})
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"r": 1}},
		{at: 60, hits: map[string]uint64{"r": 1}}, // (0, 60] has one
		{at: 119.999, hits: map[string]uint64{"r": 1}, want: "r firing 2 @1m59.999s"},
	})
}

func TestForMustHoldThroughout(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Code: []string{"H12"}}, Count: 1, Window: 12 * time.Second, For: 15 * time.Second})
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"r": 1}}, // holds until 12
		{at: 13, hits: map[string]uint64{"r": 1}},
		{at: 20, hits: map[string]uint64{"r": 1}}, // holds since 13
		{at: 27.9},
		{at: 29, want: "r firing 1 @28s"},
		{at: 40, want: "r resolved 0 @32s"},
	})
}

func TestKeepFiringForBridgesHoles(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Code: []string{"R14"}}, Count: 1, Window: 12 * time.Second, KeepFiringFor: 30 * time.Second})
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"r": 1}, want: "r firing 1 @0s"},
		{at: 35, hits: map[string]uint64{"r": 1}}, // ceased at 12, back before 42
		{at: 76.9},
		{at: 77, want: "r resolved 0 @1m17s"},
	})
}

func TestKeysAreSeparate(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Code: []string{"R14"}}, Count: 2, Window: time.Minute, By: []string{"dyno"}})
	play(t, set, []step{
		{at: 0, hits: map[string]uint64{"r/web.1": 1}},
		{at: 1, hits: map[string]uint64{"r/web.2": 1}},
		{at: 2, hits: map[string]uint64{"r/web.2": 1}, want: "r[web.2] firing 2 @2s"},
		{at: 3, hits: map[string]uint64{"r/web.1": 1}, want: "r[web.1] firing 2 @3s"},
		{at: 100, want: "r[web.1] resolved 1 @1m0s; r[web.2] resolved 1 @1m1s"},
	})
}

func TestRatioNeedsCountShareAndVolume(t *testing.T) {
	set := mustSet(t, Rule{
		Name: "r", Match: &Match{Code: []string{"H12"}}, Count: 5, Window: time.Minute,
		Of: &Match{Kind: []string{"router"}}, Ratio: 0.1, Volume: 40,
	})
	play(t, set, []step{
		{at: 0, of: 100, hits: map[string]uint64{"r": 5}}, // 5 %
		{at: 30, of: 4, hits: map[string]uint64{"r": 4}},  // 9 of 104
		{at: 60, want: ""}, // 4 of 4, but too few
		{at: 61, of: 40, hits: map[string]uint64{"r": 1}, want: "r firing 5 @1m1s"}, // 5 of 44
		{at: 62, of: 10, want: "r resolved 5 @1m2s"},                                // 5 of 54
		{at: 200},
	})
}

func TestShareRisesWhenTrafficLeavesTheWindow(t *testing.T) {
	set := mustSet(t, Rule{
		Name: "r", Match: &Match{Code: []string{"H12"}}, Count: 2, Window: time.Minute,
		Of: &Match{Kind: []string{"router"}}, Ratio: 0.5,
	})
	play(t, set, []step{
		{at: 0, of: 100},
		{at: 20, of: 2, hits: map[string]uint64{"r": 2}},
		{at: 70, want: "r firing 2 @1m0s"}, // the 100 are gone
	})
	play(t, set, []step{
		{at: 0, of: 100},
		{at: 10, of: 1, hits: map[string]uint64{"r": 1}},
		{at: 20, of: 1, hits: map[string]uint64{"r": 1}}, // only now are they enough for the share to matter
		{at: 65, want: "r firing 2 @1m0s"},
	})
	play(t, set, []step{
		{at: 30, of: 10, hits: map[string]uint64{"r": 2}},
		{at: 10, of: 100}, // came late, and leaves first
		{at: 50, of: 58, hits: map[string]uint64{"r": 58}},
		{at: 75, want: "r firing 60 @1m10s"},
	})
}

// What matches would be a share of makes a state too, and that goes when it is out of the window.
func TestRequestsWithoutAMatchAreForgotten(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, Rule{
		Name: "r", Match: &Match{Code: []string{"H12"}}, Window: time.Minute, Of: &Match{Kind: []string{"router"}}, Ratio: 0.5, By: []string{"dyno"},
	}), Options{})
	for i := range 3 {
		e.Observe(nil, &Observation{At: at(float64(i)), Hits: []Hit{{Rule: "r", Of: true, Labels: Labels{Dyno: fmt.Sprint("web.", i)}, Count: 1}}})
	}
	if e.keys != 3 {
		t.Errorf("%d keys, want 3", e.keys)
	}
	e.Tick(nil, at(100))
	if e.keys != 0 || len(e.queue) != 0 {
		t.Errorf("%d keys and %d deadlines are left", e.keys, len(e.queue))
	}
}

func TestMetricNeedsSamplesInARow(t *testing.T) {
	set := mustSet(t, Rule{Name: "high", Metric: "redis_connections_ratio", Above: new(0.8), Samples: 2, KeepFiringFor: time.Minute})
	limit := func(v float64) map[string]float64 {
		return map[string]float64{"redis_connections_limit/a": 40, "redis_connections/a": v}
	}
	e := NewEngine("enketo", set, Options{})
	var got []string
	for i, v := range []float64{32, 20, 32, 33, 31} {
		o := &Observation{At: at(float64(60 * i))}
		for _, name := range []string{"redis_connections_limit/a", "redis_connections/a"} {
			metric, addon, _ := strings.Cut(name, "/")
			o.Samples = append(o.Samples, Sample{Name: metric, Labels: Labels{Addon: addon}, Value: limit(v)[name], At: o.At})
		}
		got = append(got, render(e.Observe(nil, o)))
	}
	got = append(got, render(e.Tick(nil, at(400))))
	// 32 of 40 is at the bound, and the bound counts as above.
	want := []string{"", "", "", "high[a] firing 0.825 @3m0s", "", "high[a] resolved 0.775 @5m0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConfiguredLimitWhereTheLineHasNone(t *testing.T) {
	set := mustSet(t, Builtin()...)
	e := NewEngine("enketo", set, Options{Limit: func(_, attachment string) float64 {
		if attachment == "REDIS" {
			return 18
		}
		return 0
	}})
	o := &Observation{At: t0, Samples: []Sample{
		{Name: "redis_connections", Labels: Labels{Addon: "redis-a-1"}, Source: "REDIS", Value: 18, At: t0},
		{Name: "redis_connections", Labels: Labels{Addon: "redis-b-2"}, Source: "OTHER", Value: 9000, At: t0},
	}}
	events := e.Observe(nil, o)
	if got, want := render(events), "redis-connections-exhausted[redis-a-1] firing 1 @0s"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if got, want := events[0].Summary, "Redis REDIS is out of connections (100% of its limit)"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
}

func TestStaleIsUnknownNotFine(t *testing.T) {
	set := mustSet(t, Rule{Name: "high", Metric: "redis_connections", Above: new(30.0)})
	sample := func(sec, sampled, v float64) *Observation {
		return &Observation{At: at(sec), Samples: []Sample{{Name: "redis_connections", Labels: Labels{Addon: "a"}, Value: v, At: at(sampled)}}}
	}
	e := NewEngine("enketo", set, Options{})
	f := func(got []Event, want string) {
		t.Helper()
		if render(got) != want {
			t.Errorf("got %q, want %q", render(got), want)
		}
	}
	f(e.Observe(nil, sample(0, 0, 38)), "high[a] firing 38 @0s")
	f(e.Tick(nil, at(1800)), "") // silent for half an hour: nobody knows
	f(e.Observe(nil, sample(1800, 1800, 38)), "")
	f(e.Observe(nil, sample(1860, 1790, 1)), "") // older than the held one
	f(e.Observe(nil, sample(1861, 9999, 1)), "high[a] resolved 1 @31m1s")
	if _, late := e.Dropped(); late != 1 {
		t.Errorf("late %d, want 1", late)
	}
	f(e.Observe(nil, sample(2000, 2000, 38)), "high[a] firing 38 @33m20s")
	// Nothing more comes at all: after the stale age (10 min at most) and an hour it is given up.
	f(e.Tick(nil, at(2000+600+3599)), "")
	f(e.Tick(nil, at(9000)), "high[a] resolved 38 @1h43m20s")
}

func TestOldSampleJudgesNothing(t *testing.T) {
	set := mustSet(t, Rule{Name: "high", Metric: "redis_connections", Above: new(30.0)})
	e := NewEngine("enketo", set, Options{})
	o := &Observation{At: at(600), Samples: []Sample{{Name: "redis_connections", Labels: Labels{Addon: "a"}, Value: 38, At: t0}}}
	if got := e.Observe(nil, o); len(got) != 0 {
		t.Errorf("a sample ten minutes old fired: %s", render(got))
	}
}

func TestMemoryFigureIsTheDynosNewest(t *testing.T) {
	set := mustSet(t, Builtin()...)
	mem := func(sec, mb float64, dyno string) *Observation {
		return &Observation{At: at(sec), Samples: []Sample{
			{Name: "dyno_memory_bytes", Labels: Labels{Dyno: dyno}, Value: mb * (1 << 20), At: at(sec)},
			{Name: "dyno_memory_ratio", Labels: Labels{Dyno: dyno}, Value: mb / 512, At: at(sec)},
		}}
	}
	r14 := func(sec float64, dyno string) *Observation {
		return &Observation{At: at(sec), Hits: []Hit{{Rule: "memory-quota-exceeded", Labels: Labels{Dyno: dyno}, Count: 1, First: at(sec)}}}
	}
	e := NewEngine("enketo", set, Options{})
	e.Observe(nil, mem(0, 600, "web.1"))
	e.Observe(nil, mem(5, 870, "web.1"))
	e.Observe(nil, mem(6, 100, "web.2"))
	f := func(o *Observation, want string) {
		t.Helper()
		events := e.Observe(nil, o)
		if len(events) != 1 || events[0].Summary != want {
			t.Errorf("got %+v, want summary %q", events, want)
		}
	}
	f(r14(6, "web.1"), "web.1 is over its memory quota (870MB, 170%)")
	f(r14(40, "web.2"), "web.2 is over its memory quota") // 34 s old: not known any more
}

// Each one-off dyno has a name of its own. What they said is let go, or the Engine would be blind one
// day.
func TestSeriesAreLetGo(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, Builtin()...), Options{})
	now := t0
	for i := range 2 * maxSeries {
		now = now.Add(5 * time.Second)
		e.Observe(nil, &Observation{At: now, Samples: []Sample{
			{Name: "dyno_memory_bytes", Labels: Labels{Dyno: fmt.Sprintf("scheduler.%d", i)}, Value: 1, At: now},
		}})
	}
	full := func(metric string, v float64) Sample {
		return Sample{Name: metric, Labels: Labels{Addon: "a"}, Value: v, At: now}
	}
	events := e.Observe(nil, &Observation{At: now, Samples: []Sample{full("redis_connections_limit", 38), full("redis_connections", 38)}})
	if len(events) != 1 || len(e.series) > maxSeries {
		t.Errorf("%d events, %d series", len(events), len(e.series))
	}
}

// What came after a number in its line is let go, and comes again.
func TestSeriesThatWasLetGoBeginsAnew(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, Builtin()...), Options{})
	now, key := t0, seriesKey{"redis_memory_bytes", Labels{Addon: "a"}}
	number := func(metric string) Sample { return Sample{Name: metric, Labels: key.labels, Value: 1, At: now} }
	e.Observe(nil, &Observation{At: now, Samples: []Sample{number("redis_connections"), number(key.metric)}})
	for i := range maxSeries {
		now = now.Add(time.Second)
		dyno := Sample{Name: "dyno_memory_bytes", Labels: Labels{Dyno: fmt.Sprintf("run.%d", i)}, Value: 1, At: now}
		e.Observe(nil, &Observation{At: now, Samples: []Sample{number("redis_connections"), dyno}})
	}
	if e.series[key] != nil {
		t.Fatal("the series is still held")
	}
	e.Observe(nil, &Observation{At: now.Add(time.Second), Samples: []Sample{number("redis_connections"), number(key.metric)}})
	if e.series[key] == nil {
		t.Error("the sample went to a series that was let go")
	}
}
