package rules

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/parser"
)

// frames makes a drain body of lines "APPNAME PROCID text", a second apart.
func frames(lines ...string) []byte {
	return framesAt(func(i int) string { return t0.Add(time.Duration(i) * time.Second).Format(time.RFC3339) }, lines)
}

// framesAt is frames with the time of each line as it is written there.
func framesAt(stamp func(i int) string, lines []string) []byte {
	var b bytes.Buffer
	for i, l := range lines {
		app, rest, _ := strings.Cut(l, " ")
		proc, msg, _ := strings.Cut(rest, " ")
		frame := fmt.Sprintf("<134>1 %s host %s %s - %s\n", stamp(i), app, proc, msg)
		fmt.Fprintf(&b, "%d %s", len(frame), frame)
	}
	return b.Bytes()
}

func observe(t testing.TB, set *Set, body []byte) *Observation {
	t.Helper()
	b := set.NewBatch()
	b.Begin("enketo", "", t0, false)
	add(t, b, body)
	return b.Observation()
}

func add(t testing.TB, b *Batch, body []byte) {
	t.Helper()
	scan := parser.NewScanner(body)
	for scan.Scan() {
		if f := scan.Line().Fault; f != parser.FaultNone {
			t.Fatalf("fault %v in the test's own line", f)
		}
		b.Add(scan.Line())
	}
}

func hitsOf(o *Observation) []string {
	var out []string
	if o == nil {
		return nil
	}
	for _, h := range o.Hits {
		s := fmt.Sprintf("%s[%s] %d", h.Rule, h.Labels, h.Count)
		if h.Of {
			s += " of"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func TestMatch(t *testing.T) {
	f := func(m Match, by []string, want string, lines ...string) {
		t.Helper()
		set := mustSet(t, Rule{Name: "r", Match: &m, Window: time.Minute, By: by})
		got := strings.Join(hitsOf(observe(t, set, frames(lines...))), "; ")
		if got != want {
			t.Errorf("%+v: got %q, want %q", m, got, want)
		}
	}
	h12 := `heroku router at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.3 connect=1ms service=30000ms status=503 bytes=0`
	ok := `heroku router at=info method=GET path="/" dyno=web.1 connect=1ms service=3ms status=200 bytes=10`

	// codes, only from the one that may say them
	f(Match{Code: []string{"H12"}}, nil, "r[] 2", h12, ok, h12)
	f(Match{Code: []string{"H12"}}, []string{"dyno"}, "r[web.3] 1", h12)
	f(Match{Code: []string{"H12"}}, []string{"process", "code"}, "r[web,H12] 1", h12)
	f(Match{Code: []string{"H12"}}, nil, "", "app web.1 at=error code=H12 status=503")
	f(Match{Code: []string{"R14"}}, []string{"dyno"}, "r[web.1] 1; r[web.2] 2",
		"heroku web.2 Error R14 (Memory quota exceeded)", "heroku web.1 Error R14 (Memory quota exceeded)",
		"heroku web.2 Error R14 (Memory quota exceeded)", "app web.1 Error R14 (Memory quota exceeded)")
	f(Match{Code: []string{"L10", "L12"}}, nil, "r[] 8",
		"heroku logplex Error L10 (output buffer overflow): 5 messages dropped since 2026-11-22T19:00:00+00:00.",
		"app log-shuttle Error L12: 3 messages dropped since 2026-11-22T19:00:00+00:00")
	f(Match{Code: []string{"H12"}, Kind: []string{"dyno"}}, nil, "", h12)

	// text, from the app unless said otherwise
	f(Match{Contains: []string{"heap out of memory"}}, nil, "r[] 1", "app worker.1 FATAL: heap out of memory", "heroku worker.1 heap out of memory")
	f(Match{Contains: []string{"HEAP out"}}, nil, "", "app worker.1 FATAL: heap out of memory")
	f(Match{Contains: []string{"HEAP out"}, IgnoreCase: true}, nil, "r[] 2", "app worker.1 heap oUt", "app worker.1 HEAP OUT")
	f(Match{Contains: []string{"nope", "b"}}, nil, "r[] 1", "app web.1 abc")
	f(Match{Contains: []string{"oom"}, ContainsNone: []string{"test"}}, nil, "r[] 1", "app web.1 oom in test", "app web.1 oom")
	f(Match{ContainsNone: []string{"GET"}, Kind: []string{"router"}}, nil, "", ok)
	f(Match{Contains: []string{"abc"}}, nil, "", "app api abc", "app heroku-redis abc", "app postgres.7 abc", "heroku router abc=1")

	// processes
	f(Match{Process: []string{"worker*"}}, []string{"process"}, "r[worker] 1; r[worker_b] 1", "app worker.1 x", "app worker_b.2 y", "app web.1 z")
	f(Match{Code: []string{"H12"}, Process: []string{"web"}}, nil, "r[] 1", h12)
	f(Match{Code: []string{"H12"}, Process: []string{"web.1"}}, nil, "", h12)
	f(Match{Process: []string{"web.1"}}, nil, "r[] 1", "app web.1 x", "app web.11 y")
	f(Match{Kind: []string{"router"}}, nil, "r[] 2", ok, h12, "app web.1 x")
}

func TestGlob(t *testing.T) {
	f := func(pattern, name string, want bool) {
		t.Helper()
		if got := glob(pattern, []byte(name)); got != want {
			t.Errorf("glob(%q, %q) = %v", pattern, name, got)
		}
	}
	f("web", "web", true)
	f("web", "web2", false)
	f("*", "", true)
	f("w*b", "wb", true)
	f("w*b", "wabab", true)
	f("w*b", "wabac", false)
	f("?eb", "web", true)
	f("?eb", "eb", false)
	f("*.1", "web.11", false)
	f("a*b*c", "axxbyybzc", true)
	f("", "", true)
	f("", "a", false)
}

// asking are rules that ask for some metrics.
func asking(metrics ...string) (list []Rule) {
	for _, metric := range metrics {
		list = append(list, Rule{Name: strings.ReplaceAll(metric, "_", "-"), Metric: metric, Above: new(1.0)})
	}
	return list
}

func TestPlatformNumbers(t *testing.T) {
	set := mustSet(t, asking("dyno_memory_ratio", "redis_memory_ratio", "redis_hit_ratio", "redis_evicted_keys")...)
	o := observe(t, set, frames(
		"app heroku-redis source=REDIS addon=redis-rugged-24473 sample#active-connections=4 sample#max-connections=18 sample#memory-redis=5116080bytes sample#hit-rate=0.5 sample#evicted-keys=0",
		"heroku web.1 source=web.1 dyno=heroku.1.x sample#memory_total=600MB sample#memory_rss=500MB sample#memory_cache=50MB sample#memory_swap=12MB sample#memory_quota=512MB",
		"heroku web.2 Process running mem=870M(170.1%)",
		"app web.1 source=web.1 sample#active-connections=999 sample#memory_rss=1MB sample#memory_quota=1MB",
	))
	redis := Labels{Addon: "redis-rugged-24473"}
	want := []Sample{
		{Name: "redis_connections_limit", Labels: redis, Source: "REDIS", Value: 18, At: at(0)},
		{Name: "redis_connections", Labels: redis, Source: "REDIS", Value: 4, At: at(0)},
		{Name: "redis_memory_bytes", Labels: redis, Source: "REDIS", Value: 5116080, At: at(0)},
		{Name: "redis_hit_ratio", Labels: redis, Source: "REDIS", Value: 0.5, At: at(0)},
		{Name: "redis_evicted_keys", Labels: redis, Source: "REDIS", Value: 0, At: at(0)},
		{Name: "dyno_memory_ratio", Labels: Labels{Dyno: "web.1"}, Value: 1, At: at(1)},
		{Name: "dyno_memory_bytes", Labels: Labels{Dyno: "web.2"}, Value: 870 << 20, At: at(2)},
		{Name: "dyno_memory_ratio", Labels: Labels{Dyno: "web.2"}, Value: 1.701, At: at(2)},
	}
	if diff := cmp.Diff(want, o.Samples); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"web.1", "web.2"}, o.Seen); diff != "" {
		t.Error(diff)
	}
}

// Of an add-on's numbers those are carried that a rule asks for, with their limits, and what the budget needs.
func TestAddonNumbersThatAreCarried(t *testing.T) {
	f := func(want string, asked ...string) {
		t.Helper()
		o := observe(t, mustSet(t, asking(asked...)...), frames(
			"app heroku-redis source=REDIS addon=a sample#active-connections=4 sample#max-connections=18 sample#memory-redis=5bytes sample#hit-rate=0.5 sample#evicted-keys=0",
			"app heroku-postgres source=DATABASE addon=b sample#db_size=1024bytes sample#active-connections=92 sample#waiting-connections=1 sample#max-connections=200",
		))
		var got []string
		for _, s := range o.Samples {
			got = append(got, s.Name)
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("asked for %v: got %s, want %s", asked, got, want)
		}
	}
	const budget = "redis_connections_limit redis_connections"
	f(budget)
	f(budget, "redis_connections_ratio", "dyno_load")
	f(budget+" redis_memory_bytes", "redis_memory_ratio")
	f(budget+" redis_hit_ratio redis_evicted_keys", "redis_evicted_keys", "redis_hit_ratio")
	f(budget+" postgres_connections", "postgres_connections")
	f(budget+" postgres_connections_limit postgres_connections", "postgres_connections_ratio")
	f(budget+" postgres_connections_limit postgres_size_bytes", "postgres_connections_limit", "postgres_size_bytes")
}

func TestNotes(t *testing.T) {
	o := observe(t, mustSet(t), frames(
		"app api Scaled to web@1:Standard-1X worker@0:Basic by user x@y",
		"heroku api Release v12 created by user x",
		"app api Build started by user x",
		"heroku web.1 State changed from up to crashed",
		"app web.1 Scaled to web@9:Basic by user x",
	))
	want := []Note{
		{Kind: NoteScaled, At: at(0), Process: "web", Quantity: 1},
		{Kind: NoteScaled, At: at(0), Process: "worker"},
		{Kind: NoteRelease, At: at(1), Text: "v12"},
		{Kind: NoteDeploy, At: at(2)},
		{Kind: NoteState, At: at(3), Process: "web.1", From: "up", To: "crashed"},
	}
	if diff := cmp.Diff(want, o.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestExcerptIsTheFirstLineAndBounded(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Contains: []string{"oom"}}, Window: time.Minute})
	long := "oom " + strings.Repeat("x", 9000)
	o := observe(t, set, frames("app web.1 "+long, "app web.1 oom second"))
	if got := o.Hits[0].Excerpt; got != long[:maxExcerpt] || o.Hits[0].Count != 2 || !o.Hits[0].First.Equal(t0) {
		t.Errorf("excerpt of %d bytes %.20q, count %d, first %v", len(got), got, o.Hits[0].Count, o.Hits[0].First)
	}
}

func TestNothingSaidNoObservation(t *testing.T) {
	if o := observe(t, mustSet(t), frames("heroku router at=info method=GET path=/ dyno=web.1 status=200")); o != nil {
		t.Errorf("got %+v", o)
	}
}

// A Batch is used again and again; what one delivery said must not show in the next.
func TestBatchesDoNotLeakIntoEachOther(t *testing.T) {
	set := mustSet(t, Builtin()...)
	b := set.NewBatch()
	body := frames(`heroku router at=error code=H12 dyno=web.1 status=503`, "heroku web.1 Error R14 (Memory quota exceeded)",
		"heroku logplex Error L10 (output buffer overflow): 5 messages dropped since 2026-11-22T19:00:00+00:00.")
	b.Begin("one", "id", t0, true)
	add(t, b, body)
	first := b.Observation().Clone()
	b.Begin("two", "", at(1), false)
	if o := b.Observation(); o != nil {
		t.Errorf("an empty delivery said %+v", o)
	}
	b.Begin("one", "id", t0, true)
	add(t, b, body)
	if diff := cmp.Diff(first, b.Observation()); diff != "" {
		t.Error(diff)
	}
}

// More keys than the Batch has quick places for: each has one Hit, in every delivery.
func TestHitsOfManyKeys(t *testing.T) {
	error5xx, router := &Match{Kind: []string{"router"}, Status: []Status{"5xx"}}, &Match{Kind: []string{"router"}}
	b := mustSet(t,
		Rule{Name: "r1", Match: error5xx, Of: router, Ratio: 0.1, Window: time.Minute, By: []string{"dyno"}},
		Rule{Name: "r2", Match: error5xx, Of: router, Ratio: 0.1, Window: time.Minute, By: []string{"dyno"}},
	).NewBatch()
	for first, dynos := range []int{100, 70} {
		b.Begin("enketo", "", t0, false)
		var want []string
		for i := range dynos {
			line := fmt.Sprintf(`heroku router at=info method=GET path="/" dyno=web.%d connect=1ms service=3ms status=503 bytes=10`, i+first)
			add(t, b, frames(line, line))
			for _, rule := range []string{"r1", "r2"} {
				hit := fmt.Sprintf("%s[web.%d] 2", rule, i+first)
				want = append(want, hit, hit+" of")
			}
		}
		got := hitsOf(b.Observation())
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d dynos, want (-), got (+):\n%s", dynos, diff)
		}
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	body, err := os.ReadFile("testdata/mixed.logplex1")
	if err != nil {
		t.Fatal(err)
	}
	set := mustSet(t, Builtin()...)
	b := set.NewBatch()
	scan := parser.NewScanner(body)
	run := func() {
		scan.Reset(body)
		b.Begin("enketo", "", t0, false)
		for scan.Scan() {
			b.Add(scan.Line())
		}
		b.Observation()
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations a delivery of %d lines", n, scan.Frames())
	}
}
