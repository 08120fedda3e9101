package logmetrics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"drain/parser"
)

// bodyOf draws a body as Logplex sends it: requests and texts of some dynos.
func bodyOf(t *rapid.T) []byte {
	var body strings.Builder
	dynos := rapid.SampledFrom([]string{"web.1", "web.2", "web.12345", "web.1234567890", "worker.3", "web-5f4c8d9f7b-x2x4z"})
	methods := rapid.SampledFrom([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LIST"})
	for range rapid.IntRange(0, 40).Draw(t, "lines") {
		rest := "app " + dynos.Draw(t, "dyno") + " - some text, which is long enough to be that of a usual line of an app"
		if rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
			rest = fmt.Sprintf(`heroku router - at=info method=%s path="/a/path" host=www.example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd="203.0.113.78" dyno=%s connect=%dms service=%dms status=%d bytes=%d protocol=https`,
				methods.Draw(t, "method"), dynos.Draw(t, "dyno"), rapid.IntRange(0, 5000).Draw(t, "connect"),
				rapid.IntRange(0, 1<<rapid.IntRange(0, 26).Draw(t, "doublings")).Draw(t, "service"),
				rapid.IntRange(0, 999).Draw(t, "status"), rapid.IntRange(0, 1e7).Draw(t, "bytes"))
		}
		late := time.Duration(rapid.IntRange(-1e6, 1<<rapid.IntRange(0, 33).Draw(t, "late")).Draw(t, "µs")) * time.Microsecond
		line := fmt.Sprintf("<158>1 %s host %s\n", start.Add(-late).Format("2006-01-02T15:04:05.000000+00:00"), rest)
		fmt.Fprintf(&body, "%d %s", len(line), line)
	}
	body.WriteString(strings.Repeat(" ", 150))
	return []byte(body.String())
}

// newSieve lets all be set aside that can be.
func newSieve() *parser.Sieve {
	var statuses parser.Statuses
	for status := range 1000 {
		statuses.Add(status)
	}
	return &parser.Sieve{Requests: &statuses, Wanted: func([]byte) bool { return false }}
}

// What is set aside counts as it does line by line, also for another app, and after dynos were silent for long.
func TestAsideCountsTheSame(t *testing.T) {
	sieve := newSieve()
	scan, plain, aside := parser.NewScanner(nil), parser.NewScanner(nil), 0
	odd := `<158>1 2026-11-22T19:59:59.123456+00:00 host heroku router - at=error code=H12 desc="Request timeout" method=GET dyno=web.1 connect=1ms service=30000ms status=503 bytes=0` + "\n"
	load := "<45>1 2026-11-22T19:59:59.123456+00:00 host heroku worker.3 - source=worker.3 dyno=heroku.1.x sample#load_avg_1m=1\n"
	own := []byte(fmt.Sprintf("%d %s%d %s", len(odd), odd, len(load), load)) // of these none is set aside
	rapid.Check(t, func(t *rapid.T) {
		one, other := newWorld(t, Options{}), newWorld(t, Options{})
		sums := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-3 && b-a < 1e-3 }) // of many delays only the whole is cut to microseconds
		for range 4 {
			app, body := rapid.SampledFrom([]string{"enketo", "kpi"}).Draw(t, "app"), bodyOf(t)
			b := one.Batch()
			b.Begin(app, one.now)
			newest := int64(0)
			for scan.Reset(body); scan.Scan(); {
				newest = max(newest, scan.Line().Nanos)
				b.Add(scan.Line())
			}
			if got := b.Newest(); got != newest {
				t.Fatalf("line by line, the newest is of %d, want %d", got, newest)
			}
			b.Commit()
			b = other.Batch()
			b.Begin(app, other.now)
			for scan.Reset(body); scan.Sift(sieve); {
				b.Add(scan.Line())
			}
			b.AddRequests(scan.Requests())
			b.AddTexts(scan.Texts())
			if got := b.Newest(); got != newest {
				t.Fatalf("set aside, the newest is of %d, want %d", got, newest)
			}
			b.Commit()
			aside += scan.Requests().N + scan.Texts().N
			if rapid.Bool().Draw(t, "own") { // nor does it count again what the batch before has set aside
				for _, w := range []*world{one, other} {
					b := w.Batch()
					b.Begin(app, w.now)
					for plain.Reset(own); plain.Scan(); {
						b.Add(plain.Line())
					}
					b.Commit()
				}
			}
			if rapid.IntRange(0, 2).Draw(t, "silence") == 0 {
				one.now = one.now.Add(20 * time.Minute)
				other.now = one.now
				one.families() // which drops the dynos
				other.families()
			}
		}
		if diff := cmp.Diff(one.families(), other.families(), protocmp.Transform(), sums); diff != "" {
			t.Fatalf("line by line (-), set aside (+):\n%s", diff)
		}
	})
	if parser.Sifts() && aside < 100 {
		t.Errorf("only %d lines were set aside", aside)
	}
}

// What there is no room for is left out, and counted as refused, as it is line by line; also where the app has none.
func TestAsideWithoutRoom(t *testing.T) {
	sieve := newSieve()
	scan := parser.NewScanner(nil)
	rapid.Check(t, func(t *rapid.T) {
		o := Options{MaxSeries: rapid.IntRange(1, 140).Draw(t, "series")}
		one, other := newWorld(t, o), newWorld(t, o)
		for _, dynos := range rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(1, 4), 1, 6), 1, 3).Draw(t, "dynos") {
			var body strings.Builder
			for _, dyno := range dynos {
				line := fmt.Sprintf("<158>1 2026-11-22T19:59:59.123456+00:00 host heroku router - at=info method=GET path=\"/a/path\" host=www.example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd=\"203.0.113.78\" dyno=web.%d connect=1ms service=20ms status=%d bytes=10 protocol=https\n", dyno, 200+dyno)
				fmt.Fprintf(&body, "%d %s", len(line), line)
			}
			body.WriteString(strings.Repeat(" ", 150))
			b := one.Batch()
			b.Begin("enketo", start)
			for scan.Reset([]byte(body.String())); scan.Scan(); {
				b.Add(scan.Line())
			}
			b.Commit()
			b = other.Batch()
			b.Begin("enketo", start)
			for scan.Reset([]byte(body.String())); scan.Sift(sieve); {
				b.Add(scan.Line())
			}
			b.AddRequests(scan.Requests())
			b.Commit()
		}
		if diff := cmp.Diff(one.families(), other.families(), protocmp.Transform()); diff != "" {
			t.Fatalf("line by line (-), set aside (+):\n%s", diff)
		}
	})
}
