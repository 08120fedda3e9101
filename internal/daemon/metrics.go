package daemon

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"drain/rules"
)

// metrics are the daemon's own; each part registers its own as well.
type metrics struct {
	reloadOK   prometheus.Gauge
	reloadTime prometheus.Gauge
	discarded  *prometheus.CounterVec
	unclaimed  prometheus.Counter
	ledger     prometheus.Counter

	keysDropped *prometheus.CounterVec
}

func newMetrics(reg *prometheus.Registry, version string) *metrics {
	m := &metrics{
		reloadOK: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "drain_config_last_reload_successful", Help: "Whether the last attempt to load the configuration succeeded.",
		}),
		reloadTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "drain_config_last_reload_success_timestamp_seconds", Help: "When a configuration was last put in force.",
		}),
		discarded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "drain_discarded_messages_total", Help: "Messages taken and not judged, by why.",
		}, []string{"reason"}),
		unclaimed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "drain_unclaimed_posts_total", Help: "Deliveries with a drain token that no app is known for.",
		}),
		ledger: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "drain_snapshot_failures_total", Help: "What could not be read from or written to the ledger: rules' states, learnt budgets, silences, claims, upgrades.",
		}),
		keysDropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "drain_rule_keys_dropped_total", Help: "Matches and samples left out because their rule had too many keys.",
		}, []string{"rule"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "drain_build_info", Help: "Always 1; the labels say what was built.",
	}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	for _, reason := range []string{reasonOwnLog, reasonTooManyApps} {
		m.discarded.WithLabelValues(reason)
	}
	reg.MustRegister(m.reloadOK, m.reloadTime, m.discarded, m.unclaimed, m.ledger, m.keysDropped, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.reloaded(true, time.Now())
	return m
}

// know makes the series of these rules, so that each has a rate before its first drop.
func (m *metrics) know(byName map[string]*rules.Rule) {
	for rule := range byName {
		m.keysDropped.WithLabelValues(rule)
	}
}

func (m *metrics) reloaded(ok bool, at time.Time) {
	if !ok {
		m.reloadOK.Set(0)
		return
	}
	m.reloadOK.Set(1)
	m.reloadTime.Set(float64(at.UnixNano()) / 1e9)
}
