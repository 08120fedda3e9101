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

// What is set aside counts as it does line by line.
func TestAsideCountsTheSame(t *testing.T) {
	var statuses parser.Statuses
	for status := range 1000 {
		statuses.Add(status)
	}
	sieve := &parser.Sieve{Requests: &statuses, Wanted: func([]byte) bool { return false }}
	scan, aside := parser.NewScanner(nil), 0
	rapid.Check(t, func(t *rapid.T) {
		one, other := newWorld(t, Options{}), newWorld(t, Options{})
		for range 3 {
			body := bodyOf(t)
			b := one.Batch()
			b.Begin("enketo", start)
			for scan.Reset(body); scan.Scan(); {
				b.Add(scan.Line())
			}
			b.Commit()
			b = other.Batch()
			b.Begin("enketo", start)
			for scan.Reset(body); scan.Sift(sieve); {
				b.Add(scan.Line())
			}
			b.AddRequests(scan.Requests())
			b.AddTexts(scan.Texts())
			b.Commit()
			aside += scan.Requests().N + scan.Texts().N
		}
		sums := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-3 && b-a < 1e-3 }) // of many delays only the whole is cut to microseconds
		if diff := cmp.Diff(one.families(), other.families(), protocmp.Transform(), sums); diff != "" {
			t.Fatalf("line by line (-), set aside (+):\n%s", diff)
		}
	})
	if parser.Sifts() && aside < 100 {
		t.Errorf("only %d lines were set aside", aside)
	}
}
