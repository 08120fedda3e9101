package webhook

import (
	"time"

	"drain/alert"
)

// version of Message. It changes only if a receiver of the old one would misunderstand.
const version = 1

// Message is the body.
type Message struct {
	Version  int         `json:"version"` // 1
	ID       string      `json:"id"`      // webhook-id
	Event    alert.State `json:"event"`   // firing, resolved
	Incident Incident    `json:"incident"`
}

// Incident is what happened to an app.
type Incident struct {
	ID       string      `json:"id"` // the same at its beginning and its end
	App      string      `json:"app"`
	Cause    string      `json:"cause"`
	State    alert.State `json:"state"`    // firing, resolved
	Severity string      `json:"severity"` // critical, warning, info: the worst there was
	Began    time.Time   `json:"began"`
	Ended    time.Time   `json:"ended,omitzero"` // only if it is over
	Summary  string      `json:"summary"`        // of its worst alert
	Page     string      `json:"page,omitempty"` // where to read more
	Alerts   []Alert     `json:"alerts"`         // by severity, then age; resolved ones last
	Actions  []string    `json:"actions"`        // what was done, or why not, oldest first
}

// Alert is one rule's state for one dyno, add-on or the whole app.
type Alert struct {
	Rule     string            `json:"rule"`
	Key      string            `json:"key"` // what it is about; empty: the whole app
	Labels   map[string]string `json:"labels"`
	State    alert.State       `json:"state"`
	Severity string            `json:"severity"`
	Since    time.Time         `json:"since"`
	Changed  time.Time         `json:"changed"` // when this was judged; of a resolved one: its end
	Value    float64           `json:"value"`
	Summary  string            `json:"summary"`
	Details  []string          `json:"details"`
	Evidence []string          `json:"evidence,omitempty"` // lines of the log, the one that decided first, then those around it in order, redacted, at most 10 of 512 bytes
	Requests []string          `json:"requests,omitempty"` // ids of requests that the router or the app spoke of there, at most 10
}

func newMessage(id, page string, inc alert.Incident) Message {
	m := Message{
		Version: version, ID: id, Event: inc.State,
		Incident: Incident{
			ID: inc.ID, App: inc.App, Cause: inc.Cause, State: inc.State, Severity: inc.Severity,
			Began: inc.Began, Ended: inc.Ended, Summary: inc.Cause, Page: page,
			Alerts: make([]Alert, 0, len(inc.Alerts)), Actions: append([]string{}, inc.Actions...),
		},
	}
	for _, a := range inc.Alerts {
		m.Incident.Alerts = append(m.Incident.Alerts, Alert{
			Rule: a.Rule, Key: a.Key, Labels: a.LabelSet(), State: a.State, Severity: a.Severity,
			Since: a.Since, Changed: a.At, Value: a.Value, Summary: a.Summary,
			Details: append([]string{}, a.Details...), Evidence: a.Evidence, Requests: a.Requests,
		})
	}
	if len(inc.Alerts) > 0 {
		m.Incident.Summary = inc.Alerts[0].Summary
	}
	return m
}
