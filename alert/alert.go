package alert

import (
	"context"
	"time"
)

// State of an alert or an incident.
type State string

// The states.
const (
	Firing   State = "firing"
	Resolved State = "resolved"
)

// The severities, worst first. Any other value ranks below them.
const (
	Critical = "critical"
	Warning  = "warning"
	Info     = "info"
)

// Alert is one state of one rule for one key of an app.
type Alert struct {
	Seq      uint64    `json:"seq"` // per app; an older one never overtakes a newer one
	App      string    `json:"app"`
	Cause    string    `json:"cause"` // alerts of one app and cause are one incident
	Rule     string    `json:"rule"`
	Key      string    `json:"key,omitempty"` // what it is about: a dyno, an add-on; empty for the whole app
	Severity string    `json:"severity"`      // critical, warning, info
	State    State     `json:"state"`
	Since    time.Time `json:"since"`
	At       time.Time `json:"at"`
	Value    float64   `json:"value"`
	Summary  string    `json:"summary"`            // one line a tired person understands
	Details  []string  `json:"details,omitempty"`  // figures, budget, what to do next; a line each
	Evidence string    `json:"evidence,omitempty"` // the log line that decided, at most 512 bytes

	Labels map[string]string `json:"labels,omitempty"` // what Key is made of, e.g. dyno: web.1
}

// Incident is what a Notifier shows. It is a copy: the Notifier may keep it.
type Incident struct {
	ID       string    `json:"id"` // unique, stable over restarts
	App      string    `json:"app"`
	Cause    string    `json:"cause"`
	State    State     `json:"state"`
	Severity string    `json:"severity"` // the worst there was
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended,omitzero"`
	Alerts   []Alert   `json:"alerts"`            // by severity, then age; resolved ones last
	Actions  []string  `json:"actions,omitempty"` // what was done, or why not, oldest first

	Acknowledged Acknowledgement `json:"acknowledged,omitzero"`

	Deliveries []Delivery `json:"deliveries,omitempty"` // set by Dispatcher.Open only
}

// Acknowledgement says who has taken an incident on. The zero value: nobody yet.
type Acknowledgement struct {
	By string    `json:"by"` // as people know them, or a Slack user's ID
	At time.Time `json:"at"`
}

// Delivery says how an incident stands at one destination.
type Delivery struct {
	Notifier string `json:"notifier"`
	Channel  string `json:"channel,omitempty"` // as configured; empty for the notifier's own
	Told     State  `json:"told,omitempty"`    // what was last told there; empty: nothing yet
	Waiting  bool   `json:"waiting,omitempty"` // there is something to tell, or to tell again
	Error    string `json:"error,omitempty"`   // why the last try failed; empty after a success
}

// Receipt is where a Notifier put an incident, so that it can be updated there, also after a
// restart. Only the Notifier that made it understands it.
type Receipt struct {
	Channel string `json:"channel,omitempty"`
	TS      string `json:"ts,omitempty"`
}

// Notifier shows incidents at one destination.
type Notifier interface {
	// Name is the value of the metrics' notifier label, e.g. "slack".
	Name() string
	// Notify makes the destination show inc as it is now. was is the Receipt of the last success for
	// this incident, zero the first time. A *RetryError is tried again; any other error is final.
	Notify(ctx context.Context, inc Incident, was Receipt) (Receipt, error)
	// Updates says whether a shown incident can be changed in place. Where it can't, the incident is
	// told of twice: when it begins and when it is over.
	Updates() bool
}

// RetryError marks a failure worth another try, not before After from now.
type RetryError struct {
	After time.Duration
	Err   error
}

func (e *RetryError) Error() string { return e.Err.Error() }
func (e *RetryError) Unwrap() error { return e.Err }
