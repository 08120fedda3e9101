package parser

// Metric is which of the well-known names a Sample has. Who looks for numbers on many lines switches
// on it, which costs less than the name.
type Metric uint8

// The well-known names. The zero Metric says only that nobody has looked.
const (
	MetricOther Metric = iota + 1 // none of the following

	// log-runtime-metrics
	MetricLoad1m
	MetricLoad5m
	MetricLoad15m
	MetricMemoryTotal
	MetricMemoryRSS
	MetricMemoryCache
	MetricMemorySwap
	MetricMemoryQuota

	// Heroku Key-Value Store and Heroku Postgres
	MetricConnections
	MetricConnectionsLimit
	MetricConnectionsWaiting
	MetricRedisMemory
	MetricHitRatio
	MetricEvictedKeys
	MetricDatabaseSize
	MetricDatabaseRatio
	MetricIndexHitRatio
	MetricTableHitRatio
	MetricPostgresMemory
)

// MetricOf returns which of the well-known names a name is.
func MetricOf(name []byte) Metric {
	switch string(name) {
	case "load_avg_1m":
		return MetricLoad1m
	case "load_avg_5m":
		return MetricLoad5m
	case "load_avg_15m":
		return MetricLoad15m
	case "memory_total":
		return MetricMemoryTotal
	case "memory_rss":
		return MetricMemoryRSS
	case "memory_cache":
		return MetricMemoryCache
	case "memory_swap":
		return MetricMemorySwap
	case "memory_quota":
		return MetricMemoryQuota
	case "active-connections":
		return MetricConnections
	case "max-connections":
		return MetricConnectionsLimit
	case "waiting-connections":
		return MetricConnectionsWaiting
	case "memory-redis":
		return MetricRedisMemory
	case "hit-rate":
		return MetricHitRatio
	case "evicted-keys":
		return MetricEvictedKeys
	case "db_size":
		return MetricDatabaseSize
	case "db-size-percentage-used":
		return MetricDatabaseRatio
	case "index-cache-hit-rate":
		return MetricIndexHitRatio
	case "table-cache-hit-rate":
		return MetricTableHitRatio
	case "memory-postgres":
		return MetricPostgresMemory
	}
	return MetricOther
}

// Known is s.Metric, and where nobody has looked yet, what MetricOf says of the name.
func (s *Sample) Known() Metric {
	if s.Metric != 0 {
		return s.Metric
	}
	return MetricOf(s.Name)
}
