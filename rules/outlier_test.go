package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOutlier(t *testing.T) {
	f := func(name string, c Outlier, want string, all ...*Observation) {
		t.Helper()
		e := NewEngine("enketo", mustSet(t, Rule{Name: "odd", Outlier: &c}), Options{})
		var events []Event
		for _, o := range all {
			events = e.Observe(events, o)
		}
		if got := render(e.Tick(events, at(500))); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	fleet := func(n int, odd ...*Observation) (all []*Observation) {
		for i := range n {
			all = append(all, requests(1, fmt.Sprintf("web.%d", i+1), 98, 2, 100+i))
		}
		return append(all, odd...)
	}
	share, slow := Outlier{Metric: "router_error_ratio"}, Outlier{Metric: "router_service_p95"}
	fails := requests(2, "web.9", 70, 30, 100)
	f("error share", share, "odd[web.9] firing 0.3 @30s", fleet(3, fails)...)
	f("two siblings", share, "", fleet(2, fails)...)
	f("siblings of another type", share, "", fleet(3, requests(2, "api.1", 70, 30, 100))...)
	f("no sibling at all", share, "", fleet(3, requests(2, "", 0, 100, 0))...)
	f("few requests", share, "", fleet(3, requests(2, "web.9", 0, 40, 100))...)
	f("volume", Outlier{Metric: "router_error_ratio", Volume: 40}, "odd[web.9] firing 1 @30s", fleet(3, requests(2, "web.9", 0, 40, 100))...)
	f("not so much", share, "", fleet(3, requests(2, "web.9", 90, 10, 100))...)
	f("better than all", slow, "", fleet(3, requests(2, "web.9", 100, 0, 1))...)
	f("slow", slow, "odd[web.9] firing 3.021 @30s", fleet(5, requests(2, "web.9", 50, 0, 100), requests(2, "web.9", 50, 0, 3000))...)
	f("a little slow", slow, "", fleet(5, requests(2, "web.9", 100, 0, 180))...)
	f("all are slow", slow, "", requests(1, "web.1", 100, 0, 3000), requests(1, "web.2", 100, 0, 3000), requests(1, "web.3", 100, 0, 3000), requests(1, "web.4", 100, 0, 3500))
	f("all differ", slow, "", requests(1, "web.1", 100, 0, 100), requests(1, "web.2", 100, 0, 1000), requests(1, "web.3", 100, 0, 2000), requests(1, "web.4", 100, 0, 4000))
	// Web.9 is the same all the time; the others become like it.
	worse := fleet(3, fails)
	for i := range 3 {
		worse = append(worse, requests(200, fmt.Sprintf("web.%d", i+1), 50, 50, 100))
	}
	f("the others change", share, "odd[web.9] firing 0.3 @30s; odd[web.9] resolved 0.3 @3m30s", worse...)
}

func TestOutlierIsToldWithItsLimit(t *testing.T) {
	e := NewEngine("enketo", mustSet(t, Rule{Name: "odd", Outlier: &Outlier{Metric: "router_error_ratio"}}), Options{})
	for i := range 4 {
		e.Observe(nil, requests(1, fmt.Sprintf("web.%d", i), uint32(100-25*(i/3)), uint32(25*(i/3)), 5))
	}
	events := e.Tick(nil, at(31))
	if len(events) != 1 || events[0].Bound != 0.1 || !strings.Contains(events[0].Summary, "web.3 stands out: router_error_ratio is 0.25, more than 0.1") {
		t.Errorf("got %+v", events)
	}
	// All values can be told in JSON, also when nothing is known any more.
	for _, ev := range e.Tick(nil, at(20_000)) {
		if math.IsNaN(ev.Value+ev.Bound) || math.IsInf(ev.Value+ev.Bound, 0) {
			t.Errorf("got %+v", ev)
		}
	}
	if e.keys != 0 || len(e.queue) != 0 {
		t.Errorf("%d keys and %d deadlines are left", e.keys, len(e.queue))
	}
}

// The members against lists of requests, compared at the end of each step.
func TestOutlierAgainstPlainly(t *testing.T) {
	c := Outlier{Metric: "router_error_ratio", Window: 100 * time.Second, Volume: 5}
	set := mustSet(t, Rule{Name: "odd", Outlier: &c})
	middle := func(list []float64) float64 {
		slices.Sort(list)
		return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
	}
	rapid.Check(t, func(t *rapid.T) {
		type request struct {
			at, n, bad float64
		}
		all := make(map[string][]request)
		fires, want := make(map[string]bool), make(map[string]bool)
		judge := func(end float64) { // at the end of a step
			shares := make(map[string]float64)
			for dyno, list := range all {
				n, bad := 0.0, 0.0
				for _, q := range list {
					if q.at >= end-100 && q.at < end {
						n, bad = n+q.n, bad+q.bad
					}
				}
				if n >= 5 {
					shares[dyno] = bad / n
				}
			}
			for dyno, v := range shares {
				var others, off []float64
				for d, o := range shares {
					if d != dyno {
						others = append(others, o)
					}
				}
				want[dyno] = false
				if len(others) >= 3 {
					mid := middle(others)
					for _, o := range others {
						off = append(off, math.Abs(o-mid))
					}
					want[dyno] = v > mid+max(4*1.4826*middle(off), 0.1)
				}
			}
		}
		e := NewEngine("enketo", set, Options{})
		now, next := 0.0, 5.0
		for i := range rapid.IntRange(1, 60).Draw(t, "n") {
			now += float64(rapid.IntRange(0, 12).Draw(t, "gap"))
			for ; next <= now; next += 5 {
				judge(next)
			}
			dyno := fmt.Sprintf("web.%d", rapid.IntRange(1, 5).Draw(t, "dyno"))
			n := rapid.IntRange(1, 10).Draw(t, "requests")
			bad := rapid.IntRange(0, n).Draw(t, "bad") * rapid.IntRange(0, 1).Draw(t, "odd")
			o := requests(now, dyno, uint32(n-bad), uint32(bad), 5)
			o.ID = fmt.Sprint(i)
			for _, ev := range e.Observe(nil, o) {
				fires[ev.Labels.Dyno] = ev.State == Firing
			}
			all[dyno] = append(all[dyno], request{now, float64(n), float64(bad)})
			for d, w := range want {
				if fires[d] != w {
					t.Fatalf("at %gs: %s fires %v, want %v", now, d, fires[d], w)
				}
			}
		}
	})
}
