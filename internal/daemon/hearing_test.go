package daemon

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/budget"
	"drain/rules"
)

// Where only the dynos' own lines tell of them, an incident says what they take; before they do it names no plan.
func TestAdviceByEar(t *testing.T) {
	f := func(name string, before func(r *running), want ...string) {
		t.Helper()
		r := start(t, Options{Config: enketoBudget()})
		before(r)
		r.post(t, "/logs/enketo", "", "", "app heroku-redis source=REDIS addon=redis-x sample#active-connections=38 sample#max-connections=38")
		waitUntil(t, func() bool { return len(r.Incidents()) == 1 })
		a := r.Incidents()[0].Alerts[0]
		if diff := cmp.Diff(want, append(a.Details, a.Next...)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	f("nobody spoke", func(*running) {},
		"web ? × 26 = ? of 38; 1 fits",
		"Which plan would do isn't known: more than 38 connections are needed. Nothing has told yet how many dynos of web run: see `heroku ps -a enketo`")
	f("4 speak", func(r *running) {
		r.post(t, "/logs/enketo", "", "", "app web.1 hello")
		one := r.apps.get("enketo")
		one.mu.Lock()
		one.budget.Heard("web", 1, time.Now().Add(time.Hour)) // by then it was listened to for long enough
		one.mu.Unlock()
		r.post(t, "/logs/enketo", "", "", "app web.2 hello", "heroku web.4 State changed from starting to up", "app run.7 hello")
	},
		"web 4 × 26 = 104 of 38; 1 fits",
		"Fewer dynos: `heroku ps:scale web=1 -a enketo`",
		"A larger plan, 198 connections, changed while no dyno runs: `drain upgrade -app enketo redis-x heroku-redis:premium-2`")
}

// Dynos are heard by their own lines, by the router's and by the platform's, which also says that they go.
func TestHearDynos(t *testing.T) {
	at := time.Now()
	f := func(want int, obs ...rules.Observation) {
		t.Helper()
		b := budget.New(enketoBudget().Apps["enketo"].Redis)
		var h hearing
		for _, o := range obs {
			h.take(b, &o)
		}
		h.take(b, &rules.Observation{At: at.Add(time.Hour), Seen: []string{"clock.1"}})
		if got := b.Snapshot().Dynos["web"]; got != want {
			t.Errorf("%+v: %d, want %d", obs, got, want)
		}
	}
	state := func(dyno, to string) []rules.Note {
		return []rules.Note{{Kind: rules.NoteState, Process: dyno, To: to}}
	}
	f(3, rules.Observation{At: at, Seen: []string{"web.3", "run.4", "scheduler.5", "router", "web.6.", ".7", "web.x", "web-54dd75b9f6-pv6d5", "web-8-9"}})
	f(4, rules.Observation{At: at, Seen: []string{"web.3"}, Traffic: []rules.Traffic{{Dyno: "web.4"}, {}}})
	f(5, rules.Observation{At: at, Notes: state("web.5", "starting")})
	f(5, rules.Observation{At: at, Notes: state("web.5", "up")})
	f(4, rules.Observation{At: at, Seen: []string{"web.2", "web.5"}, Notes: state("web.5", "down")})
	f(5, rules.Observation{At: at, Seen: []string{"web.2", "web.5"}, Notes: state("web.5", "crashed")})
	five := []string{"web.2", "web.5"}
	f(5, rules.Observation{At: at, Seen: five, Notes: state("web.5", "down")}, rules.Observation{At: at.Add(2 * time.Minute), Seen: five})
}

// Dynos that are known cost a delivery no memory, be they heard in each second.
func TestHearingDoesNotAllocate(t *testing.T) {
	b := budget.New(enketoBudget().Apps["enketo"].Redis)
	var h hearing
	o := rules.Observation{At: time.Now(), Seen: []string{"web-54dd75b9f6-pv6d5", "router"}}
	for n := range 50 {
		o.Seen = append(o.Seen, fmt.Sprintf("a-process-type-of-some-length.%d", n+1))
	}
	h.take(b, &o)
	if n := testing.AllocsPerRun(100, func() { o.At = o.At.Add(time.Second); h.take(b, &o) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// What the router names comes from the wire like the rest, and may be no dyno's name: as the value of a label
// one that isn't text spoils the whole scrape.
func TestHearHostileNames(t *testing.T) {
	cfg := enketoBudget()
	cfg.Rules = []rules.Rule{{Name: "errors", Severity: "warning", Metric: "router_error_ratio", Above: new(0.1), For: time.Minute, Summary: "errors"}}
	r := start(t, Options{Config: cfg})
	request := "heroku router at=info method=GET path=\"/\" host=a dyno=%s connect=0ms service=1ms status=200 bytes=1"
	r.post(t, "/logs/enketo", "", "", redis198, fmt.Sprintf(request, "we\xff.1"), fmt.Sprintf(request, "a b.1"), fmt.Sprintf(request, "web.2"))
	one := r.apps.get("enketo")
	one.mu.Lock()
	one.budget.Heard("web", 1, time.Now().Add(time.Hour))
	dynos := one.budget.Snapshot().Dynos
	one.mu.Unlock()
	if diff := cmp.Diff(map[string]int{"web": 2}, dynos); diff != "" {
		t.Errorf("heard (-want +got)\n%s", diff)
	}
	if status, text := r.get(t, "/metrics", ""); status != http.StatusOK {
		t.Errorf("%d: %.300s", status, text)
	}
}

// No plan is named where it isn't known how many dynos there are, or what each takes; the least of it is told.
func TestPlanAdvice(t *testing.T) {
	at := time.Now()
	f := func(each map[string]int, used int, dynos map[string]int, addon string, want ...string) {
		t.Helper()
		b := budget.New(map[string]budget.Redis{"REDIS": {PerDyno: each}})
		b.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: used, Limit: 38, At: at})
		for process, n := range dynos {
			b.Dynos(process, n, at)
		}
		if diff := cmp.Diff(want, planAdvice(b, addon, "enketo")); diff != "" {
			t.Errorf("%v × %v, %d used (-want +got)\n%s", dynos, each, used, diff)
		}
	}
	both := map[string]int{"web": 26, "worker": 5}
	const unknown = "Which plan would do isn't known: "
	f(both, 38, nil, "redis-x", unknown+"more than 38 connections are needed. Nothing has told yet how many dynos of web and worker run: see `heroku ps -a enketo`")
	f(both, 33, nil, "redis-x", unknown+"at least 33 connections are needed. Nothing has told yet how many dynos of web and worker run: see `heroku ps -a enketo`")
	f(both, 37, nil, "redis-x", unknown+"at least 37 connections are needed. Nothing has told yet how many dynos of web and worker run: see `heroku ps -a enketo`")
	f(both, 33, nil, "")
	web4 := unknown + "at least 104 connections are needed. Nothing has told yet how many dynos of worker run: see `heroku ps -a enketo`"
	f(both, 38, map[string]int{"web": 4}, "redis-x", web4)
	f(both, 38, map[string]int{"web": 4}, "", web4)
	f(nil, 38, map[string]int{"web": 4}, "redis-x", unknown+"more than 38 connections are needed. What a dyno takes isn't known: write it into the configuration, under `redis: REDIS: per_dyno:`")
	f(map[string]int{"web": 5}, 38, map[string]int{"web": 4}, "redis-x", "A larger plan, 78 connections, changed while no dyno runs: `drain upgrade -app enketo redis-x heroku-redis:premium-1`")
	f(map[string]int{"web": 5}, 100, map[string]int{"web": 4}, "redis-x", "A larger plan, 198 connections, changed while no dyno runs: `drain upgrade -app enketo redis-x heroku-redis:premium-2`")
}
