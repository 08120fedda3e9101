package daemon

import (
	"strings"
	"testing"
	"time"

	"drain/internal/budget"
	"drain/internal/config"
)

func TestBlind(t *testing.T) {
	d, err := New(Options{Pace: 1, Config: &config.Config{}, Env: config.Env{Listen: "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop(t.Context())
	now := time.Now()
	f := func(change func(*app), want ...string) {
		t.Helper()
		one := d.newApp("enketo")
		one.sight = sight{first: now.Add(-time.Hour), memory: now}
		one.last = now
		change(one)
		got := d.blind(one, now)
		if len(got) != len(want) {
			t.Errorf("%q, want %q", got, want)
			return
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
	figure := func(age time.Duration, limit int) func(*app) {
		return func(one *app) {
			one.budget.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: 1, Limit: limit, At: now.Add(-age)})
		}
	}
	heard := func(one *app, tokens ...string) {
		for i, token := range tokens {
			one.drains.add(token, now.Add(-time.Duration(i)*time.Minute))
		}
	}
	f(func(*app) {})
	f(func(one *app) { one.sight.memory = time.Time{} }, "labs:enable log-runtime-metrics -a enketo")
	f(func(one *app) { one.sight.memory = now.Add(-blindAfter - 1) }, "log-runtime-metrics")
	f(func(one *app) { one.sight = sight{first: now.Add(-blindAfter)} }) // too early to say
	f(func(one *app) { one.sight = sight{} })
	f(figure(time.Minute, 38))
	f(figure(blindAfter+1, 38), "Connections of REDIS")
	f(figure(0, 0), "The limit of REDIS")
	f(func(one *app) { heard(one, "d.1") })
	f(func(one *app) { heard(one, "d.1", "d.2") }, "2 drains deliver")
	f(func(one *app) { heard(one, "d.1", "d.2", "d.3") }, "2 drains deliver") // the third ceased
	f(func(one *app) { heard(one, "d.1", "d.2"); one.last = now.Add(-time.Hour) })
	f(func(one *app) { heard(one, "d.1", "d.2"); one.own.Store(true) })
}
