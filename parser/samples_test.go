package parser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func samplesOf(l *Line) map[string]float64 {
	m := map[string]float64{}
	for _, s := range l.Samples {
		m[string(s.Name)] = s.Value
	}
	return m
}

func TestSamples(t *testing.T) {
	type values = map[string]float64
	f := func(app, proc, text, source, addon, dyno string, want values) {
		t.Helper()
		l := from(app, proc, text)
		if string(l.Source) != source || string(l.Addon) != addon || string(l.Dyno) != dyno {
			t.Errorf("%s: source %q addon %q dyno %q", text, l.Source, l.Addon, l.Dyno)
		}
		if diff := cmp.Diff(want, samplesOf(l)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
	f("app", "heroku-redis", "source=REDIS addon=redis-rugged-24473 sample#active-connections=4 sample#max-connections=18 sample#connection-percentage-used=0.22222 sample#memory-total=16167800kB sample#memory-redis=5116080bytes sample#hit-rate=1 sample#evicted-keys=0",
		"REDIS", "redis-rugged-24473", "", values{
			"active-connections": 4, "max-connections": 18, "connection-percentage-used": 0.22222,
			"memory-total": 16167800 * 1024, "memory-redis": 5116080, "hit-rate": 1, "evicted-keys": 0,
		})
	f("heroku", "web.1", "source=web.1 dyno=heroku.35930502.b9de5fce sample#memory_total=103.50MB sample#memory_pgpgin=36091pages",
		"web.1", "", "heroku.35930502.b9de5fce", values{"memory_total": 103.5 * (1 << 20), "memory_pgpgin": 36091})
	f("heroku", "web.1", "source=web.1 dyno=heroku.1.b sample#load_avg_1m=0.00 sample#load_avg_5m= sample#load_avg_15m=n/a",
		"web.1", "", "heroku.1.b", values{"load_avg_1m": 0})
	f("app", "heroku-postgres", "- source=DATABASE addon=p sample#db_size=10bytes", "DATABASE", "p", "", values{"db_size": 10})
	f("app", "heroku-kafka", "source=KAFKA addon=k sample#bytes-in-per-second=3", "KAFKA", "k", "", values{"bytes-in-per-second": 3})
	f("app", "heroku-redis", "source=A source=B addon= sample#=1 samples#x=1 x=1", "A", "", "", values{})

	// Memory before an R14 or R15.
	f("heroku", "web.1", "Process running mem=870M(170.1%)", "", "", "", values{"dyno_memory_bytes": 870 << 20, "dyno_memory_ratio": 1.701})
	f("heroku", "web.1", "- Process running mem=870MB(170%)", "", "", "", values{"dyno_memory_bytes": 870 << 20, "dyno_memory_ratio": 1.7})
	f("heroku", "web.1", "Process running mem=1.5G(170.1%)", "", "", "", values{"dyno_memory_bytes": 1.5 * (1 << 30), "dyno_memory_ratio": 1.701})
	for _, text := range []string{
		"Process running mem=", "Process running mem=870M", "Process running mem=870M(", "Process running mem=870M(1",
		"Process running mem=M(1%)", "Process running mem=870M(x%)", "Process running mem=870M(1%) again",
	} {
		f("heroku", "web.1", text, "", "", "", values{})
	}

	// Numbers that an app, or a database quoting it, made up.
	const forged = "source=REDIS addon=redis-rugged-24473 sample#active-connections=18"
	f("app", "web.1", forged, "", "", "", values{})
	f("app", "api", forged, "", "", "", values{})
	f("app", "postgres.1105947", "[YELLOW] [12-1] statement: select '"+forged+"'", "", "", "", values{})
	f("app", "web.1", "Process running mem=870M(170.1%)", "", "", "", values{})
	f("app", "heroku-redis", "Process running mem=870M(170.1%)", "", "", "", values{})
}
