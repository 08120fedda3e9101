package daemon

import (
	"sync/atomic"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/scale"
)

// A policy that waits for a figure is judged anew as soon as one comes, not only when it would be anyhow.
func TestAFigureIsJudgedAtOnce(t *testing.T) {
	t.Parallel()
	f := func(rule, verb, line string) {
		t.Helper()
		p := scale.Policy{Name: "p", On: rule, App: "enketo", Process: []string{"web"}, Verb: verb}
		p.SetDefaults()
		var judged atomic.Bool // with a figure
		r := startWith(t, Options{Config: &config.Config{Policies: []scale.Policy{p}}}, func(d *Daemon) {
			timing := scale.DefaultTiming()
			timing.Grace, timing.Retry = 0, time.Hour
			var err error
			if d.scaler, err = scale.New(scale.Options{
				Policies: []scale.Policy{p}, Timing: timing, MayAct: true,
				Actions: d.ledger.Shelf(ledger.Actions), Formations: d.ledger.Shelf(ledger.Formations),
				Evidence: func(app, process string) scale.Evidence {
					ev := d.evidence(app, process)
					if len(ev.Readings)+len(ev.Dynos) > 0 {
						judged.Store(true)
					}
					return ev
				},
			}); err != nil {
				t.Fatal(err)
			}
		})
		r.scaler.Request(scale.Request{App: "enketo", Rule: rule, Firing: true, At: time.Now()})
		waitUntil(t, func() bool { return len(r.Decisions()) == 1 })
		r.post(t, "/logs/enketo", "", "", line) // no rule fires by it: that would have it judged too
		waitUntil(t, judged.Load)
	}
	f("redis-connections-exhausted", scale.VerbScale, "app heroku-redis source=REDIS addon=redis-x sample#active-connections=19 sample#max-connections=38")
	f("memory-forecast", scale.VerbRestart, "heroku web.1 source=web.1 dyno=heroku.1.x sample#memory_total=256.00MB sample#memory_rss=256.00MB "+
		"sample#memory_swap=0.00MB sample#memory_quota=512.00MB")
}
