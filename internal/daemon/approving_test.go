package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"drain/alert"
	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/ingest"
	"drain/internal/scale"
	enketo "drain/internal/simulator/app"
	"drain/internal/simulator/dice"
	"drain/internal/simulator/heroku"
	"drain/internal/simulator/logplex"
	"drain/internal/simulator/slack"
)

// faster is how many times faster than Heroku's the fixed durations run: the five minutes of grace are
// 3 s, and a figure is stale after 1.8 s.
const faster = 100

// approving is a daemon whose policy asks, with an app on a simulated Heroku and people in a simulated
// Slack. Its Redis is full, whatever is done.
type approving struct {
	*running
	app      *enketo.App
	api      *heroku.Server
	slack    *slack.Server
	base     string               // Slack's
	log      chan logplex.Message // the app's, not delivered yet
	unsigned bool                 // answers that aren't 200 are what is wanted
	changing func()               // called before the platform changes anything; nil: nothing is
}

const masterPassword = "p4ss"

// newApproving runs it until it asks. signing is whether Slack's signing secret is known.
func newApproving(t *testing.T, signing bool, change func(*scale.Policy)) *approving {
	t.Helper()
	a := &approving{log: make(chan logplex.Message, 1000)}
	violate := func(format string, args ...any) {
		if !a.unsigned {
			t.Errorf(format, args...)
		}
	}
	a.app = enketo.New(enketo.Options{
		Name: "enketo", Web: 4, Others: map[string]int{"jobs": 2}, Speed: faster, Dice: dice.New(1, 1), Quiet: true, Tell: func(string) {},
		Write: func(m logplex.Message) { a.log <- m },
	})
	a.api = heroku.New(heroku.Options{
		App: a.app, Logplex: logplex.New(logplex.Options{Dice: dice.New(1, 2), Violate: violate}), Dice: dice.New(1, 3),
		Key: "HRKU-0", Email: "drain@example.com", Violate: violate,
	})
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && a.changing != nil {
			a.changing()
		}
		a.api.ServeHTTP(w, r)
	}))
	t.Cleanup(platform.Close)
	a.slack = slack.New(slack.Options{Dice: dice.New(1, 4), Channel: "ops", Violate: violate})
	workspace := httptest.NewServer(a.slack)
	t.Cleanup(workspace.Close)
	a.base = workspace.URL

	p := scale.Policy{Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: scale.Approve, Restore: scale.RestoreNever}
	change(&p)
	p.SetDefaults()
	env := config.Env{
		DrainPassword: masterPassword, Ledger: t.TempDir() + "/ledger", HerokuAPIKey: "HRKU-0", HerokuAPIURL: platform.URL,
		SlackBotToken: config.Secret(a.slack.Token), SlackChannel: a.slack.Channel, SlackAPIURL: workspace.URL + "/api/",
	}
	if signing {
		env.SlackSigningSecret = config.Secret(a.slack.SigningSecret)
	}
	a.running = start(t, Options{Pace: faster, Env: env, Config: &config.Config{
		Apps:      map[string]config.App{"enketo": {Redis: map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26, "jobs": 1}}}}},
		Policies:  []scale.Policy{p},
		Approvers: []string{"U1", "U2"},
		Incidents: alert.Settings{UpdateInterval: faster * time.Hour}, // what people do is shown at once, or never here
	}})
	a.until(t, func() bool { return len(a.asked()) == 1 })
	return a
}

// figure tells that Redis is full, and what the app logged, as Logplex does.
func (a *approving) figure(t *testing.T) {
	t.Helper()
	lines := []string{"app heroku-redis source=REDIS addon=redis-x sample#active-connections=38 sample#max-connections=38"}
	for {
		select {
		case m := <-a.log:
			lines = append(lines, m.App+" "+m.Proc+" "+strings.TrimSpace(m.Text))
			continue
		default:
		}
		break
	}
	if status := a.post(t, "/logs/enketo", ingest.AppPassword(masterPassword, "enketo"), "", lines...); status != 204 {
		t.Fatalf("a delivery was answered %d", status)
	}
}

// until goes on telling until ok.
func (a *approving) until(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come true within a minute; decisions %+v", a.Decisions())
		}
		a.figure(t)
	}
}

func (a *approving) asked() []scale.Decision { return a.scaler.Asks("enketo") }

// message is the incident's, as it is now; empty before there is one.
func (a *approving) message() (ts string, last slack.Version) {
	for _, m := range a.slack.Messages() {
		if m.Thread == "" && strings.Contains(strings.Join(m.Last().Shown, "\n"), "redis-connections-exhausted") {
			return m.TS, m.Last()
		}
	}
	return "", last
}

func (a *approving) shows(text string) bool {
	_, last := a.message()
	return strings.Contains(strings.Join(last.Shown, "\n"), text)
}

// thread is what was told below the incident's message.
func (a *approving) thread() string {
	var all []string
	for _, m := range a.slack.Messages() {
		if m.Thread != "" {
			all = append(all, m.Last().Shown...)
		}
	}
	return strings.Join(all, "\n")
}

// button returns the incident's button with that label.
func (a *approving) button(label string) (slack.Button, bool) {
	_, last := a.message()
	for _, b := range last.Buttons {
		if b.Label == label {
			return b, true
		}
	}
	return slack.Button{}, false
}

// press presses the button with that action ID and returns the status.
func (a *approving) press(t *testing.T, user, action string) int {
	t.Helper()
	ts, _ := a.message()
	status, err := a.slack.Press(t.Context(), slack.Press{
		Endpoint: a.url + "/slack/interactions", Base: a.base, User: user, Name: "jo", TS: ts, Action: action,
	})
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// whispered waits until a person was told text alone.
func (a *approving) whispered(t *testing.T, user, text string) {
	t.Helper()
	waitUntil(t, func() bool {
		for _, w := range a.slack.Whispers() {
			if w.User == user && strings.Contains(w.Text, text) {
				return true
			}
		}
		return false
	})
}

func (a *approving) web() int { return a.app.Formation()[0].Quantity }

// last is the newest decision, as "verb verdict why by".
func (a *approving) last() string {
	all := a.Decisions()
	if len(all) == 0 {
		return ""
	}
	d := all[len(all)-1]
	return strings.Join(strings.Fields(fmt.Sprint(d.Verb, " ", d.Verdict, " ", d.Why, " ", d.By)), " ")
}
