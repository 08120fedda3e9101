package pagerduty

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"drain/alert"
)

const (
	maxSummary  = 1024 // characters
	maxDedupKey = 255  // characters
	maxAlerts   = 50   // listed, so that an event stays far below 512 KB
	maxText     = 1024 // characters of any other text; the API has no limit of its own
)

// The actions that the API knows.
const (
	trigger     = "trigger"
	acknowledge = "acknowledge"
	resolve     = "resolve"
)

// event is what the API takes.
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Client     string   `json:"client,omitempty"`
	ClientURL  string   `json:"client_url,omitempty"`
	Payload    *payload `json:"payload,omitempty"` // only to trigger
}

type payload struct {
	Summary   string    `json:"summary"`
	Source    string    `json:"source"`
	Severity  string    `json:"severity"` // critical, error, warning, info
	Timestamp time.Time `json:"timestamp"`
	Component string    `json:"component,omitempty"`
	Group     string    `json:"group,omitempty"`
	Class     string    `json:"class,omitempty"`
	Details   details   `json:"custom_details"`
}

type details struct {
	Incident string   `json:"incident"`
	Alerts   []string `json:"alerts"`
	Details  []string `json:"details,omitempty"`
	Actions  []string `json:"actions,omitempty"`
}

func (n *Notifier) event(action string, inc alert.Incident) event {
	e := event{RoutingKey: n.opt.RoutingKey, Action: action, DedupKey: dedupKey(inc.ID)}
	if action != trigger {
		return e
	}
	e.Client, e.ClientURL = "drain", n.opt.Page
	p := payload{
		Summary: cut(inc.App+": "+inc.Cause, maxSummary), Source: cut(cmp.Or(inc.App, "drain"), maxText), Severity: severity(inc.Severity),
		Timestamp: inc.Began, Group: cut(inc.App, maxText), Class: cut(inc.Cause, maxText),
		Details: details{Incident: cut(inc.ID, maxText), Alerts: []string{}, Actions: texts(inc.Actions)},
	}
	if len(inc.Alerts) > 0 {
		worst := inc.Alerts[0]
		p.Summary, p.Component = cut(inc.App+": "+worst.Summary, maxSummary), cut(worst.Key, maxText)
		p.Details.Details = texts(worst.Details)
	}
	for i, a := range inc.Alerts {
		if i == maxAlerts {
			p.Details.Alerts = append(p.Details.Alerts, fmt.Sprintf("and %d more", len(inc.Alerts)-i))
			break
		}
		p.Details.Alerts = append(p.Details.Alerts, cut(fmt.Sprintf("%s: %s", a.State, a.Summary), maxText))
	}
	e.Payload = &p
	return e
}

// dedupKey is the incident's ID where it fits: it is what people search for.
func dedupKey(id string) string {
	if utf8.RuneCountInString(id) <= maxDedupKey {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

func severity(s string) string {
	switch s {
	case alert.Critical, alert.Warning, alert.Info:
		return s
	}
	return alert.Warning // the API refuses what it doesn't know
}

// texts are at most maxAlerts of list, each cut.
func texts(list []string) []string {
	var out []string
	for _, s := range list[:min(len(list), maxAlerts)] {
		out = append(out, cut(s, maxText))
	}
	return out
}

// cut is s on one line, of at most limit characters.
func cut(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
