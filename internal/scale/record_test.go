package scale

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestRingKeepsTheNewest(t *testing.T) {
	var r ring
	for i := range 2500 {
		r.add(Decision{From: i})
		all := r.all()
		if first, last := all[0].From, all[len(all)-1].From; last != i || first != max(0, i-999) || len(all) != min(i+1, 1000) {
			t.Fatalf("after %d: %d of them, %d to %d", i, len(all), first, last)
		}
	}
}

func TestMetrics(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		reg := prometheus.NewRegistry()
		w.options.Registerer = reg
		defer w.start()()
		w.pass(10 * time.Minute)
		if n := testutil.CollectAndCount(w.scaler.metrics.decisions); n != 11 {
			t.Errorf("%d series before the first decision, want one a verdict", n)
		}
		if n := testutil.CollectAndCount(w.scaler.metrics.rate); n != 0 {
			t.Error("the calls left are shown before anybody knows them")
		}
		w.fire()
		w.pass(2 * time.Minute)
		want := `
			# HELP drain_formation_quantity Dynos of a process type, as last read, set, or told by a log line.
			# TYPE drain_formation_quantity gauge
			drain_formation_quantity{app="enketo",process="web"} 1
			# HELP drain_heroku_rate_limit_remaining Platform API calls the account has left.
			# TYPE drain_heroku_rate_limit_remaining gauge
			drain_heroku_rate_limit_remaining 4000
			# HELP drain_scale_decisions_total Scaling decisions that told something new, and outcomes of actions.
			# TYPE drain_scale_decisions_total counter
			drain_scale_decisions_total{policy="shed-web",verdict="act"} 1
			drain_scale_decisions_total{policy="shed-web",verdict="ask"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="done"} 1
			drain_scale_decisions_total{policy="shed-web",verdict="dropped"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="dry_run"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="failed"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="hold"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="no_effect"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="refused"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="relapse"} 0
			drain_scale_decisions_total{policy="shed-web",verdict="worked"} 1
		`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
			t.Error(problems, err)
		}
		renamed := shedWeb(DryRun)
		renamed.Name = "other"
		w.scaler.Replace([]Policy{renamed})
		if n := testutil.CollectAndCount(w.scaler.metrics.decisions); n != 11 {
			t.Errorf("%d series after a reload, want those of the one policy", n)
		}
		if _, err := New(w.options); err == nil || !strings.Contains(err.Error(), "duplicate") {
			t.Errorf("a second Scaler on the same registry: %v", err)
		}
	})
}

func TestNewNeedsItsOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil || !strings.Contains(err.Error(), "Options.Actions, Options.Formations and Options.Evidence") {
		t.Error(err)
	}
}
