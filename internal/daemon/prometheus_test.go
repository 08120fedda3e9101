package daemon

import (
	"os/exec"
	"strings"
	"testing"

	"drain/internal/config"
	"drain/internal/ingest"
)

// Prometheus's own tool judges names, types, units and help texts, with series of every kind there.
func TestPromtoolFindsNothingToMend(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian's package prometheus has it)")
	}
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: enketoBudget()})
	own := ingest.AppPassword("p", "enketo")
	r.post(t, "/logs/enketo", own, "", "app api Scaled to web@1:Basic by user a@example.com")
	r.post(t, "/logs/enketo", own, "", "app api Scaled to web@2:Basic by user a@example.com",
		h12, "app web.1 hello", "app web.1 ERR max number of clients reached",
		"heroku web.1 source=web.1 dyno=heroku.1.x sample#load_avg_1m=0.5 sample#load_avg_5m=0.4 sample#load_avg_15m=0.3",
		"heroku web.1 source=web.1 dyno=heroku.1.x sample#memory_total=221.47MB sample#memory_rss=217.77MB sample#memory_cache=3.70MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB",
		"app heroku-redis source=REDIS addon=redis-x sample#active-connections=4 sample#max-connections=18 sample#memory-redis=5116080bytes sample#hit-rate=0.5 sample#evicted-keys=0",
		"app heroku-postgres source=DATABASE addon=postgresql-x sample#db_size=26219348792bytes sample#active-connections=92 sample#waiting-connections=1 sample#max-connections=200 sample#index-cache-hit-rate=0.99 sample#table-cache-hit-rate=0.98 sample#memory-postgres=1kB",
		"heroku logplex Error L10 (output buffer overflow): 5 messages dropped since 2026-11-22T19:00:00+00:00.",
	)
	_, text := r.get(t, "/metrics", "")
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
	for _, name := range promised {
		if !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+" ") && !strings.Contains(text, "\n"+name+"_bucket{") {
			t.Errorf("%s is missing", name)
		}
	}
}

// promised are the series whose names people hold on to.
var promised = strings.Fields(`
heroku_router_requests_total heroku_router_dyno_requests_total heroku_router_service_duration_seconds
heroku_router_connect_duration_seconds heroku_router_response_bytes_total heroku_errors_total
heroku_dyno_memory_bytes heroku_dyno_memory_total_bytes heroku_dyno_memory_quota_bytes heroku_dyno_load
heroku_redis_connections heroku_redis_connections_limit heroku_redis_memory_bytes heroku_redis_hit_ratio heroku_redis_evicted_keys
heroku_postgres_connections heroku_postgres_connections_limit
heroku_log_messages_lost_total heroku_rule_matches_total heroku_log_delay_seconds heroku_last_line_timestamp_seconds
drain_ingest_requests_total drain_ingest_bytes_total drain_ingest_duplicates_total drain_ingest_refused_total
drain_ingest_refused_messages_total drain_lines_total drain_line_faults_total drain_message_count_mismatch_total
drain_alerts drain_notify_queue_length drain_notify_queue_capacity
drain_config_last_reload_successful drain_config_last_reload_success_timestamp_seconds drain_build_info
drain_series drain_series_refused_total
drain_budget_dynos_fit drain_budget_connections_per_dyno drain_budget_connections_per_dyno_uncertainty
drain_budget_connections drain_budget_fits drain_budget_scale_up_fits drain_budget_plan_dynos_fit`)
