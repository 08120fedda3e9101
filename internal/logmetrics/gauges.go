package logmetrics

import (
	"math"

	"drain/parser"
)

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

// The gauges of a dyno, from log-runtime-metrics.
const (
	memoryRSS = iota
	memoryCache
	memorySwap
	memoryTotal
	memoryQuota
	load1
	load5
	load15
	dynoGauges
)

// gaugesOf are the gauges that the samples of one kind of line set: a gauge's place, by parser.Metric.
type gaugesOf [math.MaxUint8 + 1]int8

const noGauge = -1

func newGaugesOf(gauges map[parser.Metric]int8) *gaugesOf {
	g := new(gaugesOf)
	for i := range g {
		g[i] = noGauge
	}
	for metric, place := range gauges {
		g[metric] = place
	}
	return g
}

// Pages paged in and out are left out.
var gaugesOfDyno = newGaugesOf(map[parser.Metric]int8{
	parser.MetricMemoryRSS:   memoryRSS,
	parser.MetricMemoryCache: memoryCache,
	parser.MetricMemorySwap:  memorySwap,
	parser.MetricMemoryTotal: memoryTotal,
	parser.MetricMemoryQuota: memoryQuota,
	parser.MetricLoad1m:      load1,
	parser.MetricLoad5m:      load5,
	parser.MetricLoad15m:     load15,
})

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

var gaugesOfRedis = newGaugesOf(map[parser.Metric]int8{
	parser.MetricConnections:      redisConnections,
	parser.MetricConnectionsLimit: redisConnectionsLimit,
	parser.MetricRedisMemory:      redisMemory,
	parser.MetricHitRatio:         redisHitRatio,
	parser.MetricEvictedKeys:      redisEvictedKeys,
})

var gaugesOfPostgres = newGaugesOf(map[parser.Metric]int8{
	parser.MetricConnections:        postgresConnections,
	parser.MetricConnectionsLimit:   postgresConnectionsLimit,
	parser.MetricConnectionsWaiting: postgresConnectionsWaiting,
	parser.MetricDatabaseSize:       postgresDatabase,
	parser.MetricPostgresMemory:     postgresMemory,
	parser.MetricIndexHitRatio:      postgresIndexHitRatio,
	parser.MetricTableHitRatio:      postgresTableHitRatio,
})
