package rules

import (
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
