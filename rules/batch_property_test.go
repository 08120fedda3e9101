package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"drain/parser"
)

// A delivery is judged line by line and match by match here, as RULES.md says it.

func plainly(list []Rule, lines []parser.Line) (hits []Hit, seen []string) {
	for i := range lines {
		line := &lines[i]
		if line.Type != nil && !slices.Contains(seen, string(line.Proc)) {
			seen = append(seen, string(line.Proc))
		}
		for _, r := range list {
			for _, m := range []*Match{r.Match, r.Of} {
				if m == nil || !plainMatch(m, line) {
					continue
				}
				n := uint64(1)
				if line.Kind == parser.KindLogplex && line.Code != nil {
					n = line.Lost
				}
				h := Hit{Rule: r.Name, Of: m == r.Of, Labels: plainLabels(r.By, line), Count: n, First: line.Time()}
				if !h.Of {
					h.Excerpt = string(line.Msg)
				}
				same := func(o Hit) bool { return o.Rule == h.Rule && o.Of == h.Of && o.Labels == h.Labels }
				if at := slices.IndexFunc(hits, same); at >= 0 {
					hits[at].Count += n
				} else if n > 0 {
					hits = append(hits, h)
				}
			}
		}
	}
	return hits, seen
}

func plainMatch(m *Match, line *parser.Line) bool {
	proc, typ := line.Proc, line.Type
	if line.Kind == parser.KindRouter {
		proc = line.Router.Dyno
		typ, _ = parser.Dyno(proc)
	}
	kinds := m.Kind
	switch {
	case kinds != nil:
	case m.Code != nil:
		kinds = []string{"router", "dyno", "logplex"}
	case m.Status != nil || m.Method != nil || m.Path != nil:
		kinds = []string{"router"}
	case m.Source != nil || m.Sample != "":
		kinds = []string{"redis", "postgres", "addon"}
	default:
		kinds = []string{"app"}
	}
	within := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool {
			if m.IgnoreCase {
				return bytes.Contains(asciiLower(line.Msg), asciiLower([]byte(s)))
			}
			return bytes.Contains(line.Msg, []byte(s))
		})
	}
	return slices.Contains(kinds, line.Kind.String()) &&
		(m.Code == nil || slices.Contains(m.Code, string(line.Code))) &&
		(m.Contains == nil || within(m.Contains)) && !within(m.ContainsNone) &&
		plainFields(m, line) &&
		(m.Process == nil || slices.ContainsFunc(m.Process, func(g string) bool { return glob(g, typ) || glob(g, proc) }))
}

func plainFields(m *Match, line *parser.Line) bool {
	globs := func(list []string, names ...[]byte) bool {
		return list == nil || slices.ContainsFunc(list, func(g string) bool {
			return slices.ContainsFunc(names, func(n []byte) bool { return len(n) > 0 && glob(g, n) })
		})
	}
	status := strconv.Itoa(line.Router.Status)
	path, _, _ := bytes.Cut(line.Router.Path, []byte("?"))
	sampled := m.Sample == ""
	for _, s := range line.Samples {
		if string(s.Name) == m.Sample {
			sampled = m.Above != nil && s.Value >= *m.Above || m.Below != nil && s.Value <= *m.Below
		}
	}
	return (m.Status == nil || slices.ContainsFunc(m.Status, func(s Status) bool {
		return string(s) == status || string(s) == status[:1]+"xx"
	})) &&
		(m.Method == nil || slices.Contains(m.Method, string(line.Router.Method))) &&
		globs(m.Path, path) && globs(m.Source, line.Source, line.Addon) && sampled &&
		(m.Matches == nil || slices.ContainsFunc(m.Matches, func(expr string) bool {
			if m.IgnoreCase {
				expr = "(?i:" + expr + ")"
			}
			return regexp.MustCompile(expr).Match(line.Msg)
		}))
}

func plainLabels(by []string, line *parser.Line) (l Labels) {
	proc, typ := line.Proc, line.Type
	if line.Kind == parser.KindRouter {
		proc = line.Router.Dyno
		typ, _ = parser.Dyno(proc)
	}
	for _, b := range by {
		switch b {
		case "dyno":
			l.Dyno = string(proc)
		case "process":
			l.Process = string(typ)
		case "code":
			l.Code = string(line.Code)
		case "addon":
			l.Addon = string(line.Addon)
		case "status":
			l.Field = strings.TrimPrefix(strconv.Itoa(max(0, line.Router.Status)), "0")
		case "method":
			l.Field = string(line.Router.Method)
		case "path":
			l.Field, _, _ = strings.Cut(string(line.Router.Path), "?")
		}
	}
	return l
}

// some draws a list of a few members, or none.
func some(t *rapid.T, label string, members ...string) []string {
	list := rapid.SliceOfNDistinct(rapid.SampledFrom(members), 0, 3, rapid.ID).Draw(t, label)
	if len(list) == 0 {
		return nil
	}
	return list
}

func statuses(t *rapid.T, label string, members ...string) (out []Status) {
	for _, s := range some(t, label, members...) {
		out = append(out, Status(s))
	}
	return out
}

func drawMatch(t *rapid.T) *Match {
	m := &Match{
		Kind:         some(t, "kind", "app", "router", "dyno", "logplex", "other", "addon"),
		Process:      some(t, "process", "web", "w*", "worker.?", "router", "*-x"),
		Code:         some(t, "code", "H12", "H10", "R14", "L10"),
		Contains:     some(t, "contains", "error", "Error", "connection refused", "dyno=web.1", "rr", "dropped since", "status=503 bytes"),
		ContainsNone: some(t, "none", "error", "retrying", "H10"),
		IgnoreCase:   rapid.Bool().Draw(t, "ignore"),
	}
	if len(m.Contains) > 0 {
		m.Matches = some(t, "matches", "^at=", "R{2,}or", "web.[13] ")
	}
	switch rapid.IntRange(0, 5).Draw(t, "fields") {
	case 0:
		m.Status = statuses(t, "status", "503", "2xx", "5xx")
		m.Method = some(t, "method", "GET", "POST")
	case 1:
		m.Path = some(t, "path", "/api/*", "*/list", "/", "*")
		m.Method = some(t, "method", "GET", "POST")
	case 2:
		m.Source = some(t, "source", "REDIS", "redis-*", "*_CACHE")
	case 3:
		m.Sample, m.Above = "hit-rate", new(0.5)
	}
	if len(m.Kind)+len(m.Process)+len(m.Code)+len(m.Contains) == 0 && newFields(m) == nil {
		m.Kind = []string{"router"}
	}
	return m
}

func TestBatchAgainstPlainly(t *testing.T) {
	texts := []string{
		`heroku router at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.3 connect=1ms service=30000ms status=503 bytes=0`,
		`heroku router at=error code=H10 desc="App crashed" method=GET path="/" dyno= connect= service= status=503 bytes=`,
		`heroku router at=info method=GET path="/" dyno=web.1 connect=1ms service=3ms status=200 bytes=10`,
		`heroku router at=info method=GET path="/" dyno=worker.2 connect=1ms service=3ms status=200 bytes=10`,
		`heroku web.1 Error R14 (Memory quota exceeded)`, `heroku worker.2 Error R14 (Memory quota exceeded)`,
		`heroku web.1 State changed from up to crashed`,
		`heroku logplex Error L10 (output buffer overflow): 5 messages dropped since 2026-11-22T19:00:00+00:00.`,
		`app web.1 ERROR: Connection refused, retrying`, `app web.2 error: connection refused`, `app worker.2 connection`,
		`heroku router at=info method=POST path="/api/users?q=1" dyno=web.1 connect=1ms service=3ms status=201 bytes=10`,
		`heroku router at=info method=GET path="/x/list" dyno=web.2 connect=1ms service=3ms status=500 bytes=10`,
		`app heroku-redis source=REDIS addon=redis-a sample#hit-rate=0.7`, `app heroku-redis source=MY_CACHE addon=redis-b sample#hit-rate=0.2`,
		`app web.1 `, `app web-abc-x oh dear`, `mine web.1 error`, `mine other-x connection refused`, `heroku heroku-kafka error`,
	}
	rapid.Check(t, func(t *rapid.T) {
		var list []Rule
		for i := range rapid.IntRange(1, 8).Draw(t, "rules") {
			r := Rule{Name: fmt.Sprint("r", i), Window: time.Minute, Match: drawMatch(t), By: some(t, "by", "dyno", "process", "code")}
			switch {
			case r.Match.ofRouter():
				r.By = append(r.By, rapid.SampledFrom(byLabels).Draw(t, "field"))
			case r.Match.ofAddons():
				r.By = append(r.By, "addon")
			}
			if slices.Contains(r.By, "addon") && !r.Match.ofAddons() {
				r.By = nil
			}
			if rapid.Bool().Draw(t, "share") {
				r.Of, r.Ratio = drawMatch(t), 0.5
			}
			list = append(list, r)
		}
		set, err := NewSet(list)
		if err != nil {
			t.Fatal(err)
		}
		batch := set.NewBatch()
		for range 3 { // what one delivery said must not show in the next
			body := frames(rapid.SliceOfN(rapid.SampledFrom(texts), 1, 30).Draw(t, "lines")...)
			batch.Begin("enketo", "", t0, false)
			var lines []parser.Line
			for scan := parser.NewScanner(body); scan.Scan(); {
				lines = append(lines, *scan.Line())
				last := &lines[len(lines)-1]
				last.Samples = slices.Clone(last.Samples) // the scanner uses that memory again
				batch.Add(scan.Line())
			}
			hits, seen := plainly(list, lines)
			var got Observation
			if o := batch.Observation(); o != nil {
				got = *o.Clone()
			}
			sorted := func(hits []Hit) []Hit {
				return slices.SortedFunc(slices.Values(hits), func(a, b Hit) int {
					return strings.Compare(fmt.Sprint(a.Rule, a.Of, a.Labels), fmt.Sprint(b.Rule, b.Of, b.Labels))
				})
			}
			if diff := cmp.Diff(sorted(hits), sorted(got.Hits)); diff != "" {
				t.Fatalf("hits (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(seen, got.Seen); diff != "" && len(seen)+len(got.Seen) > 0 {
				t.Fatalf("seen (-want +got):\n%s", diff)
			}
		}
	})
}

func asciiLower(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if bytes.IndexByte([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), c) >= 0 {
			b[i] = c | 0x20
		}
	}
	return b
}
