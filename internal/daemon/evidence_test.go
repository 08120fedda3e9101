package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/config"
	"drain/parser"
	"drain/rules"
)

// boom fires for each dyno that says so.
func boom() rules.Rule {
	return rules.Rule{
		Name: "boom", Match: &rules.Match{Process: []string{"worker*"}, Contains: []string{"boom"}}, Count: 1,
		Window: time.Minute, By: []string{"dyno"}, Severity: rules.Warning,
	}
}

func judging(set *rules.Set) *Daemon {
	d := &Daemon{acts: true}
	d.rules.Store(newRuleset(set))
	return d
}

// saw is what a delivery is quoted with, after its memory was used for something else.
func saw(t *testing.T, list []rules.Rule, lines ...string) (quotes []quote, events []rules.Event) {
	t.Helper()
	set, err := rules.NewSet(list)
	if err != nil {
		t.Fatal(err)
	}
	raw := body(lines...)
	batch, engine := set.NewBatch(), rules.NewEngine("enketo", set, rules.Options{})
	batch.Begin("enketo", "", time.Now(), true)
	scan := parser.NewScanner(raw)
	for scan.Scan() {
		batch.Add(scan.Line())
	}
	obs := batch.Observation()
	events = engine.Observe(nil, obs)
	quotes = judging(set).quote(nil, events, obs, raw)
	for i := range raw {
		raw[i] = '!'
	}
	return quotes, events
}

func TestQuote(t *testing.T) {
	f := func(want string, lines ...string) {
		t.Helper()
		quotes, _ := saw(t, []rules.Rule{boom()}, lines...)
		if len(quotes) != 1 {
			t.Fatalf("%d quotes, want 1", len(quotes))
		}
		if got := strings.Join(quotes[0].lines, "|"); got != want {
			t.Errorf("%q\n got %q\nwant %q", lines, got, want)
		}
	}
	say := func(proc string, texts ...string) (lines []string) {
		for _, text := range texts {
			lines = append(lines, "app "+proc+" "+text)
		}
		return lines
	}
	worker := func(texts ...string) []string { return say("worker.1", texts...) }
	f("boom", worker("boom")...)
	f("boom|b|c|d|e", worker("a", "b", "c", "boom", "d", "e", "f")...)
	f("boom|a|b|c|d", worker("boom", "a", "b", "c", "d", "e")...)
	f("boom|b|c|d|e", worker("a", "b", "c", "d", "e", "boom")...)
	f("boom|a|b|c|d", worker("a", "boom", "b", "c", "d", "e")...)
	f("boom|b|c|d|e", worker("a", "b", "c", "d", "boom", "e")...)
	// No line twice, none without text, and the first hit is the one.
	f("boom|a|b|c", worker("a", "a", "boom", "a", "b", "boom", "", "  ", "b", "c")...)
	f("boom at once|boom again", worker("boom at once", "boom again")...)
	// Of its own process only, also where another says the same; and what the platform says of that too.
	f("boom|b|Stopping", append(say("web.1", "a", "boom", "c"), "app worker.1 b", "app worker.2 x", "app worker.1 boom", "heroku worker.1 Stopping", "app web.1 d")...)
	// Half of it is left to whoever takes out secrets.
	// … but no half word, which may be half a secret.
	f("boom "+strings.Repeat("x", 1000), worker("boom "+strings.Repeat("x", 1000)+" cust-"+strings.Repeat("1", 100))...)
	f(strings.Repeat("x", 1020)+"boom|"+strings.Repeat("y", 1024), worker(strings.Repeat("y", 2000), strings.Repeat("x", 1020)+"boom"+strings.Repeat("z", 100))...)
}

// A storm in one delivery is quoted for as many alerts as an incident shows; the others have their own line.
func TestQuotesOfAStorm(t *testing.T) {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("app worker.%d before", i), fmt.Sprintf("app worker.%d boom %d", i, i))
	}
	quotes, events := saw(t, []rules.Rule{boom()}, lines...)
	one := &app{quotes: quotes}
	for i := range events {
		want := []string{fmt.Sprintf("boom %d", i)}
		if i < maxQuotes {
			want = append(want, "before")
		}
		got, _ := one.quoted(&events[i])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("event %d (-want +got):\n%s", i, diff)
		}
	}
	if len(events) != 30 {
		t.Errorf("%d events, want 30", len(events))
	}
}

// Also of the line alone that the rules kept, nothing is left that they cut in two.
func TestQuotedAlone(t *testing.T) {
	f := func(excerpt, want string) {
		t.Helper()
		got, _ := new(app).quoted(&rules.Event{Seq: 1, Excerpt: excerpt})
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	long := strings.Repeat("x", 505)
	f("all of it", "all of it")
	f(long+" cust-1", long)
	f(long+"-cust-1", long+"-cust-1")
}

// Where no line decided there is nothing to quote, and nothing is looked for.
func TestNothingToQuote(t *testing.T) {
	r := boom()
	r.For = time.Minute
	if quotes, events := saw(t, []rules.Rule{r}, "app worker.1 boom"); len(quotes)+len(events) != 0 {
		t.Errorf("%d quotes of %d events, want none", len(quotes), len(events))
	}
	set, err := rules.NewSet([]rules.Rule{r})
	if err != nil {
		t.Fatal(err)
	}
	d, obs, raw := judging(set), &rules.Observation{}, []byte("no lines")
	over := []rules.Event{{State: rules.Resolved}, {State: rules.Firing}}
	if n := testing.AllocsPerRun(100, func() { d.quote(nil, over, obs, raw) }); n != 0 {
		t.Errorf("%v allocations where nothing begins, want none", n)
	}
	one := &app{quotes: []quote{{seq: 1, lines: []string{"of another"}}}}
	if lines, _ := one.quoted(&rules.Event{Seq: 2}); lines != nil {
		t.Errorf("%q, want nothing", lines)
	}
}

// The router's requests with the same code are all named, wherever in the line their ids are; what the log said
// is redacted and cut, and the next delivery doesn't change it.
func TestEvidenceOfRequests(t *testing.T) {
	r := start(t, Options{Config: &config.Config{Rules: []rules.Rule{{
		Name: "timeout", Match: &rules.Match{Code: []string{"H12"}}, Count: 2, Window: time.Minute, Severity: rules.Warning,
	}}}})
	request := func(code string, n int) string {
		return fmt.Sprintf(`heroku router at=error code=%s desc="x" method=GET path="/%s" host=e.example request_id=8b4fa2e5-%d fwd="192.0.2.%d" dyno=web.1 connect=0ms service=30000ms status=503 bytes=0`,
			code, strings.Repeat("ж", 300), n, n)
	}
	r.post(t, "/logs/enketo", "", "", request("H13", 1), "app web.1 GET /x jo@mail.example", request("H12", 2), request("H12", 3), request("H18", 4))
	r.post(t, "/logs/enketo", "", "", strings.Repeat("app web.1 other\n", 100))
	a := r.Incidents()[0].Alerts[0]
	if diff := cmp.Diff([]string{"8b4fa2e5-2", "8b4fa2e5-3"}, a.Requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if len(a.Evidence) != 3 { // all H12 lines are the same up to where they are cut
		t.Errorf("%d lines, want those of H12, H13 and H18: %q", len(a.Evidence), a.Evidence)
	}
	for _, line := range a.Evidence {
		if len(line) > 512 || !strings.HasPrefix(line, "at=error code=H1") || strings.ContainsRune(line, '\uFFFD') {
			t.Errorf("%d bytes: %q", len(line), line)
		}
	}
}

// Of a rule that is made of others the line is quoted that one of those counted, for labels that agree; of one
// that fires on an add-on's number, the newest line that has it.
func TestQuoteOfParts(t *testing.T) {
	dropped := rules.Rule{Name: "dropped", Signal: true, Match: &rules.Match{Contains: []string{"EPIPE"}}, Count: 1, Window: time.Minute, By: []string{"dyno"}}
	client := rules.Rule{Name: "client", Signal: true, Match: &rules.Match{Contains: []string{"ioredis"}}, Count: 1, Window: time.Minute}
	both := rules.Rule{Name: "both", Signal: true, All: []string{"client", "dropped"}, By: []string{"dyno"}}
	suspected := rules.Rule{Name: "suspected", Any: []string{"both"}, By: []string{"dyno"}, Severity: rules.Warning}
	full := rules.Rule{Name: "full", Metric: "redis_connections_ratio", Above: new(0.9), By: []string{"addon"}, Severity: rules.Critical}
	all := []rules.Rule{dropped, client, both, suspected, full}
	const numbers = "app heroku-redis source=MAIN addon=%s sample#active-connections=%d sample#max-connections=40"
	f := func(want string, lines ...string) {
		t.Helper()
		quotes, events := saw(t, all, lines...)
		one := &app{quotes: quotes}
		var got []string
		for i := range events {
			text, _ := one.quoted(&events[i])
			got = append(got, events[i].Rule+" "+events[i].Labels.String()+": "+strings.Join(text, "|"))
		}
		slices.Sort(got)
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("%q\n got %q\nwant %q", lines, s, want)
		}
	}
	f("suspected web.2: ioredis failed|write EPIPE", "app web.2 ioredis failed", "app web.2 write EPIPE")
	f("full redis-a: source=MAIN addon=redis-a sample#active-connections=40 sample#max-connections=40|"+
		"source=MAIN addon=redis-b sample#active-connections=1 sample#max-connections=40|"+
		"source=MAIN addon=redis-a sample#active-connections=39 sample#max-connections=40",
		fmt.Sprintf(numbers, "redis-b", 1), "app web.1 redis-a", fmt.Sprintf(numbers, "redis-a", 39), fmt.Sprintf(numbers, "redis-a", 40))
}
