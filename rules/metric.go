package rules

import (
	"maps"
	"slices"

	"drain/parser"
)

// metric describes a number that `metric:` can name.
type metric struct {
	by string // the label its series differ in
}

// metrics are the names that `metric:` knows. Ratios are 0..1 and above, memory is in bytes.
var metrics = map[string]metric{
	"redis_connections":          {by: "addon"},
	"redis_connections_limit":    {by: "addon"},
	"redis_connections_ratio":    {by: "addon"}, // of the logged limit, else of the configured one
	"redis_memory_bytes":         {by: "addon"},
	"redis_hit_ratio":            {by: "addon"},
	"redis_evicted_keys":         {by: "addon"},
	"postgres_connections":       {by: "addon"},
	"postgres_connections_limit": {by: "addon"},
	"postgres_connections_ratio": {by: "addon"},
	"dyno_memory_bytes":          {by: "dyno"}, // rss + swap, what R14 compares with the quota
	"dyno_memory_ratio":          {by: "dyno"}, // of the quota
	"dyno_load":                  {by: "dyno"}, // load average of a minute
}

// Metrics lists the names that `metric:` knows, in order.
func Metrics() []string { return slices.Sorted(maps.Keys(metrics)) }

// addonMetrics are our names of the numbers that an add-on tells, in the order of addonNumber. A limit
// stands before what it bounds, so that the Engine knows it when the count arrives.
var addonMetrics = [parser.KindCount][]string{
	parser.KindRedis:    {"redis_connections_limit", "redis_connections", "redis_memory_bytes", "redis_hit_ratio", "redis_evicted_keys"},
	parser.KindPostgres: {"postgres_connections_limit", "postgres_connections"},
}

const maxAddonMetrics = 5 // of one kind

// addonNumber is the place in addonMetrics of what Heroku calls so, -1 if it has none.
func addonNumber(name []byte) int {
	switch string(name) {
	case "max-connections":
		return 0
	case "active-connections":
		return 1
	case "memory-redis":
		return 2
	case "hit-rate":
		return 3
	case "evicted-keys":
		return 4
	}
	return -1
}

// connections names the series of one add-on kind that a ratio is made of.
var connections = map[string]struct{ limit, ratio string }{
	"redis_connections":    {"redis_connections_limit", "redis_connections_ratio"},
	"postgres_connections": {"postgres_connections_limit", "postgres_connections_ratio"},
}

func sample(line *parser.Line, name string) (float64, bool) {
	for i := range line.Samples {
		if string(line.Samples[i].Name) == name {
			return line.Samples[i].Value, true
		}
	}
	return 0, false
}
