package logmetrics

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"drain/parser"
)

// shown counts the series about apps as Prometheus would store them.
func shown(w *world) int {
	n := 0
	for name, family := range w.families() {
		if !strings.HasPrefix(name, "heroku_") {
			continue
		}
		for _, m := range family.GetMetric() {
			if h := m.GetHistogram(); h != nil {
				n += len(h.GetBucket()) + 3 // +Inf, sum, count
			} else {
				n++
			}
		}
	}
	return n
}

// Whatever comes, the series kept are the series shown, and at most the limit; and the scrape works.
func TestSeriesAreCountedHonestly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, Options{MaxSeries: rapid.IntRange(0, 400).Draw(t, "max") + 1, MaxApps: 5})
		name := rapid.OneOf(
			rapid.SampledFrom([]string{"web.1", "web.2", "run.1", "run.2", "worker-ab-cd", "", "x\x00y", "\xff", "\xfe", strings.Repeat("é", 100)}),
			rapid.StringN(0, 5, 20),
		)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "minutes")) * time.Minute)
			b := w.Batch()
			b.Begin(name.Draw(t, "app"), w.now)
			for range rapid.IntRange(0, 5).Draw(t, "lines") {
				line := request(w.now, "GET", name.Draw(t, "dyno"), rapid.IntRange(-1, 700).Draw(t, "status"), 0)
				if kind := rapid.SampledFrom([]parser.Kind{parser.KindRouter, parser.KindRuntime, parser.KindRedis, parser.KindPostgres}).Draw(t, "kind"); kind != parser.KindRouter {
					line = samples(kind, w.now, name.Draw(t, "proc"), "memory_rss", 1.0, "active-connections", 1.0, "load_avg_1m", 1.0, "junk", 1.0)
					line = of(line, name.Draw(t, "addon"), name.Draw(t, "source"))
				}
				line = code(line, name.Draw(t, "code"))
				b.Add(&line)
			}
			b.Match(name.Draw(t, "rule"), 1)
			b.Commit()
		}
		n := shown(w)
		kept, _ := w.value("drain_series")
		if float64(n) != kept || n > w.o.MaxSeries || n != int(w.limit.used.Load()) {
			t.Fatalf("%d series are shown, %v kept, of at most %d", n, kept, w.o.MaxSeries)
		}
	})
}

func TestFloods(t *testing.T) {
	t.Run("dynos", func(t *testing.T) {
		w := newWorld(t, Options{MaxSeries: 1000})
		for i := range 1000 {
			w.deliver("enketo", request(w.now, "GET", fmt.Sprintf("web.%d", i), 200, 0))
		}
		if n := shown(w); n > 1000 || n < 1000-len(classes) {
			t.Errorf("%d series, want all of 1000 used", n)
		}
		w.wantValue(`heroku_router_requests_total{app="enketo",method="GET",status="200"}`, 1000)
		if refused, _ := w.value("drain_series_refused_total"); refused == 0 {
			t.Error("nothing counts as refused")
		}
	})
	t.Run("dynos in one batch", func(t *testing.T) {
		w := newWorld(t, Options{})
		b := w.Batch()
		b.Begin("enketo", w.now)
		for i := range maxNames + 5 {
			line := request(w.now, "GET", fmt.Sprintf("web.%d", i), 200, 0)
			b.Add(&line)
		}
		b.Commit()
		if n := cap(b.requests.dynos); n > maxKept {
			t.Errorf("the batch keeps room for %d dynos", n)
		}
		if n := shown(w); n > w.o.MaxSeries {
			t.Errorf("%d series, want at most %d", n, w.o.MaxSeries)
		}
	})
	t.Run("apps", func(t *testing.T) {
		w := newWorld(t, Options{MaxApps: 10})
		for i := range 100 {
			w.deliver(fmt.Sprintf("app-%d", i), appLine(w.now))
		}
		if n := len(w.apps); n != 10 {
			t.Errorf("%d apps, want 10", n)
		}
		w.wantValue(`drain_lines_total{kind="app"}`, 100)
		w.wantValue("drain_series_refused_total", float64(90*appSeries))

		// A day later they make room, scraped or not.
		w.now = w.now.Add(24 * time.Hour)
		w.deliver("enketo", appLine(w.now))
		w.wantValue(`heroku_log_delay_seconds{app="enketo"}`, 1)
	})
	t.Run("codes", func(t *testing.T) {
		w := newWorld(t, Options{})
		for i := range 100 {
			w.deliver("enketo", code(appLine(w.now), fmt.Sprintf("R%d", 100+i)))
		}
		if n := len(w.families()["heroku_errors_total"].GetMetric()); n != len(documentedCodes)+maxOtherCodes+1 {
			t.Errorf("%d codes are shown", n)
		}
		w.wantValue(`heroku_errors_total{app="enketo",code="R100"}`, 1)
		w.wantValue(`heroku_errors_total{app="enketo",code="other"}`, 100-maxOtherCodes)
	})
}

func TestOnlyTheFirstAppsShowAllCodes(t *testing.T) {
	w := newWorld(t, Options{})
	for i := range appsWithAllCodes + 1 {
		w.deliver(fmt.Sprintf("app-%d", i), appLine(w.now))
	}
	w.wantValue(`heroku_errors_total{app="app-199",code="H12"}`, 0)
	w.wantNone(`heroku_errors_total{app="app-200",code="H12"}`)
	w.deliver("app-200", code(appLine(w.now), "H12"))
	w.wantValue(`heroku_errors_total{app="app-200",code="H12"}`, 1)
}

// Names that differ only in what no label can hold are one series: two with the same labels would
// fail the whole scrape.
func TestNamesThatCleanToTheSameLabel(t *testing.T) {
	w := newWorld(t, Options{})
	long := strings.Repeat("x", 200)
	w.deliver("enketo\xff", request(w.now, "GET", "web\xff", 200, 0), request(w.now, "GET", long+"1", 200, 0))
	w.deliver("enketo\xfe", request(w.now, "GET", "web\xfe", 200, 0), request(w.now, "GET", long+"2", 200, 0))
	w.wantValue(`heroku_router_dyno_requests_total{app="enketo�",class="2xx",dyno="web�",process="web�"}`, 2)
	w.wantValue(`heroku_router_dyno_requests_total{app="enketo�",class="2xx",dyno="`+long[:maxDynoLabel]+`",process="`+long[:maxDynoLabel]+`"}`, 2)
}

func TestClean(t *testing.T) {
	f := func(in string, limit int, want string) {
		t.Helper()
		if got := clean(in, limit); got != want {
			t.Errorf("clean(%q, %d) = %q, want %q", in, limit, got, want)
		}
	}
	f("", 5, "")
	f("web.1", 5, "web.1")
	f("web.12", 5, "web.1")
	f("aéé", 4, "aé")
	f("a\xff\xfeb", 10, "a�b")
	rapid.Check(t, func(t *rapid.T) {
		in, limit := string(rapid.SliceOf(rapid.Byte()).Draw(t, "in")), rapid.IntRange(0, 20).Draw(t, "limit")
		once := clean(in, limit)
		if !utf8.ValidString(once) || len(once) > limit || clean(once, limit) != once {
			t.Fatalf("clean(%q, %d) = %q", in, limit, once)
		}
	})
}

func TestRequestIndex(t *testing.T) {
	seen := make(map[string]bool)
	for method := range parser.Method(parser.MethodCount) {
		for status := minStatus; status <= maxStatus; status++ {
			m, s := requestLabels(uint16(requestIndex(method, status)))
			if m != method.String() || s != fmt.Sprint(status) {
				t.Fatalf("%v %d is shown as %s %s", method, status, m, s)
			}
			seen[m+s] = true
		}
	}
	if want := int(parser.MethodCount) * 500; len(seen) != want {
		t.Errorf("%d pairs, want %d", len(seen), want)
	}
	for range 100 {
		status := rand.IntN(1<<20) + maxStatus + 1
		if _, s := requestLabels(uint16(requestIndex(parser.MethodOther, status))); s != "other" {
			t.Errorf("status %d is shown as %s", status, s)
		}
	}
}
