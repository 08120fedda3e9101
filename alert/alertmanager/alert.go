package alertmanager

import (
	"strings"
	"time"

	"drain/alert"
)

// sent is postableAlert of Alertmanager's api/v2/openapi.yaml.
type sent struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func (n *Notifier) alertsOf(inc alert.Incident, now time.Time) []sent {
	alerts := make([]sent, 0, len(inc.Alerts))
	for _, a := range inc.Alerts {
		s := sent{
			Labels: labels(a), Annotations: annotations(inc, a),
			StartsAt: a.Since, EndsAt: now.Add(lasting * n.opt.Resend), GeneratorURL: n.opt.Page,
		}
		if a.State == alert.Resolved {
			s.EndsAt = a.At
		}
		if s.EndsAt.Before(s.StartsAt) {
			s.EndsAt = s.StartsAt // it refuses the whole request otherwise
		}
		alerts = append(alerts, s)
	}
	return alerts
}

// labels are the alert's, with the rule under the name that Prometheus gives it.
func labels(a alert.Alert) map[string]string {
	set := a.LabelSet()
	set["alertname"] = a.Rule
	delete(set, "rule")
	return set
}

func annotations(inc alert.Incident, a alert.Alert) map[string]string {
	set := map[string]string{"summary": a.Summary, "incident": inc.ID}
	if len(a.Details) > 0 {
		set["description"] = strings.Join(a.Details, "\n")
	}
	if len(a.Evidence) > 0 {
		set["evidence"] = strings.Join(a.Evidence, "\n")
	}
	if len(a.Requests) > 0 {
		set["requests"] = strings.Join(a.Requests, ", ")
	}
	if len(inc.Actions) > 0 {
		set["actions"] = strings.Join(inc.Actions, "\n")
	}
	return set
}
