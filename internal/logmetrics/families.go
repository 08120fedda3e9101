package logmetrics

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// family is one metric name.
type family struct {
	desc *prometheus.Desc
	kind dto.MetricType
}

// gaugeFamily is where a dyno's or an add-on's gauge is shown: a family, and the label that tells it
// from others in it, if any.
type gaugeFamily struct {
	*family
	extra *dto.LabelPair
}

type families struct {
	all []*family

	requests, dynoRequests, responseBytes *family
	service, connect, delay               *family
	errors, lost, rules, lastLine         *family
	lines, faults, series, refused        *family

	dyno  [dynoGauges]gaugeFamily
	addon [addonGauges]gaugeFamily
}

func newFamilies() *families {
	f := &families{}
	add := func(kind dto.MetricType, name, help string, labels ...string) *family {
		added := &family{prometheus.NewDesc(name, help, labels, nil), kind}
		f.all = append(f.all, added)
		return added
	}
	const (
		counter   = dto.MetricType_COUNTER
		gauge     = dto.MetricType_GAUGE
		histogram = dto.MetricType_HISTOGRAM
	)

	f.requests = add(counter, "heroku_router_requests_total", "Requests in the router's log.", "app", "method", "status")
	f.dynoRequests = add(counter, "heroku_router_dyno_requests_total", "Requests in the router's log that name a dyno, by class of status.", "app", "process", "dyno", "class")
	f.responseBytes = add(counter, "heroku_router_response_bytes_total", "Bytes of the responses in the router's log.", "app")
	f.service = add(histogram, "heroku_router_service_duration_seconds", "Time from the router's connecting to a dyno to the end of its response.", "app")
	f.connect = add(histogram, "heroku_router_connect_duration_seconds", "Time the router took to connect to a dyno.", "app")
	f.delay = add(histogram, "heroku_log_delay_seconds", "Time from a line's timestamp to its receipt; a line from the future counts as 0.", "app")
	f.errors = add(counter, "heroku_errors_total", "Lines with an H, R or L code.", "app", "code")
	f.lost = add(counter, "heroku_log_messages_lost_total", "Messages that Logplex says it dropped.", "app")
	f.rules = add(counter, "heroku_rule_matches_total", "Lines that matched a rule.", "app", "rule")
	f.lastLine = add(gauge, "heroku_last_line_timestamp_seconds", "When the app's last line was received.", "app")
	f.lines = add(counter, "drain_lines_total", "Lines read, by who they are from; a faulty line is of kind other.", "kind")
	f.faults = add(counter, "drain_line_faults_total", "Faulty lines read.", "fault")
	f.series = add(gauge, "drain_series", "Series about apps that are kept.")
	f.refused = add(counter, "drain_series_refused_total", "How often a series about an app was left out for want of room, counted at each delivery that had a value for it.")

	memory := add(gauge, "heroku_dyno_memory_bytes", "Memory of a dyno.", "app", "process", "dyno", "kind")
	f.dyno[memoryRSS] = gaugeFamily{memory, pair("kind", "rss")}
	f.dyno[memoryCache] = gaugeFamily{memory, pair("kind", "cache")}
	f.dyno[memorySwap] = gaugeFamily{memory, pair("kind", "swap")}
	f.dyno[memoryTotal].family = add(gauge, "heroku_dyno_memory_total_bytes", "Memory of a dyno: resident, cache and swap.", "app", "process", "dyno")
	f.dyno[memoryQuota].family = add(gauge, "heroku_dyno_memory_quota_bytes", "Memory quota of a dyno.", "app", "process", "dyno")
	load := add(gauge, "heroku_dyno_load", "Load average of a dyno.", "app", "process", "dyno", "window")
	f.dyno[load1] = gaugeFamily{load, pair("window", "1m")}
	f.dyno[load5] = gaugeFamily{load, pair("window", "5m")}
	f.dyno[load15] = gaugeFamily{load, pair("window", "15m")}

	addon := func(i int, name, help string) {
		f.addon[i].family = add(gauge, name, help, "app", "addon", "attachment")
	}
	addon(redisConnections, "heroku_redis_connections", "Open connections to a Redis.")
	addon(redisConnectionsLimit, "heroku_redis_connections_limit", "Connections that a Redis admits.")
	addon(redisMemory, "heroku_redis_memory_bytes", "Memory a Redis uses.")
	addon(redisHitRatio, "heroku_redis_hit_ratio", "Share of a Redis's lookups that found a key.")
	addon(redisEvictedKeys, "heroku_redis_evicted_keys", "Keys that a Redis evicted, as it says itself.")
	addon(postgresConnections, "heroku_postgres_connections", "Open connections to a Postgres.")
	addon(postgresConnectionsLimit, "heroku_postgres_connections_limit", "Connections that a Postgres admits.")
	addon(postgresConnectionsWaiting, "heroku_postgres_connections_waiting", "Connections to a Postgres that wait for a lock.")
	addon(postgresDatabase, "heroku_postgres_database_bytes", "Size of a Postgres database.")
	addon(postgresMemory, "heroku_postgres_memory_bytes", "Memory a Postgres uses.")
	addon(postgresIndexHitRatio, "heroku_postgres_index_cache_hit_ratio", "Share of a Postgres's index reads that the cache served.")
	addon(postgresTableHitRatio, "heroku_postgres_table_cache_hit_ratio", "Share of a Postgres's table reads that the cache served.")
	return f
}
