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
	Cause    string    `json:"cause"` // what went wrong, over all rules that tell of it
	Rule     string    `json:"rule"`
	Key      string    `json:"key,omitempty"` // what it is about: a dyno, an add-on; empty for the whole app
	Severity string    `json:"severity"`      // critical, warning, info
	State    State     `json:"state"`
	Since    time.Time `json:"since"`
	At       time.Time `json:"at"`
	Value    float64   `json:"value"`
	Bound    float64   `json:"bound,omitempty"`    // what Value was held against
	Figure   string    `json:"figure,omitempty"`   // Value against its limit, as people read it: 38 of 38 connections
	Summary  string    `json:"summary"`            // one line a tired person understands
	Details  []string  `json:"details,omitempty"`  // figures, budget, what happened before; a line each
	Next     []string  `json:"next,omitempty"`     // what to do, with exact commands; a line each
	Evidence []string  `json:"evidence,omitempty"` // lines of the log, the one that decided first, then those around it in order; at most 10 of 512 bytes
	Requests []string  `json:"requests,omitempty"` // request ids in them, at most 10

	Labels map[string]string `json:"labels,omitempty"` // what Key is made of, e.g. dyno: web.1

	Peak       float64 `json:"peak,omitempty"`        // the Value furthest beyond Bound so far; the Dispatcher keeps it
	PeakFigure string  `json:"peak_figure,omitempty"` // the Figure it came with

	Plot string `json:"plot,omitempty"` // names the figures over time that it is about, for a Notifier that draws; empty: none
}

// Incident is what a Notifier shows. It is a copy: the Notifier may keep it.
type Incident struct {
	ID       string    `json:"id"` // unique, stable over restarts
	App      string    `json:"app"`
	Cause    string    `json:"cause,omitempty"` // empty where alerts aren't grouped by it
	State    State     `json:"state"`
	Severity string    `json:"severity"` // the worst there was
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended,omitzero"`
	Flaps    int       `json:"flaps,omitempty"`   // how often it was over and came back
	Quiet    time.Time `json:"quiet,omitzero"`    // nothing fires since, but it flaps and may come back
	Alerts   []Alert   `json:"alerts"`            // by severity, then age; resolved ones last
	Actions  []string  `json:"actions,omitempty"` // what was done, or why not, oldest first
	Changes  []Change  `json:"changes,omitempty"` // what happened, oldest first
	Asks     []Ask     `json:"asks,omitempty"`    // what waits for a person, oldest first
	Links    []Link    `json:"links,omitempty"`   // set for Notifiers only

	Acknowledged Acknowledgement `json:"acknowledged,omitzero"`
	Silenced     string          `json:"silenced,omitempty"` // why nobody is told of it; empty: people are

	Deliveries []Delivery `json:"deliveries,omitempty"` // set by Dispatcher.Open only
}

// Acknowledgement says who has taken an incident on. The zero value: nobody yet.
type Acknowledgement struct {
	By string    `json:"by"` // as people know them, or a Slack user's ID
	At time.Time `json:"at"`
}

// Ask is an action that is done only if a person approves.
type Ask struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Offer string `json:"offer,omitempty"` // what stands on its only button, "Put web back to 4"; empty: it is approved or refused
}

// Change is one thing that happened in an incident.
type Change struct {
	N        uint64    `json:"n"` // counts from 1 in each incident
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
	Evidence []string  `json:"evidence,omitempty"` // as in Alert
	Requests []string  `json:"requests,omitempty"` // as in Alert
	Loud     bool      `json:"loud,omitempty"`     // people should notice it, not only find it
}

// Link leads to where there is more to see.
type Link struct {
	Text string `json:"text"`
	URL  string `json:"url"`
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

// Channels is a Notifier that can show incidents in more than its default channel.
type Channels interface {
	Notifier
	// In returns the Notifier for another channel. It shares everything else.
	In(channel string) Notifier
}

// Threads is a Notifier that can say beside an incident's message what changed. Only one that Updates
// is asked to.
type Threads interface {
	Notifier
	// Reply says what changed beside the message that was tells of. missed is how many changes before
	// them are no longer known. Errors are as Notify's.
	Reply(ctx context.Context, inc Incident, was Receipt, changes []Change, missed int) error
}

// Finder is a Notifier that can look for a message that it may have posted without being told where:
// the process was killed, or the answer lost.
type Finder interface {
	Notifier
	// Find returns where inc's message is, if it was posted at since or later; zero if there is none.
	// After a *RetryError it is asked again before anything is posted. Any other error means that it
	// can't look, and the message is posted, maybe for a second time.
	Find(ctx context.Context, inc Incident, since time.Time) (Receipt, error)
}

// RetryError marks a failure worth another try, not before After from now.
type RetryError struct {
	After time.Duration
	Err   error
}

func (e *RetryError) Error() string { return e.Err.Error() }
func (e *RetryError) Unwrap() error { return e.Err }
