package daemon

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"drain/alert"
	"drain/alert/slack/buttons"
	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/slack"
)

// pressing is a daemon with an incident in a simulated Slack whose buttons can be pressed.
type pressing struct {
	*running
	slack    *slack.Server
	base     string
	unsigned bool // answers that aren't 200 are what is wanted
}

func newPressing(t *testing.T, o Options) *pressing {
	t.Helper()
	p := &pressing{}
	p.slack = slack.New(slack.Options{Dice: dice.New(1, 1), Channel: "ops", Violate: func(format string, args ...any) {
		if !p.unsigned {
			t.Errorf(format, args...)
		}
	}})
	srv := httptest.NewServer(p.slack)
	t.Cleanup(srv.Close)
	p.base = srv.URL
	o.Env.SlackBotToken, o.Env.SlackChannel = config.Secret(p.slack.Token), p.slack.Channel
	o.Env.SlackAPIURL, o.Env.SlackSigningSecret = srv.URL+"/api/", config.Secret(p.slack.SigningSecret)
	if o.Config == nil {
		o.Config = &config.Config{Approvers: []string{"U1", "U2"}}
	}
	p.running = start(t, o)
	p.running.post(t, "/logs/enketo", "", "", crash, crash, crash)
	waitUntil(t, func() bool { return len(p.slack.Messages()) > 0 })
	return p
}

// shown is what the incident's message says now.
func (p *pressing) shown() string {
	return strings.Join(p.slack.Messages()[0].Last().Shown, "\n")
}

// press presses a button of the incident's message and returns the status.
func (p *pressing) press(t *testing.T, user, action string) int {
	t.Helper()
	status, err := p.slack.Press(t.Context(), slack.Press{
		Endpoint: p.url + "/slack/interactions", Base: p.base, User: user, Name: "jo", TS: p.slack.Messages()[0].TS, Action: action,
	})
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// A press is recorded with the person, and the message shows it at once: it waits for no other update.
func TestPress(t *testing.T) {
	ledger := t.TempDir() + "/ledger"
	p := newPressing(t, Options{Env: config.Env{Ledger: ledger}, Config: &config.Config{
		Approvers: []string{"U1", "U2"}, Incidents: alert.Settings{UpdateInterval: time.Hour},
	}})
	p.press(t, "U1", "acknowledge")
	waitUntil(t, func() bool { return strings.Contains(p.shown(), "Acknowledged by jo (U1)") })
	p.press(t, "U2", "silence_1h")
	waitUntil(t, func() bool { return strings.Contains(p.shown(), "Silenced until") })
	if last := p.slack.Messages()[0].Last(); len(last.Buttons) != 0 {
		t.Errorf("what is acknowledged and silenced has buttons: %+v", last.Buttons)
	}
	list := p.silences.List()
	if len(list) != 1 || list[0].By != "jo (U2)" || list[0].Matchers.String() != "app=enketo, cause=app-crashed" {
		t.Errorf("silences %+v", list)
	}
	if got := p.metric(t, `drain_slack_interactions_total{outcome="done"}`); got != 2 {
		t.Errorf("counted %v", got)
	}
	if got := p.slack.Whispers(); len(got) != 0 {
		t.Errorf("whispers %+v", got)
	}
	if err := p.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Who is no approver changes nothing, and is told so.
func TestPressByAnybody(t *testing.T) {
	p := newPressing(t, Options{})
	p.press(t, "U9", "acknowledge")
	waitUntil(t, func() bool { return len(p.slack.Whispers()) == 1 })
	if w := p.slack.Whispers()[0]; w.User != "U9" || !strings.Contains(w.Text, "not among `approvers`") {
		t.Errorf("whispered %+v", w)
	}
	if inc := p.Incidents()[0]; inc.Acknowledged.By != "" {
		t.Errorf("acknowledged by %s", inc.Acknowledged.By)
	}
}

// A wrong signature is answered 401 and does nothing; without a secret there is no endpoint.
func TestPressUnsigned(t *testing.T) {
	p := newPressing(t, Options{})
	p.unsigned, p.slack.SigningSecret = true, "wrong"
	if status := p.press(t, "U1", "acknowledge"); status != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", status)
	}
	if inc := p.Incidents()[0]; inc.Acknowledged.By != "" {
		t.Errorf("acknowledged by %s", inc.Acknowledged.By)
	}

	r := start(t, Options{})
	resp, err := http.Post(r.url+"/slack/interactions", "application/x-www-form-urlencoded", strings.NewReader("payload={}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("without a secret: status %d, want 404", resp.StatusCode)
	}
}

// What was pressed before a restart was pressed.
func TestClaims(t *testing.T) {
	file := t.TempDir() + "/ledger"
	claim := func(id string, want bool) {
		t.Helper()
		l, err := ledger.OpenFile(file, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := &claims{shelf: l.Shelf(ledger.Buttons)}
		if first, err := c.Claim(t.Context(), id); first != want || err != nil {
			t.Errorf("claim %s: %v, %v; want %v", id, first, err, want)
		}
	}
	claim("a", true)
	claim("a", false)
	claim("b", true)

	l := ledger.NewMemory(time.Now)
	c := &claims{shelf: l.Shelf(ledger.Buttons)}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if first, err := c.Claim(t.Context(), "a"); first || err == nil {
		t.Errorf("a ledger that is down: %v, %v", first, err)
	}
}

// What waits for a person has buttons, and a press of one is answered by what came of it.
func TestDecisionsByPress(t *testing.T) {
	p := newPressing(t, Options{})
	buttonsOf := func() (verbs []string) {
		for _, b := range p.slack.Messages()[0].Last().Buttons {
			verbs = append(verbs, b.ActionID)
		}
		return verbs
	}
	p.alerts.Ask("enketo", "app-crashed", []alert.Ask{{ID: "a", Text: "web 4 → 1 needs approval"}})
	waitUntil(t, func() bool { return slices.Contains(buttonsOf(), "approve") && slices.Contains(buttonsOf(), "refuse") })
	if !strings.Contains(p.shown(), "Web 4 → 1 needs approval") {
		t.Errorf("it isn't said what is asked:\n%s", p.shown())
	}
	// The scaler knows of no such action, as after a restart.
	p.press(t, "U1", "approve")
	waitUntil(t, func() bool { return len(p.slack.Whispers()) == 1 })
	if w := p.slack.Whispers()[0]; !strings.Contains(w.Text, "Nothing was done: this action doesn't wait for anybody any more") {
		t.Errorf("whispered %+v", w)
	}
	p.alerts.Ask("enketo", "app-crashed", nil)
	waitUntil(t, func() bool { return !slices.Contains(buttonsOf(), "approve") })

	text, err := decider{p.Daemon}.Decide(t.Context(), buttons.Acknowledge, "a", "jo")
	if text != "" || err == nil || !strings.Contains(err.Error(), "can't acknowledge") {
		t.Errorf("%q, %v", text, err)
	}
}
