package scale

import (
	"encoding/json"
	"fmt"
	"time"
)

// Action is one change of a formation, ours or somebody else's, as the ledger keeps it. Ours is
// there before the platform is told, so that no crash can hide it.
type Action struct {
	At      time.Time `json:"at"`             // when it was about to begin
	Ended   time.Time `json:"ended,omitzero"` // when its calls were over; zero while they run, or if the process died
	Policy  string    `json:"policy,omitempty"`
	App     string    `json:"app"`
	Process string    `json:"process"`
	Dyno    string    `json:"dyno,omitempty"` // that was restarted; empty: the quantity was changed
	From    int       `json:"from"`
	To      int       `json:"to"`
	Undo    bool      `json:"undo,omitempty"`    // a person had it put back what had no effect
	Outcome Verdict   `json:"outcome,omitempty"` // Done, Failed, Worked or NoEffect; empty until one is known
	Refused bool      `json:"refused,omitempty"` // the platform said no, so nothing changed
	Unsure  bool      `json:"unsure,omitempty"`  // no answer came, and it wasn't to be seen: it may be done, or come yet
	Final   bool      `json:"final,omitempty"`   // and will say no again
	Foreign bool      `json:"foreign,omitempty"` // somebody else's
}

// counts says whether a limits what may be done to process; empty is any. What the platform refused
// changed nothing.
func (a *Action) counts(process string) bool {
	return !a.Refused && (process == "" || a.Process == process)
}

// overridden says whether c, somebody else's change, came after a. At the same instant it did: else a would
// have begun with what c set.
func (a *Action) overridden(c Action) bool { return c.Process == a.Process && !c.At.Before(a.At) }

// missed says whether a wasn't done, as far as s tells: no answer came, and the formation is as it was.
// A restart is never missed, since nothing shows that it wasn't done.
func (a *Action) missed(s *Situation) bool {
	return a.Unsure && a.Dyno == "" && (s.Formation == nil || s.Formation[a.Process] == a.From)
}

// restores says whether a brings back what another shed.
func (a *Action) restores() bool { return !a.Foreign && a.To > a.From }

// stops says whether a policy that took a must not go on in the same incident.
func (a *Action) stops() bool { return a.Outcome == NoEffect || a.Final }

// over is when the platform last heard of a.
func (a *Action) over() time.Time {
	if a.Ended.After(a.At) {
		return a.Ended
	}
	return a.At
}

// newest returns the last action that matters, zero if there is none.
func newest(s *Situation, matters func(*Action) bool) *Action {
	last := &Action{}
	for i := range s.Actions {
		if a := &s.Actions[i]; matters(a) && a.At.After(last.At) {
			last = a
		}
	}
	return last
}

// key orders an app's actions by time. Somebody else's newest replaces the one before.
func (a *Action) key() string {
	if a.Foreign {
		return a.App + "/foreign"
	}
	return fmt.Sprintf("%s/%s/%s", a.App, a.At.UTC().Format("2006-01-02T15:04:05.000000000Z"), a.Process)
}

func (a *Action) encode() []byte {
	text, err := json.Marshal(a)
	if err != nil { // times, texts and numbers only: it can't be
		return nil
	}
	return text
}

// echo says whether a "Scaled to" line is the platform's record of a. The line's time is the
// platform's, and may be a little before ours.
func (a *Action) echo(process string, quantity int, at time.Time, within time.Duration) bool {
	return !a.Refused && a.Dyno == "" && a.Process == process && a.To == quantity &&
		at.Sub(a.At) >= -within && at.Sub(a.over()) <= within
}
