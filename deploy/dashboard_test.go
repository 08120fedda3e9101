package deploy

import (
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every query of the dashboard is asked of a real Prometheus that scraped the daemon before and after a
// known set of lines, over just the time between these two scrapes; each answer is what was sent, to
// the line.
//
// A rate or increase is exact there up to the one millisecond by which the window is longer than the
// time between its first and last sample (Prometheus 3 leaves out a sample at the very begin, so it
// can't be shorter); shares are exact.
func TestDashboardShowsWhatWasSent(t *testing.T) {
	s := startSource(t)
	p := startPrometheus(t, s.Addr(), metricsPassword)

	// What is counted for the first time has no value before, and so no increase: one of each first.
	s.send(fast, slow, timeout, r14, memory, load, redis, pg, "app web.1 hello", lost(1, "2026-11-22T19:00:00+00:00"))
	sent := `sum(drain_notifications_total{outcome="sent"})`
	p.scraped(t, sent, 2) // of memory-quota-exceeded and log-messages-lost
	from := p.scraped(t, "sum(drain_lines_total)", 10)
	s.bytes = 0

	s.send(times(60, fast)...)
	s.send(slices.Concat(times(30, slow), times(10, timeout))...)
	s.send(slices.Concat(times(50, "app web.1 hello"), []string{r14, memory, load, redis, pg, scaled, lost(5, "2026-11-22T20:00:00+00:00")})...)
	again := body("app web.1 hello") // delivered twice, with a count that is wrong
	s.bytes += len(again)
	s.post(drainPassword, "again", 2, again, http.StatusNoContent)
	s.post(drainPassword, "again", 2, again, http.StatusNoContent)
	s.post("wr0ng", "", 1, body("app web.1 hello"), http.StatusUnauthorized)
	bad := []byte("8 nonsense")
	s.bytes += len(bad)
	s.post(drainPassword, "bad", 1, bad, http.StatusNoContent)
	p.scraped(t, sent, 4) // and of redis-connections-high and request-timeouts
	p.scraped(t, "sum(drain_scale_decisions_total)", 1)
	to := p.scraped(t, "sum(drain_lines_total)", 10+60+40+57+1+1)

	window := int64(math.Round(1000*(to-from))) + 1
	seconds := float64(window) / 1000
	per := func(n float64) float64 { return n / seconds }
	want := map[string]map[string]float64{
		"Alerts firing":          {"firing": 4},
		"Log messages lost":      {"lost": 5},
		"Requests that failed":   {"failed": 0.1},
		"Redis connections used": {"enketo REDIS": 15.0 / 18},
		"Requests by status":     {"enketo 200": per(60), "enketo 201": per(30), "enketo 503": per(10)},
		// 60 in (0.1, 0.25], 30 in (0.5, 1], 10 in (10, 30]: the 50th, the 95th and the 99th of them.
		"Service time":         {"enketo p50": 0.1 + 0.15*50/60, "enketo p95": 20, "enketo p99": 28},
		"Errors by code":       {"enketo H12": 10, "enketo R14": 1, "enketo L10": 1},
		"Requests by dyno":     {"enketo web.1": per(70), "enketo web.2": per(30)},
		"Memory against quota": {"enketo web.1": 400.0 / 512},
		"Swap":                 {"enketo web.1": 32 << 20},
		"Load":                 {"enketo web.1": 0.5},
		"Dynos running":        {"enketo web": 4, "enketo worker": 2},
		"Redis connections":    {"enketo REDIS": 15, "enketo REDIS limit": 18},
		"Redis memory":         {"enketo REDIS": 1 << 20},
		"Redis hits":           {"enketo REDIS": 0.75},
		"Postgres connections": {"enketo DATABASE": 92, "enketo DATABASE limit": 200},
		"Postgres cache hits":  {"enketo DATABASE index": 0.99, "enketo DATABASE table": 0.98},
		"Lines that matched a rule": {
			"enketo request-timeouts": 10, "enketo memory-quota-exceeded": 1, "enketo log-messages-lost": 5,
		},
		"Notifications":     {"slack sent": 2, "waiting": 0},
		"Scaling decisions": {"shed-web hold": 1},
		"Lines by kind": {
			"router": per(100), "dyno": per(1), "runtime": per(2), "redis": per(1), "postgres": per(1),
			"api": per(1), "logplex": per(1), "app": per(51), "other": per(1),
		},
		"POSTs by answer": {"204": per(6), "401": per(1)},
		"Bytes":           {"judged": per(float64(s.bytes))},
		"Repeated, refused, unreadable": {
			"repeated": 1, "refused: password": 1, "fault: priority": 1, "wrong count": 1,
		},
		"Delay of lines":       {"enketo p95": 5 + 5*0.95}, // all between 5 and 10 s
		"Series about apps":    {"kept": p.query(t, `count({__name__=~"heroku_.+"})`, to)[0].value(t), "refused": 0},
		"Version":              {"v1.2.3": 1},
		"Deliveries that wait": {s.Addr(): 0},
	}
	// What can't be known to the digit.
	bounds := map[string]struct {
		legend   string
		from, to float64
	}{
		// A scrape has the time at which it began. A line that came while it went on, 200ms at most, is newer.
		"Time since the last line": {"enketo", -0.2, seconds},
		"CPU per line":             {"CPU", 1e-9, 1},
		"Memory":                   {s.Addr(), 1 << 20, 1 << 30},
	}
	near := func(got, want float64) bool {
		return math.Abs(got-want) <= math.Abs(want)*1.01/float64(window-1)+1e-9
	}
	d, _ := readDashboard(t)
	for _, panel := range d.Panels {
		if panel.Type == "row" {
			continue
		}
		got := map[string]float64{}
		for _, target := range panel.Targets {
			for _, one := range p.query(t, ranged(target.Expr, window), to) {
				got[legend(target.LegendFormat, one.Metric)] = one.value(t)
			}
		}
		if about, ok := bounds[panel.Title]; ok {
			delete(bounds, panel.Title)
			if v, ok := got[about.legend]; !ok || len(got) != 1 || v < about.from || v > about.to {
				t.Errorf("%s: %v, want %+v", panel.Title, got, about)
			}
			continue
		}
		if diff := cmp.Diff(want[panel.Title], got, cmp.Comparer(near)); diff != "" {
			t.Errorf("%s (want, got): %s", panel.Title, diff)
		}
		delete(want, panel.Title)
	}
	if len(want)+len(bounds) > 0 {
		t.Errorf("there are no panels %v %v", slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(bounds)))
	}

	for _, a := range d.Annotations.List {
		got := map[string]float64{}
		for _, one := range p.query(t, a.Expr, to) {
			got[one.Metric["rule"]] = one.value(t)
		}
		if diff := cmp.Diff(map[string]float64{
			"request-timeouts": 1, "memory-quota-exceeded": 1, "log-messages-lost": 1, "redis-connections-high": 1,
		}, got); diff != "" {
			t.Errorf("annotation %s: %s", a.Name, diff)
		}
	}
	for _, v := range d.Templating.List {
		metric, isQuery := strings.CutPrefix(v.Query, "label_values(")
		if !isQuery {
			continue
		}
		metric, label, _ := strings.Cut(strings.TrimSuffix(metric, ")"), ", ")
		var values []string
		if !p.get(t, "/api/v1/label/"+label+"/values", url.Values{"match[]": {metric}}, &values) || !slices.Equal(values, []string{"enketo"}) {
			t.Errorf("variable %s offers %q", v.Name, values)
		}
	}
	alertsSeeMetrics(t, p, to)
}

// alertsSeeMetrics finds alerts on metrics that nobody exposes: they would be silent for ever. It asks at the
// time of a scrape: after one that takes too long there is nothing until the next.
func alertsSeeMetrics(t *testing.T, p prometheus, at float64) {
	t.Helper()
	name := regexp.MustCompile(`\b(up|(heroku|drain|process)_\w+)\b`)
	for _, r := range alertRules(t) {
		for _, metric := range name.FindAllString(r.Expr, -1) {
			// Only a daemon that does TLS has these (internal/certs tests them), only one with an API key that.
			if strings.HasPrefix(metric, "drain_tls_") || metric == "drain_heroku_rate_limit_remaining" {
				continue
			}
			if len(p.query(t, "count("+metric+")", at)) != 1 {
				t.Errorf("%s is about %s, which is not there", r.Alert, metric)
			}
		}
	}
}
