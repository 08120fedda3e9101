package rules

import "time"

// State of a rule under one key.
type State string

// The states an Event tells of.
const (
	Firing   State = "firing"   // the condition has held for the rule's for
	Resolved State = "resolved" // it has not held for the rule's keep_firing_for
)

// Severity orders alerts: critical, warning, info.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// Event says that a rule started or ceased to hold for a key of an app.
type Event struct {
	Seq      uint64 // grows by one with each Event of an app
	App      string
	Rule     string
	Cause    string // groups rules that tell of one trouble, e.g. redis-connections
	Severity Severity
	Labels   Labels
	Source   string // attachment name, where Labels.Addon is set and the log said it
	State    State
	At       time.Time // when it fired or resolved
	Since    time.Time // when it fired
	Value    float64   // the count or figure that decided
	Bound    float64   // what it was held against
	Summary  string
	Details  string            // more lines; empty if the rule has none, and in a resolution
	Words    map[string]string // the rule's `labels:`; not to be written to
	Excerpt  string            // the line that decided, at most 512 bytes, not redacted; may be empty
}
