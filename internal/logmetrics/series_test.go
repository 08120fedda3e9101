package logmetrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"drain/parser"
)

func TestRouterSeries(t *testing.T) {
	w := newWorld(t, Options{})
	unfinished := code(request(w.now, "GET", "", -1, -1), "H24") // H24 has no status, dyno, times or bytes
	unfinished.Router.Connect, unfinished.Router.Bytes = -1, -1
	unparsed := parser.Line{Kind: parser.KindRouter, Nanos: w.now.UnixNano()}
	w.deliver("enketo",
		request(w.now, "GET", "web.1", 200, 3*time.Millisecond),
		request(w.now, "GET", "web.1", 200, 30*time.Millisecond),
		request(w.now, "POST", "web.2", 599, time.Minute),
		request(w.now, "PROPFIND", "web-7c5f8b7d9-x2x4q", 600, 0),
		request(w.now, "GET", "web.1", 101, 0),
		unfinished,
		unparsed,
	)
	w.want(`
heroku_router_requests_total{app="enketo",method="GET",status="101"} 1
heroku_router_requests_total{app="enketo",method="GET",status="200"} 2
heroku_router_requests_total{app="enketo",method="GET",status="other"} 1
heroku_router_requests_total{app="enketo",method="POST",status="599"} 1
heroku_router_requests_total{app="enketo",method="other",status="other"} 1
`, "heroku_router_requests_total")
	w.want(`
heroku_router_dyno_requests_total{app="enketo",class="1xx",dyno="web-7c5f8b7d9-x2x4q",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="2xx",dyno="web-7c5f8b7d9-x2x4q",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="3xx",dyno="web-7c5f8b7d9-x2x4q",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="4xx",dyno="web-7c5f8b7d9-x2x4q",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="5xx",dyno="web-7c5f8b7d9-x2x4q",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="other",dyno="web-7c5f8b7d9-x2x4q",process="web"} 1
heroku_router_dyno_requests_total{app="enketo",class="1xx",dyno="web.1",process="web"} 1
heroku_router_dyno_requests_total{app="enketo",class="2xx",dyno="web.1",process="web"} 2
heroku_router_dyno_requests_total{app="enketo",class="3xx",dyno="web.1",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="4xx",dyno="web.1",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="5xx",dyno="web.1",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="other",dyno="web.1",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="1xx",dyno="web.2",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="2xx",dyno="web.2",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="3xx",dyno="web.2",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="4xx",dyno="web.2",process="web"} 0
heroku_router_dyno_requests_total{app="enketo",class="5xx",dyno="web.2",process="web"} 1
heroku_router_dyno_requests_total{app="enketo",class="other",dyno="web.2",process="web"} 0
`, "heroku_router_dyno_requests_total")
	w.want(`heroku_router_response_bytes_total{app="enketo"} 5000
`, "heroku_router_response_bytes_total")
	w.want(`
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.005"} 3
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.01"} 3
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.025"} 3
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.05"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.1"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.25"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="0.5"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="1"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="2.5"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="5"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="10"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="30"} 4
heroku_router_service_duration_seconds_bucket{app="enketo",le="+Inf"} 5
heroku_router_service_duration_seconds_sum{app="enketo"} 60.033
heroku_router_service_duration_seconds_count{app="enketo"} 5
`, "heroku_router_service_duration_seconds")
	w.wantValue(`heroku_router_connect_duration_seconds{app="enketo"}`, 5)
	w.wantValue(`heroku_errors_total{app="enketo",code="H24"}`, 1)
}

func TestDynoSeries(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo",
		samples(parser.KindRuntime, w.now, "web.1", "load_avg_1m", 0.5, "load_avg_5m", 0.25, "load_avg_15m", 0.125),
		samples(parser.KindRuntime, w.now, "web.1", "memory_total", 300.0, "memory_rss", 200.0, "memory_cache", 90.0,
			"memory_swap", 10.0, "memory_pgpgin", 7.0, "memory_quota", 512.0),
		samples(parser.KindRuntime, w.now, "run.4711", "memory_rss", 1.0),
		samples(parser.KindRuntime, w.now, "scheduler.8", "memory_rss", 2.0),
		samples(parser.KindRuntime, w.now, "scheduler.9", "memory_rss", 3.0),
		samples(parser.KindRuntime, w.now, "release.1", "memory_rss", 4.0),
		samples(parser.KindRuntime, w.now, "run_jobs.1", "memory_rss", 5.0),
		samples(parser.KindDyno, w.now, "worker.1", "dyno_memory_bytes", 1.0, "memory_rss", 6.0), // not of log-runtime-metrics
	)
	w.want(`
heroku_dyno_memory_bytes{app="enketo",dyno="release",kind="rss",process="release"} 4
heroku_dyno_memory_bytes{app="enketo",dyno="run",kind="rss",process="run"} 1
heroku_dyno_memory_bytes{app="enketo",dyno="run_jobs.1",kind="rss",process="run_jobs"} 5
heroku_dyno_memory_bytes{app="enketo",dyno="scheduler",kind="rss",process="scheduler"} 3
heroku_dyno_memory_bytes{app="enketo",dyno="web.1",kind="cache",process="web"} 90
heroku_dyno_memory_bytes{app="enketo",dyno="web.1",kind="rss",process="web"} 200
heroku_dyno_memory_bytes{app="enketo",dyno="web.1",kind="swap",process="web"} 10
`, "heroku_dyno_memory_bytes")
	w.want(`heroku_dyno_memory_total_bytes{app="enketo",dyno="web.1",process="web"} 300
`, "heroku_dyno_memory_total_bytes")
	w.want(`heroku_dyno_memory_quota_bytes{app="enketo",dyno="web.1",process="web"} 512
`, "heroku_dyno_memory_quota_bytes")
	w.want(`
heroku_dyno_load{app="enketo",dyno="web.1",process="web",window="15m"} 0.125
heroku_dyno_load{app="enketo",dyno="web.1",process="web",window="1m"} 0.5
heroku_dyno_load{app="enketo",dyno="web.1",process="web",window="5m"} 0.25
`, "heroku_dyno_load")
}

func TestAddonSeries(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo",
		of(samples(parser.KindRedis, w.now, "heroku-redis", "active-connections", 4.0, "max-connections", 18.0,
			"connection-percentage-used", 0.2, "memory-redis", 5116080.0, "memory-total", 1.6e10, "hit-rate", 0.75, "evicted-keys", 2.0),
			"redis-rugged-24473", "REDIS"),
		of(samples(parser.KindRedis, w.now, "heroku-redis", "active-connections", 5.0), "", "CACHE"), // as in 2017
		of(samples(parser.KindPostgres, w.now, "heroku-postgres", "active-connections", 6.0, "max-connections", 120.0,
			"waiting-connections", 1.0, "db_size", 9e6, "memory-postgres", 7e5, "index-cache-hit-rate", 0.9, "table-cache-hit-rate", 0.8),
			"postgresql-x-1", "DATABASE"),
	)
	f := func(series string, want float64) {
		t.Helper()
		w.wantValue(series, want)
	}
	const redis, postgres = `{addon="redis-rugged-24473",app="enketo",attachment="REDIS"}`, `{addon="postgresql-x-1",app="enketo",attachment="DATABASE"}`
	f("heroku_redis_connections"+redis, 4)
	f("heroku_redis_connections_limit"+redis, 18)
	f("heroku_redis_memory_bytes"+redis, 5116080)
	f("heroku_redis_hit_ratio"+redis, 0.75)
	f("heroku_redis_evicted_keys"+redis, 2)
	f(`heroku_redis_connections{addon="",app="enketo",attachment="CACHE"}`, 5)
	f("heroku_postgres_connections"+postgres, 6)
	f("heroku_postgres_connections_limit"+postgres, 120)
	f("heroku_postgres_connections_waiting"+postgres, 1)
	f("heroku_postgres_database_bytes"+postgres, 9e6)
	f("heroku_postgres_memory_bytes"+postgres, 7e5)
	f("heroku_postgres_index_cache_hit_ratio"+postgres, 0.9)
	f("heroku_postgres_table_cache_hit_ratio"+postgres, 0.8)
}

func TestAppSeries(t *testing.T) {
	w := newWorld(t, Options{})
	b := w.Batch()
	b.Begin("enketo", w.now)
	for _, line := range []parser.Line{
		appLine(w.now.Add(-time.Second)),
		appLine(w.now.Add(time.Hour)),
		{Kind: parser.KindApp},
		code(parser.Line{Kind: parser.KindLogplex, Nanos: w.now.UnixNano(), Lost: 100}, "L10"),
		{Fault: parser.FaultTimestamp, Code: []byte("H99")},
	} {
		b.Add(&line)
	}
	b.Lost(30)
	b.Lost(3)
	b.Match("app-crashed", 2)
	b.Match("app-crashed", 3)
	b.Commit()

	w.wantValue(`heroku_log_delay_seconds{app="enketo"}`, 3)
	w.want(`heroku_log_messages_lost_total{app="enketo"} 33
`, "heroku_log_messages_lost_total")
	w.want(`heroku_rule_matches_total{app="enketo",rule="app-crashed"} 5
`, "heroku_rule_matches_total")
	w.wantValue(`heroku_last_line_timestamp_seconds{app="enketo"}`, float64(start.Unix()))
	w.wantValue(`heroku_errors_total{app="enketo",code="L10"}`, 1)
	w.wantValue(`heroku_errors_total{app="enketo",code="H99"}`, 0)
	w.wantValue(`drain_lines_total{kind="app"}`, 3)
	w.wantValue(`drain_lines_total{kind="logplex"}`, 1)
	w.wantValue(`drain_lines_total{kind="other"}`, 1)
	w.wantValue(`drain_line_faults_total{fault="timestamp"}`, 1)

	if delay := w.families()["heroku_log_delay_seconds"].GetMetric()[0].GetHistogram(); delay.GetSampleSum() != 1 {
		t.Errorf("the sum of delays is %v, want 1", delay.GetSampleSum())
	}
}

func TestWhatIsThereBeforeAnyLine(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo") // an empty delivery makes no app
	w.want(`
drain_lines_total{kind="addon"} 0
drain_lines_total{kind="api"} 0
drain_lines_total{kind="app"} 0
drain_lines_total{kind="dyno"} 0
drain_lines_total{kind="logplex"} 0
drain_lines_total{kind="other"} 0
drain_lines_total{kind="postgres"} 0
drain_lines_total{kind="redis"} 0
drain_lines_total{kind="router"} 0
drain_lines_total{kind="runtime"} 0
`, "drain_lines_total")
	for name := range w.families() {
		switch name {
		case "drain_lines_total", "drain_line_faults_total", "drain_series", "drain_series_refused_total":
		default:
			t.Errorf("%s is there already", name)
		}
	}
}

func TestLint(t *testing.T) {
	w := newWorld(t, Options{})
	b := w.Batch()
	b.Begin("enketo", w.now)
	all := []parser.Line{request(w.now, "GET", "web.1", 200, 0)}
	for _, kind := range []parser.Kind{parser.KindRuntime, parser.KindRedis, parser.KindPostgres} {
		all = append(all, of(samples(kind, w.now, "web.1",
			"memory_rss", 1.0, "memory_total", 1.0, "memory_quota", 1.0, "load_avg_1m", 1.0,
			"active-connections", 1.0, "max-connections", 1.0, "memory-redis", 1.0, "hit-rate", 1.0, "evicted-keys", 1.0,
			"waiting-connections", 1.0, "db_size", 1.0, "memory-postgres", 1.0,
			"index-cache-hit-rate", 1.0, "table-cache-hit-rate", 1.0), "x", "X"))
	}
	for i := range all {
		b.Add(&all[i])
	}
	b.Match("rule", 1)
	b.Commit()

	if described, shown := len(newFamilies().all), len(w.families()); described != shown {
		t.Errorf("%d families are shown of %d; lint must see all", shown, described)
	}
	problems, err := testutil.GatherAndLint(w.reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}

// A rule whose name is cut to be a label goes on counting in the same series.
func TestALongRulesMatchesAreAddedUp(t *testing.T) {
	w := newWorld(t, Options{})
	for n := range 3 {
		b := w.Batch()
		b.Begin("enketo", w.now)
		b.Match(strings.Repeat("x", 2*maxRuleLabel), uint64(n+1))
		b.Commit()
	}
	series := w.families()["heroku_rule_matches_total"].GetMetric()
	if len(series) != 1 || series[0].GetCounter().GetValue() != 6 {
		t.Errorf("%v is shown, want one series of 6", series)
	}
	if kept, _ := w.value("drain_series"); kept != float64(shown(w)) {
		t.Errorf("%v series are kept, of %d shown", kept, shown(w))
	}
}
