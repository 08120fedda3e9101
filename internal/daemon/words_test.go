package daemon

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/ingest"
	"drain/rules"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	redis38  = "app heroku-redis source=ENKETO_REDIS_MAIN addon=redis-regular-30059 sample#active-connections=%d sample#max-connections=38"
	timeout  = `heroku router at=error code=H12 desc="Request timeout" method=GET path="/x" host=enketo.example request_id=8b4fa2e5-1f6c-4a3c-9a77-%012d fwd="203.0.113.7" dyno=web.1 connect=0ms service=30000ms status=503 bytes=0`
	fine     = `heroku router at=info method=GET path="/x" host=enketo.example request_id=8b4fa2e5-1f6c-4a3c-9a77-2f1d2c3b4a5f fwd="203.0.113.7" dyno=web.1 connect=0ms service=8ms status=200 bytes=9`
	failed   = `heroku router at=info method=GET path="/x" host=enketo.example request_id=8b4fa2e5-1f6c-4a3c-9a77-%012d fwd="203.0.113.7" dyno=web.1 connect=0ms service=8ms status=500 bytes=9`
	tlsDrop  = "app web.1 Error: Client network socket disconnected before secure TLS connection was established (redis)"
	released = "app api Release v12 created by user dev@example.com"
	scaledTo = "app api Scaled to web@4:Standard-1X by user dev@example.com"
)

// troubles are the lines that make each built-in rule fire.
var troubles = map[string][]string{
	"redis-connections-exhausted": {fmt.Sprintf(redis38, 38)},
	"redis-connections-high":      {fmt.Sprintf(redis38, 32), fmt.Sprintf(redis38, 33)},
	"memory-quota-exceeded": {
		"heroku web.1 source=web.1 dyno=heroku.1.a sample#memory_total=870.00MB sample#memory_quota=512.00MB",
		"heroku web.1 Process running mem=870M(170.0%)", "heroku web.1 Error R14 (Memory quota exceeded)",
	},
	"memory-quota-vastly-exceeded": {"heroku web.1 Error R15 (Memory quota vastly exceeded)"},
	"app-crashed":                  slices.Repeat([]string{crash}, 3),
	"request-timeouts":             many(timeout, 6),
	"log-messages-lost":            {"heroku logplex Error L10 (output buffer overflow): drain 'd.73ea7440-270a-435a-a0ea-adf50b4e5f5a' dropped 12 messages since 2026-11-22T20:00:00+00:00."},
	"boot-timeout":                 {"heroku web.1 Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch"},
	"redis-memory-full":            {"app web.1 ReplyError: OOM command not allowed when used memory > 'maxmemory'."},
	"postgres-connections-exhausted": {
		"app web.1 FATAL: sorry, too many clients already",
	},
	"redis-exhaustion-suspected": append([]string{fmt.Sprintf(redis38, 32)}, slices.Repeat([]string{tlsDrop}, 4)...),
	"router-errors":              append(slices.Repeat([]string{fine}, 60), many(failed, 10)...),
	"worker-crash-loop":          slices.Repeat([]string{"app web.1 Worker 4 sadly passed away. It will be reincarnated."}, 6),
	"no-web-dynos":               slices.Repeat([]string{`heroku router at=error code=H14 desc="No web processes running" method=GET path="/" status=503`}, 4),
}

func many(format string, n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(format, i))
	}
	return lines
}

// What differs from run to run.
var (
	whens = regexp.MustCompile(`<!date\^[^>]*>`)
	ids   = regexp.MustCompile(`(incident enketo/[a-z-]+)/[0-9a-z]+`)
	clock = regexp.MustCompile(`• \d\d:\d\d:\d\d`)
	spans = regexp.MustCompile(`, \d+ s before`)
)

// What each built-in rule's incident says in Slack, from the log's lines to the request: the message,
// and the reply with what the log said.
func TestWhatIncidentsSay(t *testing.T) {
	for _, rule := range rules.Builtin() {
		lines := troubles[rule.Name]
		if lines == nil {
			t.Logf("no lines here make %s fire", rule.Name) // others' tests do
			continue
		}
		t.Run(rule.Name, func(t *testing.T) {
			got := sayInSlack(t, lines)
			file := filepath.Join("testdata", "incidents", rule.Name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// sayInSlack returns the texts of the first message and of the first reply to it.
func sayInSlack(t *testing.T, lines []string) string {
	var mu sync.Mutex
	var posts []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(req.URL.Path, "chat.postMessage") {
			posts = append(posts, req.FormValue("blocks")+"\n"+req.FormValue("attachments"))
		}
		fmt.Fprintf(w, `{"ok":true,"channel":"C024BE91L","ts":"1795316645.%06d"}`, len(posts))
	}))
	defer srv.Close()
	r := start(t, Options{
		Env: config.Env{DrainPassword: "p", SlackBotToken: "xoxb-1", SlackChannel: "C024BE91L", SlackAPIURL: srv.URL + "/api/", URL: "https://drain.example"},
		Config: &config.Config{Apps: map[string]config.App{"enketo": {
			Redis: map[string]budget.Redis{"ENKETO_REDIS_MAIN": {PerDyno: map[string]int{"web": 26}}},
		}}},
	})
	own := ingest.AppPassword("p", "enketo")
	r.post(t, "/logs/enketo", own, "", released, scaledTo)
	r.post(t, "/logs/enketo", own, "", lines...)
	waitUntil(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(posts) > 1 || len(posts) == 1 && len(r.Incidents()[0].Alerts[0].Evidence) == 0
	})
	mu.Lock()
	defer mu.Unlock()
	var b strings.Builder
	for _, p := range posts[:min(2, len(posts))] {
		for _, text := range textsIn(t, p) {
			fmt.Fprintf(&b, "%s\n\n", text)
		}
		b.WriteString("----\n")
	}
	s := whens.ReplaceAllString(b.String(), "WHEN")
	s = ids.ReplaceAllString(s, "$1/ID")
	s = spans.ReplaceAllString(s, ", 0 s before")
	return clock.ReplaceAllString(s, "• TIME")
}

// textsIn lists the texts of the blocks in lines of JSON.
func textsIn(t *testing.T, lines string) (texts []string) {
	t.Helper()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if text, ok := v["text"].(string); ok {
				texts = append(texts, text)
				return
			}
			for _, key := range []string{"text", "blocks", "elements"} {
				walk(v[key])
			}
		}
	}
	for line := range strings.Lines(lines) {
		var v any
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		walk(v)
	}
	return texts
}

func TestWordsOfFigures(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(ago(-time.Second), "0 s")
	f(ago(119*time.Second), "119 s")
	f(ago(20*time.Minute), "20 min")
	f(ago(47*time.Hour), "47 h")
	f(ago(72*time.Hour), "3 days")
	f(brief(5*time.Minute), "5m")
	f(brief(90*time.Minute), "1h30m")
	f(brief(time.Hour), "1h")
	f(number(1234567), "1.23457e+06")
	f(number(12), "12")
	f(strings.Join(requestsIn("a request_id=abcdefgh-1 b request_id=abcdefgh-2 request_id=abcdefgh-1 request_id=x"), " "), "abcdefgh-1 abcdefgh-2")
}

// What the owner calls secret goes nowhere, and a figure is followed for as long as it is an incident.
func TestRedactionsAndFigures(t *testing.T) {
	r := start(t, Options{Config: &config.Config{Redact: []string{"30[0-9]{3}"}}})
	figures := func() (now, peak, key string) {
		a := r.Incidents()[0].Alerts[0]
		return a.Figure, a.PeakFigure, a.Key
	}
	r.post(t, "/logs/enketo", "", "", fmt.Sprintf(redis38, 37))
	r.post(t, "/logs/enketo", "", "", fmt.Sprintf(redis38, 37)) // shown, now that there is an incident
	one := r.apps.get("enketo")
	one.mu.Lock()
	last := one.measured.of("redis-regular-30059").last
	for _, s := range []struct {
		after time.Duration
		used  int
		limit int
	}{{measureEvery, 38, 38}, {2 * measureEvery, 20, 38}, {3*measureEvery - 1, 1, 0}, {3*measureEvery - 1, 5, 38}} { // the last comes too soon
		r.measure(one, budget.Sample{Addon: "redis-regular-30059", Used: s.used, Limit: s.limit}, last.Add(s.after))
	}
	one.mu.Unlock()
	if now, peak, key := figures(); now != "20 of 38 connections" || peak != "38 of 38 connections" || key != "redis-regular-[redacted]" {
		t.Errorf("%q, at its worst %q, of %q", now, peak, key)
	}
}

// Each add-on has its own time, and lines that name ever new ones take no more room.
func TestMeasurementsAreFew(t *testing.T) {
	var m measurements
	at := time.Unix(1, 0)
	for i := range maxMeasured {
		one := m.of(fmt.Sprint(i))
		if !one.last.IsZero() {
			t.Errorf("%d was last shown at %v, want never", i, one.last)
		}
		one.last = at.Add(time.Duration(i))
	}
	if one := m.of("another"); one != nil {
		t.Errorf("there is room for %+v", *one)
	}
	for i := range maxMeasured {
		if one := m.of(fmt.Sprint(i)); one == nil || !one.last.Equal(at.Add(time.Duration(i))) {
			t.Errorf("%d: got %+v, want that of %v", i, one, at.Add(time.Duration(i)))
		}
	}
}

// The next deploy is told of where it takes more than there is, and by the rule that comes before.
func TestDeployLines(t *testing.T) {
	f := func(rule string, web, limit int, want ...string) {
		t.Helper()
		b := budget.New(map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26}}})
		b.Dynos("web", web, time.Now())
		b.Observe(budget.Sample{Addon: "redis-a", Attachment: "REDIS", Used: 32, Limit: limit, At: time.Now()})
		got := deployLines(b, &rules.Event{Rule: rule, Labels: rules.Labels{Addon: "redis-a"}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, web %d of %d: (-want +got)\n%s", rule, web, limit, diff)
		}
	}
	f("redis-connections-high", 1, 38, "With preboot the next deploy takes 52 of 38 connections: old and new dynos are up together.")
	f("redis-connections-high", 1, 52)
	f("redis-connections-high", 0, 38)
	f("redis-connections-exhausted", 1, 38)
}

// Figures of conditions that are no count and no plain number.
func TestFigures(t *testing.T) {
	odd := rules.Rule{Name: "odd-dyno", Outlier: &rules.Outlier{Metric: "router_error_ratio"}}
	d := start(t, Options{Config: &config.Config{Rules: []rules.Rule{odd}}})
	f := func(rule string, value, bound float64, want string) {
		t.Helper()
		one := &app{budget: budget.New(nil)}
		if got := d.figure(one, &rules.Event{Rule: rule, Value: value, Bound: bound}); got != want {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
	f("redis-connections-exhausted", 1, 1, "1 log line in 2m")
	f("redis-connections-exhausted", 3, 1, "3 log lines in 2m")
	f("log-messages-lost", 12, 1, "12 in 10m")
	f("drain-silent", 900, 900, "not heard for 15m")
	f("memory-forecast", 0.961, 1, "96%, the bound is 100%")
	f("odd-dyno", 0.5, 0.1, "50%, the bound is 10%")
}
