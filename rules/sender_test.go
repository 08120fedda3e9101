package rules

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Lines that were only counted are in the Observation once, however often that is asked for, and
// never in the next one.
func TestCountedLinesAreSettledOnce(t *testing.T) {
	body := frames("app web.1 a", "app web.1 b", "app web.1 c")
	b := mustSet(t, Rule{Name: "r", Match: &Match{Kind: []string{"app"}}, Window: time.Minute}).NewBatch()
	for range 2 {
		b.Begin("enketo", "", t0, false)
		add(t, b, body) // given up: nobody asks what it said
		b.Begin("enketo", "", t0, false)
		add(t, b, body)
		for range 2 {
			if diff := cmp.Diff([]string{"r[] 3"}, hitsOf(b.Observation())); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// A flood of made-up dynos is forgotten, and what is forgotten is made anew, not half remembered.
func TestFloodOfDynosIsForgotten(t *testing.T) {
	b := mustSet(t, Rule{Name: "r", Match: &Match{Kind: []string{"app"}}, Window: time.Minute, By: []string{"dyno"}}).NewBatch()
	lines := []string{"app web.1 known before"}
	for i := range maxNames + 1 {
		lines = append(lines, fmt.Sprintf("app x%d.1 flood", i))
	}
	b.Begin("enketo", "", t0, false)
	add(t, b, frames(lines...))
	if n := len(b.Observation().Hits); n != len(lines) {
		t.Fatalf("%d hits of %d dynos", n, len(lines))
	}
	b.Begin("enketo", "", t0, false)
	add(t, b, frames("app web.1 x", "heroku web.1 State changed from up to down", "app web.1 y"))
	if diff := cmp.Diff([]string{"web.1"}, b.Observation().Seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"r[web.1] 2"}, hitsOf(b.Observation())); diff != "" {
		t.Error(diff)
	}
	if n := len(b.names); n > 10 {
		t.Errorf("%d names are kept", n)
	}
}

func TestFirstOfARepeatedNumberCounts(t *testing.T) {
	o := observe(t, mustSet(t, asking("redis_hit_ratio")...), frames("app heroku-redis source=REDIS addon=redis-x-1 sample#hit-rate=0.5 sample#hit-rate=0.9"))
	if len(o.Samples) != 1 || o.Samples[0].Value != 0.5 {
		t.Errorf("got %+v", o.Samples)
	}
}

// Senders of a kind are taken for alike only if no rule asks which is which.
func TestSendersAreToldApart(t *testing.T) {
	lines := []string{"heroku heroku-mq x", "heroku heroku-kafka x", "heroku heroku-kafka y"}
	f := func(m Match, by []string, want ...string) {
		t.Helper()
		m.Kind = []string{"addon"}
		set := mustSet(t, Rule{Name: "r", Match: &m, Window: time.Minute, By: by},
			Rule{Name: "s", Match: &Match{Kind: m.Kind, Contains: []string{"y"}}, Window: time.Minute})
		if diff := cmp.Diff(append(want, "s[] 1"), hitsOf(observe(t, set, frames(lines...)))); diff != "" {
			t.Errorf("%+v by %v: %s", m, by, diff)
		}
	}
	f(Match{}, nil, "r[] 3")
	f(Match{Process: []string{"*-k*"}}, nil, "r[] 2")
	f(Match{Process: []string{"*-k*"}, Contains: []string{"x"}}, nil, "r[] 1")
	f(Match{}, []string{"dyno"}, "r[heroku-kafka] 2", "r[heroku-mq] 1")
}
