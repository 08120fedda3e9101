package logmetrics

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

// dynoGauge finds the gauge of a sample, or -1. Pages paged in and out are left out.
func dynoGauge(sample []byte) int {
	switch string(sample) {
	case "memory_rss":
		return memoryRSS
	case "memory_cache":
		return memoryCache
	case "memory_swap":
		return memorySwap
	case "memory_total":
		return memoryTotal
	case "memory_quota":
		return memoryQuota
	case "load_avg_1m":
		return load1
	case "load_avg_5m":
		return load5
	case "load_avg_15m":
		return load15
	}
	return -1
}

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

func redisGauge(sample []byte) int {
	switch string(sample) {
	case "active-connections":
		return redisConnections
	case "max-connections":
		return redisConnectionsLimit
	case "memory-redis":
		return redisMemory
	case "hit-rate":
		return redisHitRatio
	case "evicted-keys":
		return redisEvictedKeys
	}
	return -1
}

func postgresGauge(sample []byte) int {
	switch string(sample) {
	case "active-connections":
		return postgresConnections
	case "max-connections":
		return postgresConnectionsLimit
	case "waiting-connections":
		return postgresConnectionsWaiting
	case "db_size":
		return postgresDatabase
	case "memory-postgres":
		return postgresMemory
	case "index-cache-hit-rate":
		return postgresIndexHitRatio
	case "table-cache-hit-rate":
		return postgresTableHitRatio
	}
	return -1
}
