package rules

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var memoryForecast = Rule{
	Name: "leak", Forecast: &Forecast{Metric: "dyno_memory_ratio", Above: new(1.0), Within: 15 * time.Minute},
	Summary: `{{.Dyno}}: R14 in {{.Eta}} ({{percent .Value}} of {{percent .Bound}})`,
}

// ratio is one sample of a dyno's memory.
func ratio(sec float64, dyno string, v float64) *Observation {
	return &Observation{App: "enketo", At: at(sec), Samples: []Sample{{Name: "dyno_memory_ratio", Labels: Labels{Dyno: dyno}, Value: v, At: at(sec)}}}
}

// memory gives the Engine a sample every 20 s and returns the Events.
func memory(e *Engine, from, to float64, value func(sec float64) float64) (out []Event) {
	for sec := from; sec < to; sec += 20 {
		out = e.Observe(out, ratio(sec, "web.1", value(sec)))
	}
	return out
}

func TestForecast(t *testing.T) {
	f := func(name, want string, to float64, value func(sec float64) float64) {
		t.Helper()
		e := NewEngine("enketo", mustSet(t, memoryForecast), Options{})
		if got := render(memory(e, 0, to, value)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	// 2 % a minute from 40 %: 100 % after 30 minutes, in sight after 15.
	f("a leak", "leak[web.1] firing 0.6933 @15m0s", 1500, func(s float64) float64 { return 0.4 + s/60*0.02 })
	f("too slow", "", 3600, func(s float64) float64 { return 0.4 + s/60*0.005 })
	f("flat near the bound", "", 7200, func(s float64) float64 { return 0.99 + 0.004*math.Sin(s) })
	f("falling", "", 1200, func(s float64) float64 { return 0.99 - s/60*0.02 })
	f("warming up", "", 7200, func(s float64) float64 { return 0.3 + 0.45*(1-math.Exp(-s/300)) })
	f("a jump", "", 3600, func(s float64) float64 {
		if s < 1800 {
			return 0.3
		}
		return 0.9
	})
	f("over already", "", 3600, func(s float64) float64 { return 1 + s/60*0.02 })
	// What was in sight ends where it is reached: then it is no forecast.
	f("reached", "leak[web.1] firing 0.6933 @15m0s; leak[web.1] resolved 1 @30m0s", 3600, func(s float64) float64 { return 0.4 + s/60*0.02 })
	// Every seventh sample is an outlier.
	f("outliers", "leak[web.1] firing 0.6933 @15m0s", 1500, func(s float64) float64 {
		if int(s/20)%7 == 3 {
			return 5
		}
		return 0.4 + s/60*0.02
	})
}

func TestForecastSaysWhen(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, memoryForecast), Options{})
	events := memory(e, 0, 920, func(s float64) float64 { return 0.4 + s/60*0.02 })
	if len(events) != 1 || events[0].Summary != "web.1: R14 in 15m (69% of 100%)" || events[0].Bound != 1 {
		t.Errorf("got %+v", events)
	}
}

func TestForecastOfAFall(t *testing.T) {
	r := memoryForecast
	r.Forecast = &Forecast{Metric: "redis_hit_ratio", Below: new(0.2), Within: 10 * time.Minute}
	e := NewEngine("enketo", mustSet(t, r), Options{})
	var events []Event
	for min := range 30 {
		o := &Observation{At: at(float64(60 * min)), Samples: []Sample{{Name: "redis_hit_ratio", Labels: Labels{Addon: "a"}, Value: 0.9 - 0.02*float64(min), At: at(float64(60 * min))}}}
		events = e.Observe(events, o)
	}
	if got, want := render(events), "leak[a] firing 0.42 @25m0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A hole in the log makes the figure stale, and costs no point.
func TestForecastOverAHole(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, memoryForecast), Options{})
	leak := func(s float64) float64 { return 0.4 + s/60*0.02 }
	events := append(memory(e, 0, 500, leak), memory(e, 800, 920, leak)...)
	if got := render(events); got != "leak[web.1] firing 0.6933 @15m0s" {
		t.Errorf("got %q", got)
	}
}

func TestForecastTakesNothingFromBeforeTheRestart(t *testing.T) {
	trend := trend{Forecast: memoryForecast.Forecast.withDefaults()}
	trend.reset(at(60))
	trend.add(at(59), 0.9, at(600))
	trend.add(at(60), 0.1, at(600))
	if len(trend.Points) != 1 || trend.Points[0].Value != 0.1 {
		t.Errorf("got %+v", trend.Points)
	}
}

// What is in sight comes nearer without a word: the deadline is what tells, not the next sample.
func TestForecastComesNearByItself(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, memoryForecast), Options{})
	events := memory(e, 0, 900, func(s float64) float64 { return 0.4 + s/60*0.02 }) // the last at 880 s
	if got := render(e.Tick(events, at(1000))); got != "leak[web.1] firing 0.6933 @15m0s" {
		t.Errorf("got %q", got)
	}
	// Unknown is not fine: it goes on firing without samples, for an hour.
	stale := 880 + DefaultStale.Min.Seconds()
	if got, want := render(e.Tick(nil, at(10_000))), fmt.Sprintf("leak[web.1] resolved 0.6933 @%s", at(stale+3600).Sub(t0)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e.keys != 0 || len(e.queue) != 0 {
		t.Errorf("%d keys and %d deadlines are left", e.keys, len(e.queue))
	}
}

// A leak of 2 % a minute, and the dyno restarts after 14 minutes: the new one begins at 40 %.
func TestForecastBeginsAnewWithTheDyno(t *testing.T) {
	f := func(want string, notes ...Note) {
		t.Helper()
		e := NewEngine("enketo", mustSet(t, memoryForecast), Options{})
		events := memory(e, 0, 1000, func(s float64) float64 { return 0.4 + s/60*0.02 })
		events = e.Observe(events, &Observation{At: at(1000), Notes: notes})
		events = append(events, memory(e, 1020, 1200, func(s float64) float64 { return 0.9 })...)
		if got := render(events); got != want {
			t.Errorf("%+v: got %q, want %q", notes, got, want)
		}
	}
	fires := "leak[web.1] firing 0.6933 @15m0s"
	f(fires)
	f(fires, Note{Kind: NoteState, Process: "web.2", From: "up", To: "starting", At: at(1000)})
	f(fires, Note{Kind: NoteState, Process: "web.1", From: "starting", To: "up", At: at(1000)})
	f(fires+"; leak[web.1] resolved 0.7267 @16m40s", Note{Kind: NoteState, Process: "web.1", From: "up", To: "starting", At: at(1000)})
	f(fires+"; leak[web.1] resolved 0.7267 @16m40s", Note{Kind: NoteState, Process: "web.1", From: "up", To: "down"})
}

// The trend against the plainest reading of docs/RULES.md.
func TestForecastAgainstPlainly(t *testing.T) {
	type reading struct{ at, v float64 }
	plainly := func(all []reading, window float64) (held bool) {
		now := all[len(all)-1].at
		step := window / 30
		var points []reading // the last of each step
		for i, r := range all {
			last := i == len(all)-1 || math.Floor(all[i+1].at/step) > math.Floor(r.at/step)
			if last && r.at > now-window {
				points = append(points, r)
			}
		}
		n := len(points)
		if n < 8 || points[n-1].at-points[0].at < window/3 {
			return false
		}
		middle := func(list []float64) float64 {
			slices.Sort(list)
			return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
		}
		slope := func(points []reading) (float64, float64) {
			var all []float64
			up := 0.0
			for i := range points {
				for j := range i {
					s := (points[i].v - points[j].v) / (points[i].at - points[j].at)
					all = append(all, s)
					if s > 0 {
						up++
					}
				}
			}
			return middle(all), up / float64(len(all))
		}
		whole, up := slope(points)
		half, _ := slope(points[n/2:])
		s := min(whole, half)
		var level []float64
		for _, p := range points[n/2:] {
			level = append(level, p.v+s*(points[n-1].at-p.at))
		}
		left := 1 - middle(level)
		return up >= 0.8 && s > 0 && left > 0 && points[n-1].at+left/s-now <= 900
	}
	set := mustSet(t, memoryForecast)
	rapid.Check(t, func(t *rapid.T) {
		e := NewEngine("enketo", set, Options{})
		var all []reading
		slope := rapid.Float64Range(-0.01, 0.05).Draw(t, "slope")
		noise := rapid.Float64Range(0, 0.1).Draw(t, "noise")
		now, fires := 0.0, false
		for range rapid.IntRange(1, 120).Draw(t, "n") {
			now += float64(rapid.IntRange(1, 60).Draw(t, "gap"))
			v := 0.88 + slope*now/60 + noise*rapid.Float64Range(-1, 1).Draw(t, "v")
			all = append(all, reading{now, v})
			for _, ev := range e.Observe(nil, ratio(now, "web.1", v)) {
				fires = ev.State == Firing
			}
			want := plainly(all, 1800)
			if got := fires; got != want && !near(e, 1e-3) {
				t.Fatalf("at %gs: fires %v, want %v", now, got, want)
			}
		}
	})
}

// near says that the forecast is so close to its bound that rounding decides, in seconds.
func near(e *Engine, seconds float64) bool {
	for _, byKey := range e.states {
		for _, s := range byKey {
			t := s.sign.(*trend)
			if d := t.reach.Add(-t.Within).Sub(e.now).Seconds(); !t.reach.IsZero() && math.Abs(d) < seconds {
				return true
			}
		}
	}
	return false
}

func TestForecastDefaultSummary(t *testing.T) {
	r := memoryForecast
	r.Summary = ""
	e := NewEngine("enketo", mustSet(t, r), Options{})
	events := memory(e, 0, 920, func(s float64) float64 { return 0.4 + s/60*0.02 })
	if len(events) != 1 || !strings.Contains(events[0].Summary, "leak: dyno_memory_ratio") || !strings.HasSuffix(events[0].Summary, "will be 1 in 15m (web.1)") {
		t.Errorf("got %+v", events)
	}
}

// A figure that only jitters below its bound goes nowhere, though its slope is now and then steep.
func TestForecastOfNoise(t *testing.T) {
	set, fired := mustSet(t, memoryForecast), 0
	for seed := range uint64(40) {
		noise := rand.New(rand.NewPCG(seed, 1))
		e := NewEngine("enketo", set, Options{})
		fired += min(1, len(memory(e, 0, 3600, func(float64) float64 { return 0.92 + 0.08*noise.Float64() })))
	}
	if fired > 3 {
		t.Errorf("%d of 40 dynos were told of in an hour", fired)
	}
}
