package rules

import (
	"math"
	"testing"
	"time"
)

// 2 % a minute from 40 %, every sample of a minute 1 % beside it: in sight long before the rule fires.
func TestOutlooks(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, memoryForecast), Options{})
	memory(e, 0, 660, func(s float64) float64 { return 0.4 + s/60*0.02 + 0.001*math.Sin(s) })
	e.Observe(nil, ratio(640, "web.2", 0.5)) // one sample says nothing
	f := func(metric string, now float64, want int) []Outlook {
		t.Helper()
		got := e.Outlooks(metric, at(now))
		if len(got) != want {
			t.Fatalf("%s at %gs: %+v, want %d", metric, now, got, want)
		}
		return got
	}
	f("dyno_load_ratio", 660, 0)
	one := f("dyno_memory_ratio", 660, 1)[0]
	if off := one.Reach.Sub(at(1800)).Abs(); one.Labels.Dyno != "web.1" || one.Bound != 1 || off > 30*time.Second {
		t.Errorf("got %+v, which is %s beside 1800s", one, off)
	}
	if want := 0.4 + 640.0/60*0.02; !one.At.Equal(at(640)) || math.Abs(one.Value-want) > 0.005 {
		t.Errorf("the line begins at %g at %s, want %g at 640s", one.Value, one.At, want)
	}
	f("dyno_memory_ratio", 640+DefaultStale.Min.Seconds(), 0) // nobody knows any more

	falling := memoryForecast
	falling.Forecast = &Forecast{Metric: "dyno_memory_ratio", Below: new(0.2), Within: 10 * time.Minute}
	e = NewEngine("enketo", mustSet(t, falling), Options{})
	memory(e, 0, 660, func(s float64) float64 { return 0.9 - s/60*0.02 })
	one = f("dyno_memory_ratio", 660, 1)[0]
	if want := 0.9 - 640.0/60*0.02; math.Abs(one.Value-want) > 0.001 || one.Bound != 0.2 || one.Reach.Sub(at(2100)).Abs() > time.Second {
		t.Errorf("of a fall: %+v", one)
	}
}
