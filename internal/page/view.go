package page

import (
	"strings"
	"time"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/budget"
	"drain/internal/history"
	"drain/internal/scale"
)

// OwnApp is the app of incidents about drain itself. Heroku's grammar of names has no parenthesis.
const OwnApp = "(drain)"

// View is all that the page shows. Its times are by one clock, of which Now is the present.
type View struct {
	Version    string
	Now        time.Time
	Holds      []string      // what this process can't do, and why
	Apps       []App         // worst first
	MoreApps   []Count       // that aren't in Apps
	Found      *Found        // nil: nobody looks for any
	Chosen     string        // the app whose plots are shown; empty: there is none
	History    *history.View // of it; nil: none is kept
	Forecasts  []Forecast    // of its dynos' memory, by name
	Incidents  []alert.Incident
	Past       []alert.Incident // newest first
	Decisions  []scale.Decision // newest first
	Silences   []silence.Silence
	Unclaimed  []Token
	MoreTokens int // that aren't in Unclaimed
	Claimed    []Claimed
	ClaimsLast bool // over a restart
	Claim      Claim
	Form       Form
	Self       Self
	Debug      Debug
}

// App is one app as the page shows it.
type App struct {
	Name     string
	Last     time.Time // receipt of its last delivery; zero: none yet
	Severity string    // the worst of its incidents; empty: there is none
	Silent   bool      // nothing came for longer than it should
	OwnLog   bool      // its log is drain's own, and discarded
	Budget   budget.Snapshot
	Blind    []string // what can't be seen of it, and what to do
}

// The words of [App.Health] beside the severities.
const (
	isDiscarded = "discarded"
	isSilent    = "silent"
	isUnheard   = "not heard yet"
	isFine      = "fine"
)

// Health is an app's state in one word, and what to call it in the style sheet.
func (a *App) Health() (word, class string) {
	switch {
	case a.OwnLog:
		return isDiscarded, "warning"
	case a.Severity != "":
		return a.Severity, a.Severity
	case a.Last.IsZero():
		return isUnheard, "faint"
	case a.Silent:
		return isSilent, "warning"
	}
	return isFine, "fine"
}

// Forecast is where a share is going.
type Forecast struct {
	Name  string    // of its series
	At    time.Time // the present, as far as it is known
	Share float64   // where the line is then
	Full  time.Time // when it is at the limit, after At
}

// Token is a drain token that no app is known for.
type Token struct {
	Token     string
	Messages  uint64
	Last      time.Time
	Claimable bool // somebody may say whose it is
}

// Claimed is a drain token that somebody said the app of.
type Claimed struct {
	Token, App string
	At         time.Time
	Instead    string // the app that it is taken for all the same; empty: App
}

// Claim is the form that says whose a token is, as it was filled in where it was not taken.
type Claim struct{ Token, App, Error string }

// Form is the form that makes a silence, as it is filled in.
type Form struct {
	Matchers, For, By, Comment string
	Error                      string // why it was not taken; empty: it wasn't sent
}

// Self is drain's own health.
type Self struct {
	Lines      float64       // a second, over the last minute
	Delay      time.Duration // from a line's own time to its receipt, the worst of the last minute; 0: not known
	CPU        time.Duration // of the whole process for one line, over the last minute; 0: not known
	Lost       uint64        // messages that Logplex says it dropped, since the start
	Duplicates uint64        // deliveries that came again and were not counted again, since the start
	Refused    []Refusal     // why deliveries were refused, since the start
	Since      time.Time     // the start
}

// Refusal is how often deliveries were refused for a reason.
type Refusal struct {
	Reason string // as the metrics have it
	Posts  uint64
}

// Words are the reason as a person would say it.
func (r Refusal) Words() string {
	switch r.Reason {
	case "password", "path", "method":
		return "wrong " + r.Reason
	}
	return strings.ReplaceAll(r.Reason, "_", " ")
}

// Debug is what was copied of the last deliveries while somebody asked for it.
type Debug struct {
	Until   time.Time  // deliveries are copied until then; zero: they aren't
	Batches []Delivery // newest first
}

// Delivery is the beginning of one POST, redacted.
type Delivery struct {
	At    time.Time
	App   string
	Lines []string
	More  int // lines that aren't in Lines
}
