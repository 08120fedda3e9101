package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"drain/parser"
)

// usualFrames makes a drain body of lines "APPNAME PROCID text", with times as Logplex writes them, and room
// behind it, as there is where more follows.
func usualFrames(lines ...string) []byte {
	stamp := func(i int) string { return fmt.Sprintf("2026-11-22T20:00:%02d.%06d+00:00", i/60, 100001+i) }
	return append(framesAt(stamp, lines), strings.Repeat(" ", 150)...)
}

// sifted is the batch's Observation of a body by way of what is set aside, and how many lines that was.
func sifted(b *Batch, scan *parser.Scanner, body []byte) (o *Observation, aside int) {
	b.Begin("enketo", "", at(60), false)
	for scan.Reset(body); scan.Sift(b.Sieve()); {
		b.Add(scan.Line())
	}
	b.AddRequests(scan.Requests())
	b.AddTexts(scan.Texts())
	return b.Observation(), scan.Requests().N + scan.Texts().N
}

// comparable brings what has no order into one. How late lines are is told by other ones: see lateness.
func comparable(o *Observation) *Observation {
	if o == nil {
		return &Observation{}
	}
	o = o.Clone()
	slices.SortFunc(o.Hits, func(a, b Hit) int {
		return cmp.Compare(fmt.Sprint(a.Rule, a.Of, a.Labels), fmt.Sprint(b.Rule, b.Of, b.Labels))
	})
	slices.SortFunc(o.Traffic, func(a, b Traffic) int { return cmp.Compare(a.Dyno, b.Dyno) })
	slices.Sort(o.Seen)
	o.Samples = slices.DeleteFunc(o.Samples, func(s Sample) bool { return s.Name == "log_delay" })
	return o
}

// lateness is how late an Observation says that the newest lines are, below 0 if it doesn't.
func lateness(o *Observation) float64 {
	if o != nil {
		for _, s := range o.Samples {
			if s.Name == "log_delay" {
				return s.Value
			}
		}
	}
	return -1
}

// What is set aside counts as it does line by line, whatever the rules are.
func TestSieveChangesNothing(t *testing.T) {
	traffic, scan := newTraffic(7), parser.NewScanner(nil)
	var most int
	check := func(t rapid.TB, list []Rule, lines []string) (aside int) {
		set, err := NewSet(list)
		if err != nil {
			t.Fatal(err)
		}
		one, other := set.NewBatch(), set.NewBatch()
		for range 2 { // headers are new, and known
			body := usualFrames(lines...)
			one.Begin("enketo", "", at(60), false)
			var newest time.Time
			for scan := parser.NewScanner(body); scan.Scan(); newest = scan.Line().Time() {
				one.Add(scan.Line())
			}
			var got *Observation
			got, aside = sifted(other, scan, body)
			want := one.Observation()
			if diff := gocmp.Diff(comparable(want), comparable(got)); diff != "" {
				t.Fatalf("line by line (-), set aside (+):\n%s", diff)
			}
			// It is told of senders' first lines, and those that were set aside come last.
			if most, late := lateness(want), lateness(got); late > most || most >= 0 && late < at(60).Sub(newest).Seconds() {
				t.Fatalf("%g s late, want at most %g, and at least that of the newest line, of %v", late, most, newest)
			}
		}
		return aside
	}
	rapid.Check(t, func(t *rapid.T) {
		var list []Rule
		for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
			r := Rule{Name: fmt.Sprint("r", i), Window: time.Minute, Match: drawMatch(t)}
			if rapid.Bool().Draw(t, "share") {
				r.Of, r.Ratio = drawMatch(t), 0.5
				r.By = some(t, "by", "dyno", "process")
			}
			list = append(list, r)
		}
		switch rapid.IntRange(0, 3).Draw(t, "figures") {
		case 1:
			list = append(list, Rule{Name: "slow", Metric: "router_service_p95", Above: new(1.0)})
		case 2:
			list = append(list, Builtin()...)
		case 3:
			list = append(list, Rule{Name: "late", Metric: "log_delay", Above: new(1.0)})
		}
		var lines []string
		for range rapid.IntRange(1, 60).Draw(t, "lines") {
			lines = append(lines, traffic.line())
		}
		most = max(most, check(t, list, lines))
	})
	if parser.Sifts() && most < 10 {
		t.Errorf("at most %d lines were set aside", most)
	}

	// What a rule wants more of than the number isn't set aside.
	ok := "heroku router at=info " + traffic.request(200)
	lines := []string{ok, ok, "app web.1 this and that, so much that it is a line", ok, "app web.1 this and that, so much that it is a line"}
	f := func(want int, list ...Rule) {
		t.Helper()
		if got := check(t, list, lines); parser.Sifts() && got != want {
			t.Errorf("%d lines were set aside, want %d", got, want)
		}
	}
	rule := func(m, of *Match) Rule { return Rule{Name: "r", Window: time.Minute, Match: m, Of: of, Ratio: 0.5} }
	router, web := &Match{Kind: []string{"router"}}, &Match{Process: []string{"web"}}
	none := &Match{Contains: []string{"not there"}}
	f(5, rule(none, router))
	f(5, rule(none, web))
	f(2, Rule{Name: "r", Window: time.Minute, Match: router})
	f(3, Rule{Name: "r", Window: time.Minute, Match: web})
	f(2, rule(none, &Match{Kind: []string{"router"}, ContainsNone: []string{"x"}}))
	f(3, rule(none, &Match{ContainsNone: []string{"x"}, Process: []string{"web"}}))
	f(2, Rule{Name: "r", Window: time.Minute, Match: &Match{Status: []Status{"200"}}})
	f(5, Rule{Name: "r", Window: time.Minute, Match: &Match{Status: []Status{"5xx"}}})
	f(2, Rule{Name: "r", Window: time.Minute, Match: &Match{Kind: []string{"router"}, Contains: []string{"not there"}}})
	f(3, Rule{Name: "r", Window: time.Minute, Match: &Match{Contains: []string{"this"}}})
}

// That a text is wanted by a rule for others leaves nothing behind for the next text.
func TestSieveForgetsWhatItFound(t *testing.T) {
	rule := func(name, process, text string) Rule {
		return Rule{Name: name, Window: time.Minute, Match: &Match{Process: []string{process}, Contains: []string{text}}}
	}
	b := mustSet(t, rule("cellar", "web", "cellar"), rule("attic", "web", "attic")).NewBatch()
	if b.Sieve().Wanted([]byte("all is quiet")) {
		t.Error("a text is wanted that no rule looks for")
	}
	body := usualFrames(
		"app worker.1 there is a noise in the cellar, which is for others to hear, and so on and on",
		"app web.1 there is a noise in the attic, which is for us to hear, and so on and so on",
	)
	scan := parser.NewScanner(nil)
	for range 2 { // headers are new, and known
		o, _ := sifted(b, scan, body)
		if len(o.Hits) != 1 || o.Hits[0].Rule != "attic" || o.Hits[0].Count != 1 {
			t.Errorf("hits %+v, want one of attic", o.Hits)
		}
	}
}
