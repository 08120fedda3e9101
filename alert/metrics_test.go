package alert

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		slack := &fake{name: "slack", answer: func(n int, _ Incident) error {
			switch n {
			case 1:
				return errDown
			case 3:
				return errors.New("refused")
			}
			return nil
		}}
		d := run(t, Options{
			Notifiers: []Notifier{slack, &fake{name: "webhook", twice: true}}, Rules: []string{"app-crashed", "memory-quota-exceeded"},
			Registerer: reg, Store: &memory{fail: errors.New("disk full")}, Capacity: 7,
		})
		d.fire("web.1")
		d.fire("web.2")
		d.resolve("web.2")
		synctest.Wait()
		compare(t, reg, "drain_notify_queue_length", `drain_notify_queue_length 1`)
		after(time.Minute)
		d.fire("web.3")
		after(time.Minute)
		compare(t, reg, "drain_alerts", `
			drain_alerts{rule="app-crashed",state="firing"} 0
			drain_alerts{rule="app-crashed",state="resolved"} 0
			drain_alerts{rule="memory-quota-exceeded",state="firing"} 2
			drain_alerts{rule="memory-quota-exceeded",state="resolved"} 1`)
		compare(t, reg, "drain_notifications_total", `
			drain_notifications_total{notifier="slack",outcome="dropped"} 0
			drain_notifications_total{notifier="slack",outcome="failed"} 1
			drain_notifications_total{notifier="slack",outcome="retried"} 1
			drain_notifications_total{notifier="slack",outcome="sent"} 1
			drain_notifications_total{notifier="webhook",outcome="dropped"} 0
			drain_notifications_total{notifier="webhook",outcome="failed"} 0
			drain_notifications_total{notifier="webhook",outcome="retried"} 0
			drain_notifications_total{notifier="webhook",outcome="sent"} 1`)
		compare(t, reg, "drain_notify_queue_length", `drain_notify_queue_length 0`)
		compare(t, reg, "drain_notify_queue_capacity", `drain_notify_queue_capacity 7`)
		if n := testutil.ToFloat64(d.metrics.storeErrors); n == 0 {
			t.Error("failures of the ledger were not counted")
		}
		if n := testutil.CollectAndCount(d.metrics.duration); n != 2 {
			t.Errorf("%d duration series, want 2", n)
		}
		problems, err := testutil.GatherAndLint(reg)
		if err != nil || len(problems) > 0 {
			t.Errorf("lint: %v %v", problems, err)
		}
		_ = d.end()
	})
}

// compare checks the samples of one metric, without its help.
func compare(t *testing.T, reg *prometheus.Registry, name, want string) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		head := "# HELP " + name + " " + f.GetHelp() + "\n# TYPE " + name + " " + strings.ToLower(f.GetType().String()) + "\n"
		want = strings.ReplaceAll(strings.TrimSpace(want), "\t", "") + "\n"
		if err := testutil.GatherAndCompare(reg, strings.NewReader(head+want), name); err != nil {
			t.Error(err)
		}
		return
	}
	t.Errorf("no metric %s", name)
}
