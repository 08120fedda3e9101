package scale

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	decisions  *prometheus.CounterVec
	formation  *prometheus.GaugeVec
	rate       *prometheus.GaugeVec // without labels: a gauge would be there, at 0, before anything is known
	mu         sync.Mutex
	registered map[string]bool // policies that have series; guarded by mu
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "drain_scale_decisions_total",
			Help: "Scaling decisions that told something new, and outcomes of actions.",
		}, []string{"policy", "verdict"}),
		formation: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "drain_formation_quantity",
			Help: "Dynos of a process type, as last read, set, or told by a log line.",
		}, []string{"app", "process"}),
		rate: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "drain_heroku_rate_limit_remaining",
			Help: "Platform API calls the account has left.",
		}, nil),
		registered: map[string]bool{},
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.decisions, m.formation, m.rate} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// policies makes the series of each policy, so that a first decision is an increase, and drops
// those of policies that are gone.
func (m *metrics) policies(all []Policy) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := map[string]bool{}
	for i := range all {
		now[all[i].Name] = true
		for _, v := range verdicts() {
			m.decisions.WithLabelValues(all[i].Name, string(v))
		}
	}
	for name := range m.registered {
		if !now[name] {
			m.decisions.DeletePartialMatch(prometheus.Labels{"policy": name})
		}
	}
	m.registered = now
}

// decided counts d, unless its policy is gone: nobody would ever drop the series.
func (m *metrics) decided(d Decision) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.registered[d.Policy] {
		return
	}
	m.decisions.WithLabelValues(d.Policy, string(d.Verdict)).Inc()
}

func (m *metrics) quantity(app, process string, n int) {
	m.formation.WithLabelValues(app, process).Set(float64(n))
}

func (m *metrics) forget(app string) {
	m.formation.DeletePartialMatch(prometheus.Labels{"app": app})
}

func (m *metrics) callsLeft(p Platform) {
	if n := p.CallsLeft(); n != Unknown {
		m.rate.WithLabelValues().Set(float64(n))
	}
}
