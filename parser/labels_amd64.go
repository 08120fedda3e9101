package parser

import (
	"strings"
	"unsafe"
)

// label is what a sample of a certain name begins with, and how it goes on.
type label struct {
	text, mask [32]byte // without "samp": "le#load_avg_1m="; mask has all bits of those bytes that are compared
	unit       unitOf   // that it mostly has
	name       nameCut
	has        uint32 // 1<<metric
	value      uint8  // where that begins
	metric     Metric
}

const labelSize = int(unsafe.Sizeof(label{}))

// nameCut is where a sample's name begins, and of how many bytes it is. In a label it is counted from where
// the sample begins.
type nameCut struct{ from, n uint16 }

// unitOf is what stands behind a number.
type unitOf struct {
	text, mask uint64 // the last eight bytes of the value; mask has all bits of those that are the unit's
	last       int64  // where the number's last byte is, from where the value ends
	scale      float64
}

func newUnit(text string) unitOf {
	scales := map[string]float64{"MB": 1 << 20, "kB": 1 << 10, "bytes": 1, "pages": 1, "": 1}
	u := unitOf{last: int64(-1 - len(text)), scale: scales[text]}
	if text == "" {
		u.text, u.mask = 0x30<<56, 0xF0<<56 // a digit, or nearly
	}
	for i := range len(text) {
		u.text, u.mask = u.text>>8|uint64(text[i])<<56, u.mask>>8|0xFF<<56
	}
	return u
}

// labels are those of one kind of line.
type labels struct {
	owner     uint64                    // "addon=" or "dyno=", whichever stands behind source=
	ownerMask uint64                    // has all bits of those bytes
	ownerSize int                       // in bytes
	samples   [mostLabels + tries]label // in the order they have there; behind them are some that none begins with
}

const (
	mostLabels = 32
	tries      = 4 // labels that are compared with a sample: not all are on each line
)

// usualLabels are those of dyno metrics, of Heroku Key-Value Store and of Heroku Postgres.
var usualLabels = [KindCount]*labels{
	KindRuntime: newLabels("dyno=", `load_avg_1m load_avg_5m load_avg_15m
		memory_total=MB memory_rss=MB memory_cache=MB memory_swap=MB memory_pgpgin=pages memory_pgpgout=pages memory_quota=MB`),
	KindRedis: newLabels("addon=", `active-connections max-connections connection-percentage-used
		load-avg-1m load-avg-5m load-avg-15m read-iops write-iops max-iops iops-percentage-used
		memory-total=kB memory-free=kB memory-percentage-used memory-cached=kB memory-redis=bytes hit-rate evicted-keys`),
	KindPostgres: newLabels("addon=", `current_transaction db_size=bytes db-size-percentage-used tables
		active-connections waiting-connections max-connections connections-percentage-used
		index-cache-hit-rate table-cache-hit-rate
		load-avg-1m load-avg-5m load-avg-15m read-iops write-iops max-iops iops-percentage-used
		tmp-disk-used tmp-disk-available
		memory-total=kB memory-free=kB memory-percentage-used memory-cached=kB memory-postgres=kB
		follower-lag-commits wal-percentage-used`),
}

// newLabels makes labels of names in order, each with its unit if it has one: "memory_total=MB".
func newLabels(owner, names string) *labels {
	t := &labels{ownerSize: len(owner)}
	for i := range len(owner) {
		t.owner, t.ownerMask = t.owner|uint64(owner[i])<<(8*i), t.ownerMask|0xFF<<(8*i)
	}
	for i := range t.samples {
		none := &t.samples[i]
		for at := range none.mask {
			none.text[at], none.mask[at] = 0xFF, 0xFF
		}
	}
	for i, name := range strings.Fields(names) {
		name, unit, _ := strings.Cut(name, "=")
		from := len("sample#")
		metric := MetricOf([]byte(name))
		l := &t.samples[:mostLabels][i]
		*l = label{
			unit: newUnit(unit), name: nameCut{uint16(from), uint16(len(name))},
			has: 1 << metric, value: uint8(from + len(name+"=")), metric: metric,
		}
		for at := range copy(l.text[:], "le#"+name+"=") {
			l.mask[at] = 0xFF
		}
	}
	return t
}
