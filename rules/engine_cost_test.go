package rules

import (
	"fmt"
	"testing"
	"time"

	"drain/parser"
)

// delivery is what 300 lines of an app with twenty dynos say in quiet times: requests, the numbers
// of a Redis and who was heard from.
func delivery() *Observation {
	o := &Observation{App: "enketo", Hits: []Hit{{Rule: "request-timeouts", Of: true, Count: 180, First: t0}}}
	for i := range 20 {
		o.Seen = append(o.Seen, fmt.Sprintf("web.%d", i+1))
	}
	for i, name := range addonMetrics[parser.KindRedis] {
		o.Samples = append(o.Samples, Sample{
			Name: name, Labels: Labels{Addon: "redis-cylindrical-59589"}, Source: "REDIS", Value: float64(40 - 10*i),
		})
	}
	return o
}

// busy returns an Engine with so many open alerts, each of a dyno.
func busy(tb testing.TB, open int) *Engine {
	e := NewEngine("enketo", mustSet(tb, sampleRules(27)...), Options{})
	o := &Observation{App: "enketo", At: t0}
	for i := range open {
		o.Hits = append(o.Hits, Hit{Rule: "memory-quota-exceeded", Labels: Labels{Dyno: fmt.Sprintf("web.%d", i)}, Count: 1, First: t0})
	}
	if events := e.Observe(nil, o); len(events) != open {
		tb.Fatalf("%d alerts opened, want %d", len(events), open)
	}
	return e
}

// feed gives an Engine deliveries, 10 µs apart, each under an id of its own.
type feed struct {
	*Engine
	id [24]byte
}

func (f *feed) deliver(tb testing.TB, o *Observation) {
	now := f.Now().Add(10 * time.Microsecond)
	for i, v := 0, now.UnixNano(); i < 16; i, v = i+1, v>>4 {
		f.id[i] = "0123456789abcdef"[v&15]
	}
	o.ID, o.At = text(f.id[:]), now
	for i := range o.Samples {
		o.Samples[i].At = now
	}
	if events := f.Observe(nil, o); events != nil {
		tb.Fatalf("events: %+v", events)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	f, o := &feed{Engine: busy(t, 100)}, delivery()
	some := func() {
		for range 2 * maxRecent {
			f.deliver(t, o)
		}
	}
	some()
	if n := testing.AllocsPerRun(1, some); n != 0 {
		t.Errorf("%v allocations in %d deliveries without an event", n, 2*maxRecent)
	}
}

// What a delivery costs must not grow with what it does not touch.
func BenchmarkObserve(b *testing.B) {
	for _, open := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("open=%d", open), func(b *testing.B) {
			f, o := &feed{Engine: busy(b, open)}, delivery()
			b.ReportAllocs()
			for b.Loop() {
				f.deliver(b, o)
			}
		})
	}
	for _, dynos := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("dynos=%d", dynos), func(b *testing.B) {
			set := mustSet(b, Rule{Name: "swap", Metric: "dyno_memory_ratio", Above: new(1.0)})
			f := &feed{Engine: NewEngine("enketo", set, Options{})}
			f.Tick(nil, t0)
			var all [][]Sample // those of ten dynos each
			for i := range dynos {
				if i%10 == 0 {
					all = append(all, nil)
				}
				s := Sample{Name: "dyno_memory_ratio", Labels: Labels{Dyno: fmt.Sprintf("web.%d", i)}, Value: 0.5}
				all[i/10] = append(all[i/10], s)
			}
			o := &Observation{App: "enketo"}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				o.Samples = all[i%len(all)]
				f.deliver(b, o)
			}
		})
	}
}
