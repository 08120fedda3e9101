package buttons

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"drain/alert"
)

// Verb is what a Button is pressed for.
type Verb string

// The verbs.
const (
	Acknowledge Verb = "acknowledge" // I take care of it
	SilenceHour Verb = "silence_1h"  // tell nobody for an hour
	SilenceDay  Verb = "silence_1d"  // … for a day
	Approve     Verb = "approve"     // do the action that is asked about
	Refuse      Verb = "refuse"      // don't
	Undo        Verb = "undo"        // take an action back
)

// maxValue is how much a button can carry, bytes (docs.slack.dev/reference/block-kit/block-elements).
const maxValue = 2000

// Button is one button of one message.
type Button struct {
	Verb     Verb
	Incident string
	Action   string // of Approve, Refuse and Undo: which one
	Offer    string // of Undo: what stands on it
	Issued   time.Time
}

// value is a Button as Slack carries it.
type value struct {
	Verb     Verb   `json:"v"`
	Incident string `json:"i"`
	Action   string `json:"a,omitempty"`
	Issued   int64  `json:"t"` // Unix milliseconds
}

// Value is what Slack sends back when the button is pressed; empty if it is too long to be carried.
func (b Button) Value() string {
	text, err := json.Marshal(value{b.Verb, b.Incident, b.Action, b.Issued.UnixMilli()})
	if err != nil || len(text) > maxValue {
		return ""
	}
	return string(text)
}

// parse reads what Value wrote.
func parse(text string) (Button, error) {
	var v value
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return Button{}, errors.New("the button's value is not one of ours")
	}
	b := Button{Verb: v.Verb, Incident: v.Incident, Action: v.Action, Issued: time.UnixMilli(v.Issued)}
	if b.Incident == "" || b.decides() != (b.Action != "") {
		return Button{}, errors.New("the button's value is incomplete")
	}
	if b.Label() == "" {
		return Button{}, fmt.Errorf("there is no verb %.32q", v.Verb)
	}
	return b, nil
}

// decides says that the button is about an action of the scaler's.
func (b Button) decides() bool { return b.Verb == Approve || b.Verb == Refuse || b.Verb == Undo }

// claim names what can be done once. Approving an action and refusing it are the same decision.
func (b Button) claim() string {
	switch b.Verb {
	case Approve, Refuse:
		return "decide " + b.Action
	case Undo:
		return "undo " + b.Action
	default:
		return b.Value()
	}
}

// Label is what stands on the button; empty for an unknown verb.
func (b Button) Label() string {
	switch b.Verb {
	case Acknowledge:
		return "Acknowledge"
	case SilenceHour:
		return "Silence 1 h"
	case SilenceDay:
		return "Silence 1 d"
	case Approve:
		return "Approve"
	case Refuse:
		return "Refuse"
	case Undo:
		return cmp.Or(b.Offer, "Undo")
	}
	return ""
}

// maxOffers bounds what one message can be pressed for.
const maxOffers = 4

// Shown are what inc asks that has buttons: of all that is approved or refused the oldest alone, so that it
// is plain what a button is about, and what is offered, which says so itself.
func Shown(inc alert.Incident) (asks []alert.Ask) {
	asked, offered := false, 0
	for _, ask := range inc.Asks {
		switch {
		case ask.Offer != "" && offered < maxOffers:
			offered++
		case ask.Offer == "" && !asked:
			asked = true
		default:
			continue
		}
		asks = append(asks, ask)
	}
	return asks
}

// For lists the buttons that make sense for inc, as of now.
func For(inc alert.Incident, now time.Time) []Button {
	if inc.State != alert.Firing {
		return nil
	}
	var all []Button
	if inc.Acknowledged == (alert.Acknowledgement{}) {
		all = append(all, Button{Verb: Acknowledge, Incident: inc.ID, Issued: now})
	}
	for _, ask := range Shown(inc) {
		one := Button{Incident: inc.ID, Action: ask.ID, Issued: now, Offer: ask.Offer}
		verbs := []Verb{Approve, Refuse}
		if one.Offer != "" {
			verbs = []Verb{Undo}
		}
		for _, one.Verb = range verbs {
			all = append(all, one)
		}
	}
	if inc.Silenced == "" {
		all = append(all, Button{Verb: SilenceHour, Incident: inc.ID, Issued: now}, Button{Verb: SilenceDay, Incident: inc.ID, Issued: now})
	}
	return all
}
