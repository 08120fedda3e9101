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

	metricCount
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

// Numbers are those of a line's samples that have a well-known name, the first of each. Who wants a few of
// many looks them up here.
type Numbers struct {
	Has    uint32               // a bit for each Metric that is there, 1<<MetricLoad1m
	Values [metricCount]float64 // by Metric; 0 where it isn't there
}

// Value returns the number of a Metric; ok is false where it isn't there.
func (n *Numbers) Value(metric Metric) (v float64, ok bool) {
	if metric >= metricCount || n.Has>>metric&1 == 0 {
		return 0, false
	}
	return n.Values[metric], true
}

func (n *Numbers) add(metric Metric, v float64) {
	if MetricOther < metric && metric < metricCount && n.Has>>metric&1 == 0 {
		n.Has |= 1 << metric
		n.Values[metric] = v
	}
}

// Known returns the line's Numbers. It makes them where the Samples were put there by somebody else.
func (l *Line) Known() *Numbers {
	if n := &l.Numbers; n.Has == 0 {
		for i := range l.Samples {
			n.add(l.Samples[i].Known(), l.Samples[i].Value)
		}
	}
	return &l.Numbers
}

func (l *Line) addSample(name []byte, v float64) {
	s := newSample(name, v)
	l.Samples = append(l.Samples, s)
	l.Numbers.add(s.Metric, v)
}

// Known is s.Metric, and where nobody has looked yet, what MetricOf says of the name.
func (s *Sample) Known() Metric {
	if s.Metric != 0 {
		return s.Metric
	}
	return MetricOf(s.Name)
}
