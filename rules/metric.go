package rules

import (
	"maps"
	"slices"

	"drain/parser"
)

// metric describes a number that `metric:` can name.
type metric struct {
	by      string                         // the label its series differ in
	traffic func(*Traffic) (float64, bool) // what it is of requests; nil: it comes as samples
}

// metrics are the names that `metric:` knows. Ratios are 0..1 and above, memory is in bytes.
var metrics = map[string]metric{
	"redis_connections":            {by: "addon"},
	"redis_connections_limit":      {by: "addon"},
	"redis_connections_ratio":      {by: "addon"}, // of the logged limit, else of the configured one
	"redis_memory_bytes":           {by: "addon"},
	"redis_memory_ratio":           {by: "addon"}, // of what the plan or its maxmemory allows
	"redis_hit_ratio":              {by: "addon"},
	"redis_evicted_keys":           {by: "addon"},
	"postgres_connections":         {by: "addon"},
	"postgres_connections_limit":   {by: "addon"},
	"postgres_connections_ratio":   {by: "addon"},
	"postgres_connections_waiting": {by: "addon"}, // for a lock
	"postgres_size_bytes":          {by: "addon"},
	"postgres_size_ratio":          {by: "addon"}, // of what the plan allows
	"dyno_memory_bytes":            {by: "dyno"},  // rss + swap, what R14 compares with the quota
	"dyno_memory_ratio":            {by: "dyno"},  // of the quota
	"dyno_load":                    {by: "dyno"},  // load average of a minute

	"router_requests":    {by: "app", traffic: requestsOf},
	"router_error_ratio": {by: "app", traffic: errorRatioOf}, // those with status 5xx, of all
	"router_service_p95": {by: "app", traffic: serviceP95Of}, // seconds
	"router_service_p99": {by: "app", traffic: serviceP99Of},
	"log_delay":          {by: "app"}, // seconds from a line's own time to its receipt, the least of a delivery
}

// Metrics lists the names that `metric:` knows, in order.
func Metrics() []string { return slices.Sorted(maps.Keys(metrics)) }

// sampled lists those of Metrics that come as samples.
func sampled() []string {
	return slices.DeleteFunc(Metrics(), func(name string) bool { return metrics[name].traffic != nil })
}

// addonNumbers are the numbers that an add-on tells, and addonMetrics our names of them, in one order. A
// limit stands before what it bounds, so that the Engine knows it when the count arrives.
var addonNumbers = [parser.KindCount][]parser.Metric{
	parser.KindRedis: {
		parser.MetricConnectionsLimit, parser.MetricConnections, parser.MetricRedisMemory, parser.MetricHitRatio, parser.MetricEvictedKeys,
	},
	parser.KindPostgres: {
		parser.MetricConnectionsLimit, parser.MetricConnections, parser.MetricDatabaseSize, parser.MetricDatabaseRatio, parser.MetricConnectionsWaiting,
	},
}

var addonMetrics = [parser.KindCount][]string{
	parser.KindRedis: {"redis_connections_limit", "redis_connections", "redis_memory_bytes", "redis_hit_ratio", "redis_evicted_keys"},
	parser.KindPostgres: {
		"postgres_connections_limit", "postgres_connections", "postgres_size_bytes", "postgres_size_ratio", "postgres_connections_waiting",
	},
}

// shares are the metrics that are held against a limit: the series that the log tells it in, or else
// what the Options say, and what the share is called.
var shares = map[string]struct {
	limit, ratio string
	known        func(*Options) func(addon, attachment string) float64
}{
	"redis_connections":    {"redis_connections_limit", "redis_connections_ratio", connectionsKnown},
	"postgres_connections": {"postgres_connections_limit", "postgres_connections_ratio", connectionsKnown},
	"redis_memory_bytes":   {"", "redis_memory_ratio", memoryKnown},
}

func connectionsKnown(o *Options) func(addon, attachment string) float64 { return o.Limit }
func memoryKnown(o *Options) func(addon, attachment string) float64      { return o.Memory }

// carried are those of addonNumbers and addonMetrics that somebody asks for.
type carried struct {
	numbers []parser.Metric
	metrics []string
}

func (s *Set) carriedOf(kind parser.Kind) (c carried) {
	for i, metric := range addonMetrics[kind] {
		if s.wants(metric) {
			c.numbers, c.metrics = append(c.numbers, addonNumbers[kind][i]), append(c.metrics, metric)
		}
	}
	return c
}

// asked says whether a rule asks for a metric.
func (s *Set) asked(metric string) bool { return len(s.byMetric[metric]) > 0 }

// wants says whether a rule asks for an add-on's number, or what it is the limit of, or a budget does: that of
// Redis connections is kept without any rule. To who waits for a word of an add-on each number is one.
func (s *Set) wants(metric string) bool {
	if s.asked(metric) || metric == "redis_connections" || metric == "redis_connections_limit" {
		return true
	}
	if slices.ContainsFunc(s.silences, func(c *compiled) bool { return c.Silent.Of == "addon" }) {
		return true
	}
	for of, share := range shares {
		if (metric == of || metric == share.limit) && s.asked(share.ratio) {
			return true
		}
	}
	return false
}

func sample(line *parser.Line, name string) (float64, bool) {
	for i := range line.Samples {
		if string(line.Samples[i].Name) == name {
			return line.Samples[i].Value, true
		}
	}
	return 0, false
}
