package rules

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"drain/internal/latency"
	"drain/parser"
)

func TestTrafficOfADelivery(t *testing.T) {
	lines := frames(
		`heroku router at=info method=GET path="/" dyno=web.1 connect=0ms service=3ms status=200 bytes=1`,
		`heroku router at=info method=GET path="/" dyno=web.2 connect=0ms service=50ms status=302 bytes=1`,
		`heroku router at=info method=GET path="/ws" dyno=web.1 connect=0ms service=600000ms status=101 bytes=1`,
		`heroku router at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.1 connect=0ms service=30000ms status=503 bytes=0`,
		`heroku router at=error code=H10 desc="App crashed" method=GET path="/" dyno= connect= service= status=503 bytes=`,
		`heroku router Error H12 (Request timeout) -> GET old.example.com/ dyno=web.1`,
		`app web.1 at=info method=GET path="/" dyno=web.1 service=3ms status=200`,
	)
	set := mustSet(t, Rule{Name: "slow", Metric: "router_service_p95", Above: new(1.0)})
	o := observe(t, set, lines)
	times := func(ms ...int) (s latency.Times) {
		for _, v := range ms {
			s[latency.Bucket(uint64(v))]++
		}
		return s
	}
	want := []Traffic{
		{Dyno: "web.1", Status: [6]uint32{1: 1, 2: 1, 5: 1}, Service: times(3, 30000)},
		{Dyno: "web.2", Status: [6]uint32{3: 1}, Service: times(50)},
		{Status: [6]uint32{5: 1}},
	}
	if diff := cmp.Diff(want, o.Traffic); diff != "" {
		t.Error(diff)
	}
	b, err := json.Marshal(o)
	var back Observation
	if err != nil || json.Unmarshal(b, &back) != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o.Traffic, back.Traffic); diff != "" {
		t.Errorf("%s\n%s", b, diff)
	}
	if o := observe(t, mustSet(t), lines); o != nil && o.Traffic != nil {
		t.Errorf("nobody asked for %+v", o.Traffic)
	}
}

func TestTrafficDoesNotAllocate(t *testing.T) {
	lines := newTraffic(4).lines(2000, parser.KindOther)
	batch := mustSet(t, append(Builtin(), Rule{Name: "slow", Metric: "router_service_p95", Above: new(1.0)}, Rule{Name: "late", Metric: "log_delay", Above: new(60.0)})...).NewBatch()
	run := func() {
		batch.Begin("enketo", "", t0, false)
		for i := range lines {
			batch.Add(&lines[i])
		}
		if o := batch.Observation(); len(o.Traffic) != 20 {
			t.Fatalf("%d dynos", len(o.Traffic))
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations a delivery", n)
	}
}

// requests is a delivery of traffic to one dyno.
func requests(sec float64, dyno string, ok, bad uint32, ms int) *Observation {
	tr := Traffic{Dyno: dyno, Status: [6]uint32{2: ok, 5: bad}}
	tr.Service[latency.Bucket(uint64(ms))] = ok + bad
	return &Observation{App: "enketo", At: at(sec), Traffic: []Traffic{tr}}
}

func TestGauges(t *testing.T) {
	f := func(r Rule, want string, all ...*Observation) {
		t.Helper()
		r.Name = "r"
		e := NewEngine("enketo", mustSet(t, r), Options{})
		var events []Event
		for _, o := range all {
			events = e.Observe(events, o)
		}
		if got := render(e.Tick(events, at(1500))); got != want {
			t.Errorf("%s: got %q, want %q", r.Metric, got, want)
		}
	}
	// Steps are 15 s; what is unknown goes on firing, and ends when a figure says so.
	quiet := func(sec float64) *Observation { return requests(sec, "web.1", 1000, 0, 5) }
	f(Rule{Metric: "router_error_ratio", Above: new(0.05)}, "r firing 0.1 @15s; r resolved 0.01887 @1m15s",
		requests(1, "web.1", 50, 0, 5), requests(2, "web.2", 4, 6, 5), requests(61, "web.1", 258, 0, 5))
	f(Rule{Metric: "router_error_ratio", Above: new(0.05)}, "", requests(1, "web.1", 10, 9, 5))
	f(Rule{Metric: "router_error_ratio", Above: new(0.05), Volume: 5}, "r firing 0.4737 @15s", requests(1, "web.1", 10, 9, 5))
	f(Rule{Metric: "router_service_p95", Above: new(2.0)}, "r firing 3.021 @15s; r resolved 0.00595 @5m15s",
		requests(1, "web.1", 100, 0, 3000), requests(2, "web.1", 100, 0, 5), quiet(310), quiet(315))
	f(Rule{Metric: "router_service_p99", Above: new(2.0)}, "r firing 2.811 @15s",
		requests(1, "web.1", 100, 0, 5), requests(2, "web.1", 2, 0, 2900))
	f(Rule{Metric: "router_service_p95", Above: new(2.0)}, "",
		requests(1, "web.1", 100, 0, 5), requests(2, "web.1", 2, 0, 2900))
	f(Rule{Metric: "router_requests", Above: new(500.0), Window: time.Minute}, "r firing 600 @15s; r resolved 300 @1m15s",
		requests(13, "web.1", 300, 0, 5), requests(14, "web.2", 300, 0, 5), requests(16, "web.2", 300, 0, 5))
	f(Rule{Metric: "router_requests", Below: new(10.0), Window: time.Minute}, "r firing 2 @1m3s",
		requests(1, "web.1", 100, 0, 5), requests(50, "web.2", 2, 0, 5))
}

// The gauge against the plainest thing that could do its work: a list of requests, read at the end of
// each step.
func TestGaugeAgainstPlainly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window := time.Duration(rapid.SampledFrom([]int{20, 60, 300}).Draw(t, "window")) * time.Second
		step := window / flowSteps
		r := Rule{Name: "r", Metric: "router_error_ratio", Above: new(0.2), Window: window, Volume: 5}
		set, err := NewSet([]Rule{r})
		if err != nil {
			t.Fatal(err)
		}
		type request struct {
			at  time.Time
			bad bool
		}
		var all []request
		plainly := func(now time.Time) (fires bool) {
			for end := t0; !end.After(now); end = end.Add(step) {
				n, bad := 0.0, 0.0
				for _, q := range all {
					if !q.at.Before(end.Add(-window)) && q.at.Before(end) {
						n++
						if q.bad {
							bad++
						}
					}
				}
				if n >= 5 {
					fires = bad/n >= 0.2 // of less nothing is known, and what fires goes on
				}
			}
			return fires
		}
		e := NewEngine("enketo", set, Options{})
		now, fires := t0, false
		hear := func(events []Event) {
			for _, ev := range events {
				fires = ev.State == Firing
			}
		}
		for i := range rapid.IntRange(1, 60).Draw(t, "n") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(window/5)).Draw(t, "gap")))
			o := &Observation{ID: fmt.Sprint(i), At: now}
			for range rapid.IntRange(0, 3).Draw(t, "requests") {
				bad := rapid.IntRange(0, 3).Draw(t, "bad") == 0
				all = append(all, request{now, bad})
				tr := Traffic{Dyno: rapid.SampledFrom([]string{"web.1", "web.2"}).Draw(t, "dyno"), Status: [6]uint32{2: 1}}
				if bad {
					tr.Status = [6]uint32{5: 1}
				}
				o.Traffic = append(o.Traffic, tr)
			}
			hear(e.Observe(nil, o))
			if want := plainly(now); fires != want {
				t.Fatalf("at %v: fires %v, want %v", now.Sub(t0), fires, want)
			}
		}
	})
}

func TestLogDelay(t *testing.T) {
	set := mustSet(t, Rule{Name: "late", Metric: "log_delay", Above: new(60.0), Samples: 2, Summary: "lines come {{seconds .Value}} late"})
	b := set.NewBatch()
	body := frames("app web.1 a", "app web.2 b") // of 20:00:00 and 20:00:01
	e := NewEngine("enketo", set, Options{})
	var events []Event
	for _, sec := range []float64{50, 61, 70, 80} {
		b.Begin("enketo", "", at(sec), false)
		add(t, b, body)
		events = e.Observe(events, b.Observation())
	}
	if got, want := render(events), "late firing 69 @1m10s"; got != want || events[0].Summary != "lines come 1m9s late" {
		t.Errorf("got %q, want %q; %+v", got, want, events)
	}
	b.Begin("enketo", "", at(-50), false)
	add(t, b, body)
	if got := b.Observation().Samples; len(got) != 1 || got[0].Value != 0 || len(b.Observation().Samples) != 1 {
		t.Errorf("a line from the future: %+v", got)
	}
}

// What a plan allows comes from the owner of the Engine; only a logged connection limit is better.
func TestMemoryOfTheRedis(t *testing.T) {
	set := mustSet(t, Rule{Name: "full", Metric: "redis_memory_ratio", Above: new(0.9)})
	o := observe(t, set, frames("app heroku-redis source=REDIS addon=redis-a sample#memory-redis=47185920bytes"))
	o.At = at(0)
	known := Options{Memory: func(addon, attachment string) float64 {
		if addon != "redis-a" || attachment != "REDIS" {
			t.Errorf("asked for %s, %s", addon, attachment)
		}
		return 50 << 20
	}}
	if got := render(NewEngine("enketo", set, known).Observe(nil, o)); got != "full[redis-a] firing 0.9 @0s" {
		t.Errorf("got %q", got)
	}
	if got := render(NewEngine("enketo", set, Options{}).Observe(nil, o)); got != "" {
		t.Errorf("without a limit: %q", got)
	}
}

func TestPostgresNumbers(t *testing.T) {
	set := mustSet(t, asking("postgres_connections_ratio", "postgres_size_bytes", "postgres_size_ratio", "postgres_connections_waiting")...)
	o := observe(t, set, frames("app heroku-postgres source=DATABASE addon=pg-a sample#db_size=1024bytes sample#db-size-percentage-used=0.25 sample#active-connections=92 sample#waiting-connections=1 sample#max-connections=200 sample#hit-rate=1"))
	got := make(map[string]float64)
	for _, s := range o.Samples {
		got[s.Name] = s.Value
	}
	want := map[string]float64{
		"postgres_connections_limit": 200, "postgres_connections": 92, "postgres_size_bytes": 1024, "postgres_size_ratio": 0.25,
		"postgres_connections_waiting": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
