package scale

import (
	"encoding/json"
	"fmt"
	"time"
)

// Wanted is the quantity that a process type had before an incident, as the ledger keeps it until it
// is restored, and for a while after, so that an incident that comes back is known as such. It is
// there before the platform is told, so that no crash can lose what is to be brought back.
type Wanted struct {
	App      string    `json:"app"`
	Process  string    `json:"process"`
	Policy   string    `json:"policy"`          // that shed last
	Cause    string    `json:"cause,omitempty"` // of the incident
	Quantity int       `json:"quantity"`        // before the incident; never exceeded
	From     int       `json:"from"`            // of our last change
	To       int       `json:"to"`              // of our last change; From is the same once it is known to be done
	At       time.Time `json:"at"`              // of our last change
	Began    time.Time `json:"began"`           // the newest incident
	Flaps    int       `json:"flaps,omitempty"`
}

// maxFlaps bounds the wait before a restore to 16 times the policy's.
const maxFlaps = 4

// wait is how long an incident must be over before anything is brought back.
func (w *Wanted) wait(p *Policy) time.Duration { return p.RestoreAfter << min(w.Flaps, maxFlaps) }

// restored says that nothing is left to bring back.
func (w *Wanted) restored() bool { return w.From >= w.Quantity && w.To >= w.Quantity }

func (w *Wanted) key() string { return w.App + "/" + w.Process }

func (w *Wanted) encode() []byte {
	text, err := json.Marshal(w)
	if err != nil { // times, texts and numbers only: it can't be
		return nil
	}
	return text
}

// wanted is a Wanted that may be out of date in the ledger. It is guarded by Scaler.mu.
type wanted struct {
	Wanted
	lost    string   // why it is not restored any more; empty while it may be
	why     Guard    // the same
	other   sighting // what somebody else set; with GuardForeign
	unsaved bool     // the ledger has an older one
}

// lose gives up what was wanted: somebody decided otherwise.
func (w *wanted) lose(why Guard, text string) {
	if w.lost == "" {
		w.why, w.lost = why, text
	}
}

// lostTo gives it up for what somebody else set.
func (w *wanted) lostTo(quantity int, at time.Time) {
	if w.lost == "" || w.why == GuardForeign {
		w.why, w.other = GuardForeign, sighting{quantity, at}
		w.lost = fmt.Sprintf("somebody else set it to %d", quantity)
	}
}

// line takes somebody else's change at a time. One from before our last change, by more than the
// clocks may differ, is what that change began with.
func (w *wanted) line(quantity int, at time.Time, echo time.Duration) {
	if at.After(w.At.Add(-echo)) {
		w.lostTo(quantity, at)
	}
}

// read takes a quantity that the platform has. After a crash, or a call without an answer, either end
// of our last change is ours; once a late answer can't come any more it is the one that is read.
func (w *wanted) read(quantity int, now time.Time, echo time.Duration) {
	switch {
	case quantity != w.From && quantity != w.To:
		w.lostTo(quantity, now)
	case now.Sub(w.At) > echo:
		w.unsaved = w.unsaved || w.From != w.To
		w.From, w.To = quantity, quantity
	}
}

// relapse notes that the incident came back.
func (w *wanted) relapse(began time.Time) {
	if began.After(w.Began) {
		w.Began, w.unsaved = began, true
		w.Flaps = min(w.Flaps+1, maxFlaps)
	}
}
