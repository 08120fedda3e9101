package logmetrics

import "drain/parser"

// gauge is the newest value of something, and when it was so: Unix nanoseconds, 0 for never.
type gauge struct {
	value float64
	at    int64
}

func (g *gauge) update(from gauge) {
	if from.at != 0 && from.at >= g.at {
		*g = from
	}
}

// The gauges of a dyno, from log-runtime-metrics, in the order of their parser.Metrics. Pages paged in and
// out are left out.
const (
	load1 = iota
	load5
	load15
	memoryTotal
	memoryRSS
	memoryCache
	memorySwap
	memoryQuota
	dynoGauges
)

// firstOfDyno is the Metric of the first of them.
const firstOfDyno = parser.MetricLoad1m

// The gauges of an add-on. Left out is what describes the host that many add-ons share: its load,
// memory-total, memory-free and memory-percentage-used say nothing about this one.
const (
	redisConnections = iota
	redisConnectionsLimit
	redisMemory
	redisHitRatio
	redisEvictedKeys
	postgresConnections
	postgresConnectionsLimit
	postgresConnectionsWaiting
	postgresDatabase
	postgresMemory
	postgresIndexHitRatio
	postgresTableHitRatio
	addonGauges
)

// addonGauge is the gauge that a Metric sets.
type addonGauge struct {
	metric parser.Metric
	place  int8
}

var gaugesOfRedis = []addonGauge{
	{parser.MetricConnections, redisConnections},
	{parser.MetricConnectionsLimit, redisConnectionsLimit},
	{parser.MetricRedisMemory, redisMemory},
	{parser.MetricHitRatio, redisHitRatio},
	{parser.MetricEvictedKeys, redisEvictedKeys},
}

var gaugesOfPostgres = []addonGauge{
	{parser.MetricConnections, postgresConnections},
	{parser.MetricConnectionsLimit, postgresConnectionsLimit},
	{parser.MetricConnectionsWaiting, postgresConnectionsWaiting},
	{parser.MetricDatabaseSize, postgresDatabase},
	{parser.MetricPostgresMemory, postgresMemory},
	{parser.MetricIndexHitRatio, postgresIndexHitRatio},
	{parser.MetricTableHitRatio, postgresTableHitRatio},
}
