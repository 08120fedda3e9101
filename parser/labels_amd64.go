package parser

import "strings"

// label is what a sample of a certain name begins with, without its "sample#": "load_avg_1m=".
type label struct {
	text, mask [32]byte // mask has all bits of those bytes that are compared
	cut        sampleCut
}

// labels are those of one kind of line, in the order they have there. Behind them are some that no
// sample begins with.
type labels [mostLabels + tries]label

const (
	mostLabels = 32
	tries      = 4 // labels that are compared with a sample: not all are on each line
)

// usualLabels are those of dyno metrics, of Heroku Key-Value Store and of Heroku Postgres.
var usualLabels = [KindCount]*labels{
	KindRuntime: newLabels(`load_avg_1m load_avg_5m load_avg_15m
		memory_total memory_rss memory_cache memory_swap memory_pgpgin memory_pgpgout memory_quota`),
	KindRedis: newLabels(`active-connections max-connections connection-percentage-used
		load-avg-1m load-avg-5m load-avg-15m read-iops write-iops max-iops iops-percentage-used
		memory-total memory-free memory-percentage-used memory-cached memory-redis hit-rate evicted-keys`),
	KindPostgres: newLabels(`current_transaction db_size db-size-percentage-used tables
		active-connections waiting-connections max-connections connections-percentage-used
		index-cache-hit-rate table-cache-hit-rate
		load-avg-1m load-avg-5m load-avg-15m read-iops write-iops max-iops iops-percentage-used
		tmp-disk-used tmp-disk-available
		memory-total memory-free memory-percentage-used memory-cached memory-postgres
		follower-lag-commits wal-percentage-used`),
}

func newLabels(names string) *labels {
	t := new(labels)
	for i := range t {
		for at := range t[i].mask {
			t[i].text[at], t[i].mask[at] = 0xFF, 0xFF
		}
	}
	for i, name := range strings.Fields(names) {
		l := &t[:mostLabels][i]
		*l = label{cut: newSampleCut(name)}
		for at := range copy(l.text[:], name+"=") {
			l.mask[at] = 0xFF
		}
	}
	return t
}
