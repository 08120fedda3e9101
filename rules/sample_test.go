package rules

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// What an Engine remembers of a series, so as not to look it up, must not outlive what it is about.

func TestStateThatWasDroppedIsMadeAnew(t *testing.T) {
	set := mustSet(t, Rule{Name: "high", Metric: "redis_connections", Above: new(30.0)})
	e := NewEngine("enketo", set, Options{})
	sample := func(s, v float64) []Event {
		return e.Observe(nil, &Observation{App: "enketo", At: at(s), Samples: []Sample{
			{Name: "redis_connections", Labels: Labels{Addon: "a"}, Value: v, At: at(s)},
		}})
	}
	sample(0, 1)
	e.Tick(nil, t0.Add(time.Hour)) // stale: nothing is worth keeping
	if e.keys != 0 {
		t.Fatalf("%d states are kept", e.keys)
	}
	if got := render(sample(3601, 40)); got == "" || e.keys != 1 || len(e.states[0]) != 1 {
		t.Errorf("events %q with %d states", got, e.keys)
	}
	if got := render(e.Tick(nil, t0.Add(9*time.Hour))); got == "" {
		t.Error("the new state has no end")
	}
}

func TestSamplesAreHeldAgainstTheRulesInUse(t *testing.T) {
	rule := func(name string, above float64) Rule {
		return Rule{Name: name, Metric: "redis_connections", Above: new(above)}
	}
	e := NewEngine("enketo", mustSet(t, rule("high", 30)), Options{})
	sample := func(s, v float64) string {
		return render(e.Observe(nil, &Observation{App: "enketo", At: at(s), Samples: []Sample{
			{Name: "redis_connections", Labels: Labels{Addon: "a"}, Value: v, At: at(s)},
		}}))
	}
	if got := sample(0, 20); got != "" {
		t.Errorf("events %q", got)
	}
	e.Replace(nil, mustSet(t, rule("higher", 50), rule("low", 10)))
	if got, want := sample(60, 40), "low[a] firing 40 @1m0s"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

// A sample without a time of its own, or from a clock that is ahead, is one of now.
func TestSampleOfAnotherTimeIsOfNow(t *testing.T) {
	for _, own := range []time.Time{{}, at(3600)} {
		e := NewEngine("enketo", mustSet(t, Rule{Name: "high", Metric: "redis_connections", Above: new(30.0)}), Options{})
		events := e.Observe(nil, &Observation{App: "enketo", At: at(60), Samples: []Sample{{Name: "redis_connections", Labels: Labels{Addon: "a"}, Value: 40, At: own}}})
		if got, want := render(events), "high[a] firing 40 @1m0s"; got != want {
			t.Errorf("of %v: events %q, want %q", own, got, want)
		}
		for _, s := range e.series {
			if !s.at.Equal(at(60)) {
				t.Errorf("of %v: held as of %v", own, s.at)
			}
		}
	}
}

// Series whose names end alike are held in one place: each must stay what it is.
func TestSeriesAreToldApart(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, Rule{Name: "high", Metric: "redis_connections", Above: new(30.0)}), Options{})
	var keys []seriesKey
	for i := range 40 {
		name := fmt.Sprintf("%d-name", i)
		for _, labels := range []Labels{{Addon: name}, {Dyno: name}, {Process: name}, {Dyno: name, Addon: "other"}, {Addon: name, Field: name}} {
			for _, metric := range []string{"redis_connections", "redis_connections_limit", "dyno_memory_ratio"} {
				keys = append(keys, seriesKey{metric, labels})
			}
		}
	}
	want := make(map[seriesKey]float64)
	for round := range 3 {
		o := &Observation{App: "enketo", At: at(float64(60 * round))}
		for i, key := range keys {
			want[key] = float64(1000*round + i)
			o.Samples = append(o.Samples, Sample{Name: key.metric, Labels: key.labels, Value: want[key], At: o.At})
		}
		e.Observe(nil, o)
		got := make(map[seriesKey]float64)
		for key, s := range e.series {
			got[key] = s.value
		}
		if !maps.Equal(want, got) {
			t.Fatalf("round %d: %v", round, got)
		}
	}
}

func TestSeriesThatWasSweptIsMadeAnew(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, Rule{Name: "high", Metric: "dyno_memory_ratio", Above: new(1.0)}), Options{})
	sample := func(s float64, dynos ...string) {
		o := &Observation{App: "enketo", At: at(s)}
		for _, dyno := range dynos {
			o.Samples = append(o.Samples, Sample{Name: "dyno_memory_ratio", Labels: Labels{Dyno: dyno}, Value: 0.5, At: o.At})
		}
		e.Observe(nil, o)
	}
	var all []string
	for i := range maxSeries - 1 {
		all = append(all, fmt.Sprintf("run.%d", i))
	}
	sample(0, append(all, "web.1")...)
	sample(3600, "web.2") // finds no room but that of those which are stale
	sample(3600, "web.1")
	for _, dyno := range []string{"web.1", "web.2"} {
		if e.series[seriesKey{"dyno_memory_ratio", Labels{Dyno: dyno}}] == nil {
			t.Errorf("what %s says goes to a series that was let go", dyno)
		}
	}
	if len(e.series) != 2 {
		t.Errorf("there are %d series", len(e.series))
	}
}
