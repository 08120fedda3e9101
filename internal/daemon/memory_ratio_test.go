package daemon

import (
	"testing"

	"drain/internal/config"
	"drain/rules"
)

// How full a Redis is, is known by its plan.
func TestRedisMemoryIsHeldAgainstThePlan(t *testing.T) {
	full := rules.Rule{Name: "redis-memory-high", Metric: "redis_memory_ratio", Above: new(0.9)}
	r := start(t, Options{Config: &config.Config{Rules: []rules.Rule{full}}})
	say := func(frame, bytes string, want float64) {
		t.Helper()
		r.post(t, "/logs/enketo", "", frame, "app heroku-redis source=REDIS addon=redis-a sample#active-connections=4 sample#max-connections=38 sample#memory-redis="+bytes)
		if got := r.metric(t, `drain_alerts{rule="redis-memory-high",state="firing"}`); got != want {
			t.Errorf("%s of 50 MB: fires %g times, want %g", bytes, got, want)
		}
	}
	say("1", "40000000bytes", 0)
	say("2", "50000000bytes", 1)
}
