package parser

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Lines of dyno metrics and add-ons, as they were in some year or other.
var metricsLines = []string{
	metricsHead + `heroku web.1 - source=web.1 dyno=heroku.261104379.cd817c77-4f8e-4e68-b42a-3dea4e04d99c sample#memory_total=221.47MB sample#memory_rss=217.77MB sample#memory_cache=3.70MB sample#memory_swap=0.00MB sample#memory_pgpgin=149293pages sample#memory_pgpgout=123257pages sample#memory_quota=512.00MB`,
	metricsHead + `heroku web.1 - source=web.1 dyno=heroku.261104379.cd817c77-4f8e-4e68-b42a-3dea4e04d99c sample#load_avg_1m=0.00 sample#load_avg_5m= sample#load_avg_15m=`,
	metricsHead + `app heroku-redis - source=REDIS addon=redis-rugged-24473 sample#active-connections=4 sample#max-connections=18 sample#connection-percentage-used=0.22222 sample#load-avg-1m=1.51 sample#load-avg-5m= sample#load-avg-15m= sample#read-iops=0 sample#write-iops=0 sample#max-iops=3000 sample#iops-percentage-used=0.00000 sample#memory-total=16167800kB sample#memory-free=10693340kB sample#memory-percentage-used=0.33860 sample#memory-cached=979072kB sample#memory-redis=5116080bytes sample#hit-rate=0.0013079 sample#evicted-keys=0`,
	metricsHead + `app heroku-redis - source=REDIS sample#active-connections=4 sample#load-avg-1m=0.215 sample#load-avg-5m=0.21 sample#load-avg-15m=0.16 sample#read-iops=0 sample#write-iops=0 sample#memory-total=1566488.0kB sample#memory-free=12913516kB sample#memory-cached=1123100kB sample#memory-redis=290368bytes sample#hit-rate=0.99 sample#evicted-keys=0`,
	metricsHead + `app heroku-postgres - source=DATABASE addon=postgresql-curly-12345 sample#current_transaction=1873 sample#db_size=63563bytes sample#db-size-percentage-used=0.00635 sample#tables=13 sample#active-connections=92 sample#waiting-connections=1 sample#max-connections=120 sample#connections-percentage-used=0.76667 sample#index-cache-hit-rate=0.99996 sample#table-cache-hit-rate=0.9998 sample#load-avg-1m=0.24 sample#load-avg-5m=0.115 sample#load-avg-15m=0.15 sample#read-iops=0 sample#write-iops=1.0 sample#max-iops=3000 sample#iops-percentage-used=0.00033 sample#tmp-disk-used=54363340 sample#tmp-disk-available=72435191 sample#memory-total=4023192kB sample#memory-free=178744kB sample#memory-percentage-used=0.95557 sample#memory-cached=3279752kB sample#memory-postgres=53888kB sample#follower-lag-commits=0 sample#wal-percentage-used=0.064271`,
	metricsHead + `app heroku-postgres - source=` + strings.Repeat("S", 31) + " addon=" + strings.Repeat("a", 63) + ` sample#tables=1 sample#connections-percentage-used=0.7666667MB`,
}

const metricsHead = "<134>1 2026-11-22T20:00:08.898551+00:00 host "

// Their samples are read with their names at hand, behind one that is new too: else they would be right,
// only slow.
func TestMetricsAreTaken(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't")
	}
	for _, line := range metricsLines {
		l := Line{Kind: KindRuntime}
		switch {
		case strings.Contains(line, "heroku-redis"):
			l.Kind = KindRedis
		case strings.Contains(line, "heroku-postgres"):
			l.Kind = KindPostgres
		}
		at := strings.Index(line, "source=")
		const odd = "sample#new=1 "
		second := strings.Index(line, "sample#") + len(odd)
		second += strings.Index(line[second:], "sample#")
		line = line[:second] + odd + line[second:]
		body := []byte(line + "\n" + strings.Repeat(" ", 150))
		for place := 0; at < len(line); {
			next, then := l.cutUsual(body, at, len(line), place, wantAll)
			if next < len(line) && strings.HasPrefix(line[next:], odd) {
				next += len(odd)
			}
			if next == at {
				t.Errorf("at %q: %s", line[at:], line)
				break
			}
			at, place = next, then
		}
	}
}

// So are numbers of up to 15 bytes, with the unit that the name mostly has or with another.
func TestMetricsNumbersAreTaken(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't")
	}
	const digits = "123456789012345"
	for n := 1; n <= 15; n++ {
		for point := range n {
			number := digits[:n]
			if point > 0 {
				number = digits[:point] + "." + digits[:n-point-1]
			}
			for _, name := range []string{"memory-total", "memory-redis", "hit-rate", "connection-percentage-used"} {
				for _, unit := range []string{"", "MB", "kB", "bytes", "pages"} {
					sample := "sample#" + name + "=" + number + unit
					l := Line{Kind: KindRedis}
					body, place := strings.Repeat(" ", 16)+sample, 0
					for place < 32 && len(l.Samples) == 0 {
						_, then := l.cutUsual([]byte(body+strings.Repeat(" ", 150)), 16, len(body), place, wantAll)
						place = max(then, place+1)
					}
					want, ok := parseQuantity([]byte(number + unit))
					if !ok || len(l.Samples) != 1 || string(l.Samples[0].Name) != name || l.Samples[0].Value != want {
						t.Errorf("%s: want %v, got %+v", sample, want, l.Samples)
					}
				}
			}
		}
	}
}

func TestMetricsEqualGeneral(t *testing.T) {
	f := func(body string) {
		t.Helper()
		if diff := unlikeGeneral([]byte(body)); diff != "" {
			t.Fatal(diff)
		}
	}
	behind := strings.Repeat(" ", 150)
	for _, line := range metricsLines {
		for cut := len(metricsHead); cut <= len(line); cut++ {
			f(frame(line[:cut]) + line[cut:] + behind) // as much as the length says is all
			for _, end := range []string{"\n", "5", `"`, " "} {
				f(frame(line[:cut]+end) + frame(usual[0]))
			}
		}
		for at := range len(line) {
			if strings.HasPrefix(line[at:], "sample#") {
				f(frame(line[:at]+"s"+line[at:]) + behind)
				f(frame(line[:at]+"x"+line[at+1:]) + behind)
			}
		}
	}

	const nines = "9876543210"
	for whole := range len(nines) {
		for fraction := range len(nines) {
			for _, unit := range []string{" ", "MB ", "kB ", "bytes ", "pages ", ".5 ", "MB", "x ", "\n"} {
				for _, point := range []string{".", ""} {
					value := nines[:whole] + point + nines[:fraction] + unit
					f(frame(metricsHead+"app heroku-redis - source=R sample#active-connections="+value+"sample#hit-rate="+value) + behind)
				}
			}
		}
	}
	for n := range 70 {
		f(frame(metricsHead+"app heroku-redis - source="+strings.Repeat("r", n)+" addon="+strings.Repeat("a", n)+" sample#hit-rate=1") + behind)
		f(frame(metricsHead+"heroku web.1 - source="+strings.Repeat("r", n%40)+" dyno="+strings.Repeat("d", n)) + behind)
		f(frame(metricsHead+"app heroku-redis - source=R"+strings.Repeat(" sample#hit-rate=1", n)) + behind)
	}
}

// Samples are left out, come twice, in another order, under names and with numbers of all sorts.
func TestMetricsShuffled(t *testing.T) {
	names, units := rapid.StringMatching(`[a-z_-]{0,34}`), rapid.SampledFrom([]string{"", "", "MB", "kB", "bytes", "pages", "GB", "%", "M", "byte", "x"})
	number := rapid.StringMatching(`[0-9]{0,9}(\.[0-9]{0,9})?|-1|1e3|"5"`)
	rapid.Check(t, func(t *rapid.T) {
		words := strings.Split(rapid.SampledFrom(metricsLines).Draw(t, "line"), " ")
		for range rapid.IntRange(0, 5).Draw(t, "changes") {
			at := rapid.IntRange(7, len(words)-1).Draw(t, "at")
			key, value, _ := strings.Cut(words[at], "=")
			switch rapid.IntRange(0, 6).Draw(t, "change") {
			case 0:
				words = append(words[:at:at], words[at+1:]...)
			case 1:
				words[at] += " " + rapid.SampledFrom(words[7:]).Draw(t, "again")
			case 2:
				words[at] = "sample#" + names.Draw(t, "name") + "=" + value
			case 3:
				words[at] = key + "=" + number.Draw(t, "number") + units.Draw(t, "unit")
			case 4:
				words[at] = rapid.SampledFrom([]string{"", " ", "source=B", "addon=b", "dyno=c", `source="a b"`, "x", "sample#", "=", `sample#x="a b"`}).Draw(t, "other")
			case 5:
				words[at] = key + strings.Repeat("x", rapid.IntRange(1, 40).Draw(t, "n")) + "=" + value
			case 6:
				words[at] = key + "=" + strings.Repeat("7", rapid.IntRange(1, 70).Draw(t, "n"))
			}
			if len(words) < 9 {
				break
			}
		}
		body := frame(strings.Join(words, " ")) + rapid.SampledFrom([]string{"", frame(usual[1]), strings.Repeat(" ", 60)}).Draw(t, "behind")
		if diff := unlikeGeneral([]byte(body)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Of samples that are there twice the first counts, whatever reads them.
func TestNumbers(t *testing.T) {
	f := func(text string, want map[Metric]float64) {
		t.Helper()
		s := NewScanner([]byte(frame(metricsHead+text) + strings.Repeat(" ", 150)))
		if !s.Scan() {
			t.Fatalf("no line: %s", text)
		}
		byHand := Line{Samples: s.Line().Samples}
		for _, n := range []*Numbers{s.Line().Known(), byHand.Known()} {
			got := make(map[Metric]float64)
			for metric := range metricCount + 20 {
				v, ok := n.Value(metric)
				if ok {
					got[metric] = v
				} else if v != 0 {
					t.Errorf("%s: %v where nothing is: %d", text, v, metric)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", text, diff)
			}
		}
	}
	type values = map[Metric]float64
	f("app heroku-redis - source=R addon=a sample#active-connections=4 sample#load-avg-1m=2 sample#evicted-keys=0", values{MetricConnections: 4, MetricEvictedKeys: 0})
	f("app heroku-redis - source=R addon=a sample#load-avg-1m=2", values{})
	f("app heroku-redis - source=R addon=a sample#evicted-keys=1 sample#hit-rate=0.5 sample#evicted-keys=2 sample#hit-rate=0.6", values{MetricEvictedKeys: 1, MetricHitRatio: 0.5})
	f("app heroku-redis - source=R addon=a sample#evicted-keys=1 sample#active-connections=4 sample#load-avg-1m=1 sample#write-iops=1 sample#memory-total=1kB sample#memory-redis=1bytes sample#evicted-keys=2",
		values{MetricEvictedKeys: 1, MetricConnections: 4, MetricRedisMemory: 1})
	f("app heroku-redis - source=R addon=a sbmple#active-connections=1 saxple#active-connections=1 samqle#active-connections=1 sampl-#active-connections=1 sample_active-connections=1 sample#hit-rate=1",
		values{MetricHitRatio: 1})
	f("app heroku-redis - source=R addon=a sample#evicted-keys=x sample#new=1 sample#evicted-keys=2", values{MetricEvictedKeys: 2})
	f("heroku web.1 - source=web.1 dyno=d sample#load_avg_1m=0.5 sample#load_avg_5m= sample#memory_quota=512.00MB", values{MetricLoad1m: 0.5, MetricMemoryQuota: 512 << 20})
	f("heroku web.1 - Process running mem=870M(170.1%)", values{})
}

func TestMetricOf(t *testing.T) {
	for name, want := range map[string]Metric{
		"load_avg_1m": MetricLoad1m, "memory_quota": MetricMemoryQuota, "active-connections": MetricConnections,
		"max-connections": MetricConnectionsLimit, "memory-redis": MetricRedisMemory, "hit-rate": MetricHitRatio,
		"db_size": MetricDatabaseSize, "memory_pgpgin": MetricOther, "load-avg-1m": MetricOther, "": MetricOther,
	} {
		if got := MetricOf([]byte(name)); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
		for _, s := range []Sample{{Name: []byte(name)}, newSample([]byte(name), 1)} {
			if got := s.Known(); got != want {
				t.Errorf("a sample of %s is %d, want %d", name, got, want)
			}
		}
	}
}

// What stands behind the end of a line is no part of its last number.
func TestMetricsEndInDigits(t *testing.T) {
	const head = "<134>1 2026-11-22T20:00:08+00:00 host app heroku-redis - source=REDIS addon=redis-rugged-24473 sample#active-connections="
	for _, digits := range []string{"1", "1234567", "12345678", "123456789"} {
		for _, next := range []string{".", ".5", "5", "kB", " ", "\n"} {
			if diff := unlikeGeneral([]byte(frame(head+digits) + next + strings.Repeat(" ", 150))); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// Where Numbers are enough, no usual line has Samples; one that isn't has all of them.
func TestSiftNumbers(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't")
	}
	const head = "<134>1 2026-11-22T20:00:08.898551+00:00 host app heroku-redis - source=REDIS addon=redis-rugged-24473 "
	f := func(samples int, text string, want map[Metric]float64) {
		t.Helper()
		s := NewScanner([]byte(strings.Repeat(frame(head+text), 2) + strings.Repeat(" ", 150)))
		for s.Sift(&Sieve{Numbers: true}) {
			l := s.Line()
			got := make(map[Metric]float64)
			for m := MetricOther; m < metricCount; m++ {
				if v, ok := l.Known().Value(m); ok {
					got[m] = v
				}
			}
			if !maps.Equal(got, want) || len(l.Samples) != samples || string(l.Addon) != "redis-rugged-24473" {
				t.Errorf("%s: %v and %d samples, want %v and %d", text, got, len(l.Samples), want, samples)
			}
		}
	}
	two := map[Metric]float64{MetricConnections: 4, MetricHitRatio: 0.5}
	f(0, "sample#active-connections=4 sample#load-avg-1m=1.5 sample#write-iops=7 sample#memory-total=7kB sample#memory-cached=7kB sample#hit-rate=0.5", two)
	f(0, "sample#active-connections=4 sample#load-avg-1m=? sample#write-iops= sample#memory-total=7kB sample#memory-cached= sample#hit-rate=0.5", two)
	f(0, "sample#load-avg-1m=1.5", map[Metric]float64{})
	f(3, "sample#active-connections=4 sample#new=1 sample#hit-rate=0.5", two)
	f(3, "sample#active-connections=4 sample#hit-rate=0.5 sample#active-connections=5", two)
	const source, long = "source=REDIS addon=redis-rugged-24473 ", "sample#active-connections=4 sample#load-avg-1m=1.5 sample#write-iops=7 " +
		"sample#memory-total=7kB sample#memory-cached="
	const rest = " sample#hit-rate=0.5"
	most := 1024 - len(source+long+rest)
	f(0, long+strings.Repeat("y", most)+rest, two)
	f(5, long+strings.Repeat("y", most+1)+rest, two)
	f(5, long+strings.Repeat("y", most+len(rest))+rest, two) // the space behind it isn't looked at
	f(2, `sample#active-connections=4 sample#load-avg-1m="1 sample#max-connections=9 " sample#hit-rate=0.5`, two)
}
