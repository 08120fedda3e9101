package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/rules"
)

func enketoBudget() *config.Config {
	return &config.Config{Apps: map[string]config.App{"enketo": {Redis: map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26}}}}}}
}

const redis198 = "app heroku-redis source=REDIS addon=redis-x sample#active-connections=104 sample#max-connections=198"

// The budget's four answers, configured and learnt, as series.
func TestBudgetMetrics(t *testing.T) {
	f := func(r *running, want map[string]float64, never ...string) {
		t.Helper()
		_, text := r.get(t, "/metrics", "")
		for series, value := range want {
			if got := r.metric(t, series); got != value || !strings.Contains(text, series+" ") {
				t.Errorf("%s is %g, want %g", series, got, value)
			}
		}
		for _, series := range never {
			if strings.Contains(text, "\n"+series) {
				t.Errorf("%s is there", series)
			}
		}
	}
	ordered := func(series string) string { // client_golang sorts the labels
		return strings.Replace(series, "OF", `addon="redis-x",app="enketo",attachment="REDIS"`, 1)
	}
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: enketoBudget()})
	r.past(t, time.Now(), "app api Scaled to web@4:Basic worker@0:Basic by user a@example.com", redis198)
	f(r, map[string]float64{
		`drain_budget_dynos_fit{app="enketo",process="web"}`:                                   6,
		ordered(`drain_budget_connections_per_dyno{OF,origin="configured",process="web"}`):     26,
		ordered(`drain_budget_connections_per_dyno_uncertainty{OF,process="web"}`):             0,
		ordered(`drain_budget_connections{OF,state="now"}`):                                    104,
		ordered(`drain_budget_connections{OF,state="deploy"}`):                                 208,
		ordered(`drain_budget_fits{OF,state="now"}`):                                           1,
		ordered(`drain_budget_fits{OF,state="deploy"}`):                                        0,
		ordered(`drain_budget_plan_dynos_fit{OF,plan="heroku-redis:premium-3",process="web"}`): 13,
	}, "drain_budget_scale_up_fits")
	if got := r.metric(t, `drain_budget_dynos_fit{app="enketo",process="worker"}`); got < 1e300 {
		t.Errorf("%g workers fit, which take no connections", got)
	}
	one := r.apps.get("enketo")
	one.mu.Lock() // while the app is busy the figures are the last ones
	if got := r.metric(t, `drain_budget_dynos_fit{app="enketo",process="web"}`); got != 6 {
		t.Errorf("%g fit while the app is busy", got)
	}
	one.mu.Unlock()
	r.past(t, time.Now(), "app api Scaled to web@6:Basic by user a@example.com")
	f(r, map[string]float64{`drain_budget_scale_up_fits{app="enketo",process="web"}`: 1})
	r.past(t, time.Now(), "app api Scaled to web@7:Basic by user a@example.com")
	f(r, map[string]float64{`drain_budget_scale_up_fits{app="enketo",process="web"}`: 0, ordered(`drain_budget_fits{OF,state="now"}`): 0})

	r = start(t, Options{Env: config.Env{DrainPassword: "p"}})
	began := time.Now().Add(-time.Hour)
	r.stay(t, began, 4, 104)
	f(r, nil, "drain_budget_dynos_fit", "drain_budget_connections_per_dyno")
	r.stay(t, began.Add(10*time.Minute), 1, 26)
	f(r, map[string]float64{
		`drain_budget_dynos_fit{app="enketo",process="web"}`:                                   6,
		ordered(`drain_budget_connections_per_dyno{OF,origin="learnt",process="web"}`):         26,
		ordered(`drain_budget_connections_per_dyno_uncertainty{OF,process="web"}`):             0.64,
		ordered(`drain_budget_plan_dynos_fit{OF,plan="heroku-redis:premium-3",process="web"}`): 13,
	})
}

// Names that can't be labels' values, and that differ only in what can't, spoil no scrape.
func TestBudgetMetricsOfHostileNames(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: enketoBudget()})
	const figure = "app heroku-redis source=%s addon=redis-%s sample#active-connections=104 sample#max-connections=198"
	r.past(t, time.Now(), "app api Scaled to web@4:Basic by user a@example.com",
		fmt.Sprintf(figure, "REDIS", "x\xff"), fmt.Sprintf(figure, "REDIS", "x\xfe"), fmt.Sprintf(figure, "A\xff", "z"), fmt.Sprintf(figure, "REDIS", "y"))
	if status, text := r.get(t, "/metrics", ""); status != http.StatusOK {
		t.Fatalf("%d: %.300s", status, text)
	}
	if got := r.metric(t, `drain_budget_connections{addon="redis-y",app="enketo",attachment="REDIS",state="now"}`); got != 104 {
		t.Errorf("%g connections of an ordinary Redis beside, want 104", got)
	}
}

// Whether connections fit a Redis isn't told where its limit isn't known, and no more apps have series than
// the first 200 that have one.
func TestBudgetMetricsAreBounded(t *testing.T) {
	all := &apps{all: make(map[string]*app)}
	for i := range maxBudgets + 3 {
		one := &app{name: fmt.Sprintf("app-%03d", i), budget: budget.New(enketoBudget().Apps["enketo"].Redis)}
		one.budget.Dynos("web", 1, time.Now())
		if i > 0 { // the first's Redis said nothing yet
			one.budget.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: 26, At: time.Now()})
		}
		all.all[one.name] = one
	}
	c := newBudgets(all)
	for range 2 {
		found := make(chan prometheus.Metric, 100*maxBudgets)
		c.Collect(found)
		close(found)
		needs := 0
		for m := range found {
			switch m.Desc() {
			case c.connections:
				needs++
			case c.fits:
				t.Fatal("26 of an unknown limit are told to fit, or not to")
			}
		}
		if needs != 2*maxBudgets {
			t.Errorf("%d series of needs, want 2 for each of %d apps", needs, maxBudgets)
		}
	}
}

// The same in the API.
func TestBudgetAPI(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: enketoBudget()})
	r.past(t, time.Now(), "app api Scaled to web@4:Basic by user a@example.com", redis198)
	r.past(t, time.Now(), "app api Scaled to web@7:Basic by user a@example.com")
	status, text := r.get(t, "/api/v1/budget", "")
	var all map[string]budget.Snapshot
	if err := json.Unmarshal([]byte(text), &all); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v: %s", status, err, text)
	}
	got := all["enketo"]
	if g := got.Growth; g == nil || g.From != 4 || g.To != 7 || g.Fits != budget.FitsNot {
		t.Errorf("growth: %+v", g)
	}
	a := got.Addons[0]
	if a.Fits["web"] != 6 || a.Need == nil || a.Need.Deploy != 364 || a.Need.DeployFits {
		t.Errorf("%+v, %+v", a.Fits, a.Need)
	}
	if p, ok := a.PlanFor("web", 7); !ok || p.Plan != "heroku-redis:premium-3" {
		t.Errorf("7 fit %+v", p)
	}
}

// Dynos that somebody added and that don't fit are told of before the Redis is full.
func TestScaleUpThatDoesNotFit(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: enketoBudget()})
	r.past(t, time.Now(), "app api Scaled to web@4:Basic by user a@example.com", redis198)
	r.past(t, time.Now(), "app api Scaled to web@6:Basic by user a@example.com")
	if open := r.Incidents(); len(open) > 0 {
		t.Fatalf("6 fit: %+v", open)
	}
	r.past(t, time.Now(), "app api Scaled to web@9:Basic by user a@example.com")
	waitUntil(t, func() bool { return len(r.Incidents()) == 1 })
	inc := r.Incidents()[0]
	if inc.Cause != causeGrowth || inc.Alerts[0].Summary != "web 6 → 9 doesn't fit: web 9 × 26 = 234 of 198; 6 fit" {
		t.Errorf("%s: %s", inc.Cause, inc.Alerts[0].Summary)
	}
	next := strings.Join(inc.Alerts[0].Next, "\n")
	for _, want := range []string{"`heroku ps:scale web=6 -a enketo`", "`drain upgrade -app enketo redis-x heroku-redis:premium-3`"} {
		if !strings.Contains(next, want) {
			t.Errorf("%s isn't in\n%s", want, next)
		}
	}
	r.past(t, time.Now(), "app api Scaled to web@5:Basic by user a@example.com")
	waitUntil(t, func() bool {
		open := r.Incidents()
		return len(open) == 0 || open[0].State != "firing"
	})

	// An old change that is read only now is no news.
	r.past(t, time.Now().Add(-time.Hour), "app api Scaled to web@40:Basic by user a@example.com")
	one := r.apps.get("enketo")
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.overgrown != "" {
		t.Error("an old scale-up is told")
	}
}

// After a plan was changed while no dyno ran, the limit that was logged last is the old plan's.
func TestScaleUpFromNothing(t *testing.T) {
	f := func(each map[string]int, limit, incidents int) {
		t.Helper()
		cfg := enketoBudget()
		cfg.Apps["enketo"].Redis["REDIS"] = budget.Redis{PerDyno: each}
		r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: cfg})
		began := time.Now().Add(-time.Minute)
		figure := "app heroku-redis source=REDIS addon=redis-x sample#active-connections=0 sample#max-connections=%d"
		r.past(t, began, "app api Scaled to web@0:Basic by user a@example.com", fmt.Sprintf(figure, 38))
		r.past(t, began.Add(time.Second), "app api Scaled to web@4:Basic by user a@example.com")
		r.past(t, began.Add(2*time.Second), "app web.1 hello")
		state := func() (overgrown string, doubt bool) {
			one := r.apps.get("enketo")
			one.mu.Lock()
			defer one.mu.Unlock()
			return one.overgrown, one.mayHaveOvergrown
		}
		if overgrown, doubt := state(); overgrown != "" || !doubt {
			t.Fatalf("by a limit from before: %q, in doubt: %t", overgrown, doubt)
		}
		r.past(t, began.Add(3*time.Second), fmt.Sprintf(figure, limit))
		waitUntil(t, func() bool { return len(r.Incidents()) == incidents })
		if overgrown, doubt := state(); (overgrown != "") != (incidents > 0) || doubt {
			t.Errorf("limit %d: %q, in doubt: %t", limit, overgrown, doubt)
		}
	}
	web, both := map[string]int{"web": 26}, map[string]int{"web": 26, "worker": 1}
	f(web, 198, 0)
	f(web, 38, 1)
	f(both, 198, 0) // nothing tells of the workers, and the others are too many
	f(both, 38, 1)
}

// An incident says all four with what was learnt, as well as with what is configured.
func TestIncidentSaysWhatWasLearnt(t *testing.T) {
	b := budget.New(nil)
	at := time.Now().Add(-24 * time.Hour)
	for _, web := range []int{1, 4, 2, 5} {
		b.Dynos("web", web, at)
		for range 3 {
			at = at.Add(3 * time.Minute)
			b.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: 26 * web, Limit: 198, At: at, Own: true})
		}
	}
	b.Dynos("web", 7, at)
	ev := &rules.Event{App: "enketo", Rule: "redis-connections-high", Labels: rules.Labels{Addon: "redis-x"}}
	got := slices.Concat(budgetLines(b), deployLines(b, ev), redisAdvice(b, ev, "-a enketo"))
	want := []string{
		"web 7 × 26.0 ± 0.4 = 182 ± 2 of 198 (learnt); 6 fit",
		"With preboot the next deploy takes 364 of 198 connections: old and new dynos are up together.",
		"Fewer dynos: `heroku ps:scale web=6 -a enketo`",
		"A larger plan, 398 connections, changed while no dyno runs: `drain upgrade -app enketo redis-x heroku-redis:premium-3`",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
