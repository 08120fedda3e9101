package scale

import (
	"fmt"
	"time"
)

// bound is the percentage of its limit from which a figure is evidence for acting. It is below 100
// since Heroku itself connects, and above any level at which an app still works well.
const bound = 95

// Reading is the newest figure of one Redis add-on.
type Reading struct {
	Addon      string    `json:"addon,omitempty"`
	Attachment string    `json:"attachment,omitempty"`
	Used       int       `json:"used"`  // connections
	Limit      int       `json:"limit"` // connections; 0 unknown
	At         time.Time `json:"at"`    // the figure's own time
	Own        bool      `json:"own"`   // delivered under the app's own password
}

// Evidence is what is known of an app's connections.
type Evidence struct {
	Readings  []Reading   `json:"readings,omitempty"` // one an add-on
	Fits      int         `json:"fits"`               // the largest quantity of the process type that fits
	FitsKnown bool        `json:"fits_known"`
	Dynos     []Footprint `json:"dynos,omitempty"`  // of the process type
	Budget    string      `json:"budget,omitempty"` // "web 4 × 26 = 104 of 38; 1 fits"
}

func (r *Reading) full() bool { return r.Limit > 0 && r.Used*100 >= r.Limit*bound }

// name is what people call the add-on.
func (r *Reading) name() string {
	if r.Attachment != "" {
		return r.Attachment
	}
	return r.Addon
}

// is says whether both are of one add-on.
func (r *Reading) is(o *Reading) bool { return r.Addon == o.Addon && r.Attachment == o.Attachment }

func (r *Reading) String() string {
	if r.Limit <= 0 {
		return fmt.Sprintf("%s has %d connections and no known limit", r.name(), r.Used)
	}
	return fmt.Sprintf("%s has %d of %d connections", r.name(), r.Used, r.Limit)
}

// stale says whether r is older than fresh, or from before an action's end.
func (r *Reading) stale(now, after time.Time, fresh time.Duration) bool {
	return now.Sub(r.At) > fresh || !after.IsZero() && !r.At.After(after)
}

// touched is when we last had done changing dynos of process, empty is any, an upgrade's changes included.
func (s *Situation) touched(process string) time.Time {
	at := newest(s, func(a *Action) bool { return a.counts(process) }).over()
	if s.Upgrade.Ended.After(at) {
		return s.Upgrade.Ended
	}
	return at
}

// good says whether r may be acted on. after is the last action's end: what was measured before
// tells nothing of what is needed now. A figure from the future counts as from now.
func (r *Reading) good(now, after time.Time, fresh time.Duration) Guard {
	switch {
	case !r.full():
		return GuardEvidence
	case r.stale(now, after, fresh):
		return GuardStale
	case !r.Own:
		return GuardUntrusted
	}
	return ""
}
