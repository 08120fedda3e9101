package rules

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// word is a delivery in which dynos are heard, at so many minutes.
func word(min float64, dynos ...string) *Observation {
	return &Observation{App: "enketo", At: at(60 * min), Seen: dynos}
}

func silent(of string) Rule { return Rule{Name: "silent", Silent: &Silent{Of: of}} }

// listen gives an Engine deliveries, lets time pass and returns the Events.
func listen(t *testing.T, r Rule, until float64, all ...*Observation) (e *Engine, events []Event) {
	t.Helper()
	e = NewEngine("enketo", mustSet(t, r), Options{})
	for _, o := range all {
		events = e.Observe(events, o)
	}
	return e, e.Tick(events, at(60*until))
}

// every is a word each so many minutes, from 0 on.
func every(step, until float64, dynos ...string) (out []*Observation) {
	for min := 0.0; min <= until; min += step {
		out = append(out, word(min, dynos...))
	}
	return out
}

func TestSilentApp(t *testing.T) {
	f := func(name, want string, until float64, all ...*Observation) {
		t.Helper()
		if _, events := listen(t, silent("app"), until, all...); render(events) != want {
			t.Errorf("%s: got %q, want %q", name, render(events), want)
		}
	}
	f("as long as the floor", "silent firing 900 @24h15m0s", day+60, every(1, day)...)
	f("by its own rhythm", "silent firing 1800 @24h30m0s", day+60, every(10, day)...)
	f("heard again", "silent firing 900 @24h15m0s; silent resolved 0 @24h20m0s", day+30, append(every(1, day), word(day+20))...)
	// That gap is a day's rhythm now: three times 20 minutes.
	f("learnt", "silent firing 900 @24h15m0s; silent resolved 0 @24h20m0s; silent firing 3600 @25h20m0s", day+90, append(every(1, day), word(day+20))...)
	f("no history", "", 600, every(1, 14)...)
	f("one word", "", 600, word(0))
	f("nothing more for a week", "silent firing 900 @24h15m0s; silent resolved 6.048e+05 @192h0m0s", 9*day, every(1, day)...)
	// On the first day a night may be to come: who paused before is not missed, but for ever.
	f("first day, steady", "silent firing 1800 @1h0m0s", 100, every(1, 30)...)
	f("first day, a pause", "silent firing 1.296e+05 @36h30m0s", 3*day, append(every(1, 28), word(30))...)
	// Without dynos it may say what it likes: that is no rhythm.
	stopped := append(every(1, 30, "web.1"), &Observation{At: at(1801), Notes: []Note{{Kind: NoteState, Process: "web.1", To: "down"}}}, word(90), word(150))
	f("all stopped", "", 600, stopped...)
	for min := 160.0; min <= 200; min++ {
		stopped = append(stopped, word(min, "web.1"))
	}
	f("and started", "silent firing 1800 @3h50m0s", 240, stopped...)
	f("one process stopped", "silent firing 1800 @1h0m0s", 61, append(every(1, 29, "web.1", "worker.1"),
		&Observation{At: at(1800), Notes: []Note{{Kind: NoteScaled, Process: "worker"}}})...)
	// Two dynos whose names end alike are two.
	f("another of that number", "silent firing 1800 @1h0m0s", 61, append(every(1, 29, "web.1"), word(29, "worker.1"),
		&Observation{At: at(1800), Notes: []Note{{Kind: NoteState, Process: "web.1", To: "down"}}})...)
	// The large gap of the second hour is forgotten a day later.
	two := append(every(10, 60), every(10, day+120)[9:]...)
	f("forgotten", "silent firing 1800 @26h30m0s", 28*60, two...)
	f("remembered", "silent firing 5400 @26h20m0s", 28*60, two[:len(two)-7]...)
}

// day is in minutes.
const day = 24 * 60.0

func TestSilentSummary(t *testing.T) {
	_, events := listen(t, silent("app"), day+20, every(1, day)...)
	if len(events) != 1 || events[0].Summary != "silent: nothing from the app for 15m" || events[0].Bound != 900 {
		t.Errorf("got %+v", events)
	}
}

func TestSilentProcess(t *testing.T) {
	web := func(from, to float64, notes ...Note) (out []*Observation) {
		for min := from; min <= to; min++ {
			out = append(out, word(min, "web.1", "web.2"))
		}
		out[len(out)-1].Notes = notes
		return out
	}
	f := func(name, want string, all ...*Observation) {
		t.Helper()
		if _, events := listen(t, silent("process"), 101, all...); render(events) != want {
			t.Errorf("%s: got %q, want %q", name, render(events), want)
		}
	}
	fires := "silent[web] firing 1800 @1h0m0s"
	state := func(dyno, to string) Note { return Note{Kind: NoteState, Process: dyno, From: "up", To: to} }
	f("all of them", fires, web(0, 30)...)
	f("one speaks", "", append(web(0, 30), word(40, "web.1"), word(50, "web.1"), word(60, "web.1"), word(70, "web.1"), word(80, "web.1"), word(90, "web.1"))...)
	f("scaled to 0", "", web(0, 30, Note{Kind: NoteScaled, Process: "web"})...)
	f("the other scaled to 0", fires, web(0, 30, Note{Kind: NoteScaled, Process: "worker"})...)
	f("scaled to 1", fires, web(0, 30, Note{Kind: NoteScaled, Process: "web", Quantity: 1})...)
	f("stopped", "", web(0, 30, state("web.1", "down"), state("web.2", "down"))...)
	f("last words", "", append(web(0, 30, state("web.1", "down"), state("web.2", "down")), word(30.5, "web.1"))...)
	f("up in spite of it", "silent[web] firing 1800 @1h21m0s", append(web(0, 30, state("web.1", "down"), state("web.2", "down")), word(51, "web.1"))...)
	f("one stopped", fires, web(0, 30, state("web.1", "down"))...)
	f("crashed", fires, web(0, 30, state("web.1", "crashed"), state("web.2", "crashed"))...)
	f("cycled", fires, web(0, 30, state("web.1", "down"), state("web.2", "down"), state("web.1", "starting"))...)
	f("scaled up again", "silent[web] firing 1800 @1h30m0s", append(web(0, 30, Note{Kind: NoteScaled, Process: "web"}),
		&Observation{At: at(3600), Seen: []string{"web.1"}, Notes: []Note{state("web.1", "starting")}})...)
	f("one-off dynos", "", append(every(1, 30, "run.1234", "scheduler.7", "release.1"), word(30, "web"))...)
}

func TestSilentAddon(t *testing.T) {
	sample := func(min float64, addons ...string) *Observation {
		o := word(min)
		for _, a := range append(addons, "") {
			for _, name := range []string{"redis_connections_limit", "redis_connections"} {
				o.Samples = append(o.Samples, Sample{Name: name, Labels: Labels{Addon: a}, Value: 1, At: o.At})
			}
		}
		return o
	}
	var all []*Observation
	for min := range 130 {
		if min < 60 {
			all = append(all, sample(float64(min), "a", "b"))
		} else {
			all = append(all, sample(float64(min), "a"))
		}
	}
	e, events := listen(t, silent("addon"), 130, all...)
	if render(events) != "silent[b] firing 1800 @1h29m0s" || e.keys != 2 {
		t.Errorf("got %q and %d keys", render(events), e.keys)
	}
}

// Any line is a word of the app's, also one that no rule asks for.
func TestEveryLineIsAWord(t *testing.T) {
	line := frames("heroku router at=info method=GET path=/ dyno=web.1 status=200")
	if o := observe(t, mustSet(t, silent("app")), line); o == nil {
		t.Error("nobody heard it")
	}
	if o := observe(t, mustSet(t, silent("app")), nil); o != nil {
		t.Errorf("an empty delivery said %+v", o)
	}
}

// So is each number of an add-on's, also one that no rule is about.
func TestEveryNumberIsAWord(t *testing.T) {
	for _, line := range []string{
		"app heroku-postgres source=DATABASE addon=a sample#db_size=1024bytes",
		"app heroku-redis source=REDIS addon=a sample#evicted-keys=0",
	} {
		e := NewEngine("enketo", mustSet(t, silent("addon")), Options{})
		if o := observe(t, e.set, frames(line)); o == nil {
			t.Errorf("%s: nobody heard it", line)
		} else if e.Observe(nil, o); e.states[0][Labels{Addon: "a"}] == nil {
			t.Errorf("%s: nobody waits for the next", line)
		}
	}
}

// While nobody listened nothing was silent, and whoever begins to listen waits anew: a drain that
// comes back is not heard at once.
func TestSilenceDoesNotCountWhileDown(t *testing.T) {
	f := func(name, want string, saved, restored float64, words ...*Observation) {
		t.Helper()
		e, _ := listen(t, silent("app"), saved, words...)
		snapshot, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		again := NewEngine("enketo", mustSet(t, silent("app")), Options{})
		events, err := again.Restore(nil, snapshot, at(60*restored))
		if err != nil {
			t.Fatal(err)
		}
		if got := render(again.Tick(events, at(60*(restored+60)))); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	f("14 minutes had passed", "silent firing 900 @50h15m0s", day+14, 50*60, every(1, day)...)
	f("a crash: saved long before", "silent firing 900 @50h15m0s", day, 50*60, every(1, day)...)
	f("a moment", "silent firing 900 @24h29m30s", day+14, day+14.5, every(1, day)...)
	f("told before", "", day+20, 50*60, every(1, day)...) // it goes on, and isn't declared over
	f("hardly known", "", 2, 50*60, every(1, 2)...)       // what passed meanwhile is no history
}

// The rhythm against a list of all words.
func TestSilentAgainstPlainly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Silent{Of: "app", Factor: rapid.Float64Range(1, 5).Draw(t, "factor"), Floor: 10 * time.Minute, Ceiling: 5 * time.Hour}
		set, err := NewSet([]Rule{{Name: "silent", Silent: &c}})
		if err != nil {
			t.Fatal(err)
		}
		e := NewEngine("enketo", set, Options{})
		var words []time.Time
		now, fires := t0, false
		hear := func(events []Event) {
			for _, ev := range events {
				fires = ev.State == Firing
			}
		}
		plainly := func() bool {
			last := words[len(words)-1]
			var most time.Duration
			hour := last.Truncate(time.Hour)
			for i := 1; i < len(words); i++ {
				if words[i].Truncate(time.Hour).After(hour.Add(-24 * time.Hour)) {
					most = max(most, words[i].Sub(words[i-1]))
				}
			}
			allowed := max(c.Floor, min(c.Ceiling, time.Duration(c.Factor*float64(most))))
			if last.Sub(words[0]) < 24*time.Hour {
				if allowed = c.Ceiling; most <= time.Minute {
					allowed = 20 * time.Minute
				}
			}
			return last.Sub(words[0]) >= c.Floor && now.Sub(last) >= allowed && now.Sub(last) < 7*24*time.Hour
		}
		for i := range rapid.IntRange(1, 120).Draw(t, "n") {
			most := rapid.SampledFrom([]int{1, 10, 60, 600, 12_000}).Draw(t, "most")
			now = now.Add(time.Duration(rapid.IntRange(1, 60*most).Draw(t, "gap")) * time.Second)
			if rapid.Bool().Draw(t, "word") {
				hear(e.Observe(nil, &Observation{ID: fmt.Sprint(i), At: now}))
				if n := len(words); n > 0 && now.Sub(words[n-1]) >= 7*24*time.Hour {
					words = nil // a week of silence: all is forgotten
				}
				words = append(words, now)
			} else {
				hear(e.Tick(nil, now))
			}
			if len(words) == 0 {
				continue
			}
			if want := plainly(); fires != want {
				t.Fatalf("at %v, last heard at %v: fires %v, want %v", now.Sub(t0), words[len(words)-1].Sub(t0), fires, want)
			}
		}
	})
}

// A delivery moves no deadline as long as all is well.
func TestListeningCostsNoDeadlines(t *testing.T) {
	e, _ := listen(t, silent("app"), 30, every(1, 30)...)
	before := e.queue[0].nanos
	e.Observe(nil, word(31))
	if e.queue[0].nanos != before {
		t.Error("the deadline moved")
	}
	o := word(31, "web.1", "web.2")
	e.Observe(nil, o)
	if n := testing.AllocsPerRun(100, func() { o.At = o.At.Add(time.Second); e.Observe(nil, o) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
