package rules

import (
	"cmp"
	"strings"
	"time"
)

// Observation is what one delivery said, small enough to send to another machine. It owns its
// memory, except where a Batch says otherwise.
type Observation struct {
	Set     uint64    `json:"set"`          // fingerprint of the Set that made it; hits of unknown rules are dropped
	ID      string    `json:"id,omitempty"` // app and frame id: judging it twice changes nothing; empty: no such promise
	App     string    `json:"app"`
	At      time.Time `json:"at"`            // receipt; in replay the line's own time
	Own     bool      `json:"own,omitempty"` // delivered under the app's own password: good as evidence for acting
	Hits    []Hit     `json:"hits,omitempty"`
	Samples []Sample  `json:"samples,omitempty"` // numbers that a rule asks for, or the budget of Redis connections
	Seen    []string  `json:"seen,omitempty"`    // dynos heard from, e.g. web.1
	Notes   []Note    `json:"notes,omitempty"`
	Traffic []Traffic `json:"traffic,omitempty"` // by dyno; only where a rule asks for it
	Lost    uint64    `json:"lost,omitempty"`    // messages newly said to be lost
}

// Hit counts the lines of one delivery that matched one rule under one key.
type Hit struct {
	Rule    string    `json:"rule"`
	Of      bool      `json:"of,omitempty"` // matched the rule's denominator, not its match
	Labels  Labels    `json:"labels,omitzero"`
	Count   uint64    `json:"count"`
	First   time.Time `json:"first"`             // the first such line's own time
	Excerpt string    `json:"excerpt,omitempty"` // that line's text, at most 512 bytes
}

// Sample is one platform number. The names are listed at [Metrics].
type Sample struct {
	Name   string    `json:"name"`
	Labels Labels    `json:"labels,omitzero"`
	Source string    `json:"source,omitempty"` // an add-on's attachment name
	Value  float64   `json:"value"`
	At     time.Time `json:"at"` // the line's own time
}

// NoteKind says what the platform did.
type NoteKind string

// The kinds of Note.
const (
	NoteScaled  NoteKind = "scaled"  // Process was set to Quantity
	NoteDeploy  NoteKind = "deploy"  // a build or deploy began or ended
	NoteRelease NoteKind = "release" // a release was made, or its phase runs
	NoteState   NoteKind = "state"   // a dyno changed state: From, To

	NoteCycling     NoteKind = "cycling"     // Heroku restarts a dyno, as it does daily
	NoteMaintenance NoteKind = "maintenance" // the router answered for maintenance mode (H80)
)

// Note is a platform event that rules and scaling take into account.
type Note struct {
	Kind     NoteKind  `json:"kind"`
	At       time.Time `json:"at"`
	Process  string    `json:"process,omitempty"` // process type, or the dyno for NoteState and NoteCycling
	Quantity int       `json:"quantity,omitempty"`
	From     string    `json:"from,omitempty"`
	To       string    `json:"to,omitempty"`
	Text     string    `json:"text,omitempty"` // NoteRelease: the version, e.g. v12
	Own      bool      `json:"own,omitempty"`  // NoteScaled: drain did it itself; set by whoever knows
}

// Labels is what one state of a rule is about. The zero value means the whole app.
type Labels struct {
	Process string `json:"process,omitempty"` // process type
	Dyno    string `json:"dyno,omitempty"`
	Addon   string `json:"addon,omitempty"`
	Code    string `json:"code,omitempty"`
	Field   string `json:"field,omitempty"` // the router's status, method or path, whichever the rule is by
}

// compare orders Labels, for an order that does not depend on the run.
func (l *Labels) compare(m Labels) int {
	order := strings.Compare(l.Process, m.Process)
	if order == 0 {
		order = strings.Compare(l.Dyno, m.Dyno) // mostly it ends here
	}
	if order == 0 {
		order = cmp.Or(strings.Compare(l.Addon, m.Addon), strings.Compare(l.Code, m.Code), strings.Compare(l.Field, m.Field))
	}
	return order
}

// String is the key people see: the values that are set, joined by commas; empty for the whole app.
func (l Labels) String() string {
	s := ""
	for _, v := range [...]string{l.Process, l.Dyno, l.Addon, l.Code, l.Field} {
		if v == "" {
			continue
		}
		if s != "" {
			s += ","
		}
		s += v
	}
	return s
}
