package alert

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The values of the outcome label.
const (
	outcomeSent    = "sent"
	outcomeRetried = "retried" // failed, to be tried again
	outcomeFailed  = "failed"  // refused for good
	outcomeDropped = "dropped" // over and untold, forgotten to make room
)

type metrics struct {
	notifications *prometheus.CounterVec
	duration      *prometheus.HistogramVec
	storeErrors   prometheus.Counter
}

func newMetrics(d *Dispatcher) *metrics {
	m := &metrics{
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "drain_notifications_total",
			Help: "Calls of a notifier by outcome, and notifications dropped.",
		}, []string{"notifier", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "drain_notification_duration_seconds",
			Help:                        "Time of one call of a notifier.",
			NativeHistogramBucketFactor: 1.1,
		}, []string{"notifier"}),
		storeErrors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "drain_notify_ledger_errors_total",
			Help: "Incidents that could not be written to the ledger, or read from it.",
		}),
	}
	for _, n := range d.opt.Notifiers {
		m.duration.WithLabelValues(n.Name())
		for _, outcome := range []string{outcomeSent, outcomeRetried, outcomeFailed, outcomeDropped} {
			m.notifications.WithLabelValues(n.Name(), outcome)
		}
	}
	if d.opt.Registerer == nil {
		return m
	}
	for _, c := range []prometheus.Collector{
		m.notifications, m.duration, m.storeErrors,
		alertsCollector{d},
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "drain_notify_queue_length",
			Help: "Incidents of which something is to be told.",
		}, func() float64 { return float64(d.waiting()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "drain_notify_queue_capacity",
			Help: "Incidents held before the oldest that is over is dropped.",
		}, func() float64 { return float64(d.opt.Capacity) }),
	} {
		if err := d.opt.Registerer.Register(c); err != nil {
			d.opt.Log.Error().Err(err).Msg("metric not registered")
		}
	}
	return m
}

func (m *metrics) count(del *delivery, outcome string) {
	m.notifications.WithLabelValues(del.dst.notifier.Name(), outcome).Inc()
}

func (m *metrics) took(del *delivery, t time.Duration) {
	m.duration.WithLabelValues(del.dst.notifier.Name()).Observe(t.Seconds())
}

// alertsCollector counts at the scrape: a running count could drift.
type alertsCollector struct{ d *Dispatcher }

func alertsDesc() *prometheus.Desc {
	return prometheus.NewDesc("drain_alerts", "Alerts of the incidents that fire or are not told everywhere.",
		[]string{"rule", "state"}, nil)
}

func (c alertsCollector) Describe(ch chan<- *prometheus.Desc) { ch <- alertsDesc() }

func (c alertsCollector) Collect(ch chan<- prometheus.Metric) {
	type series struct {
		rule  string
		state State
	}
	n := map[series]int{}
	for _, rule := range c.d.opt.Rules {
		n[series{rule, Firing}], n[series{rule, Resolved}] = 0, 0
	}
	c.d.mu.Lock()
	for _, inc := range c.d.incidents {
		for m, a := range inc.members {
			n[series{m.rule, a.State}]++
		}
	}
	c.d.mu.Unlock()
	desc := alertsDesc()
	for s, count := range n {
		m, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, float64(count), s.rule, string(s.state))
		if err != nil {
			m = prometheus.NewInvalidMetric(desc, err)
		}
		ch <- m
	}
}

// waiting counts the incidents of which something is to be told.
func (d *Dispatcher) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for inc := range maps.Values(d.incidents) {
		if slices.ContainsFunc(inc.deliveries, func(del *delivery) bool { return del.pending() }) {
			n++
		}
	}
	return n
}
