package daemon

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"drain/alert"
	"drain/internal/config"
	"drain/rules"
)

// slackCalls is a Slack that remembers what it was asked: "chat.postMessage C1 text".
type slackCalls struct {
	*httptest.Server
	mu   sync.Mutex
	said []string
}

func newSlackCalls(t *testing.T) *slackCalls {
	s := &slackCalls{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, method, _ := strings.Cut(r.URL.Path, "/api/")
		channel := r.FormValue("channel")
		s.said = append(s.said, method+" "+channel+" "+r.FormValue("text")+r.FormValue("attachments"))
		fmt.Fprintf(w, `{"ok":true,"channel":%q,"ts":"1795316645.%06d"}`, channel, len(s.said))
	}))
	t.Cleanup(s.Close)
	return s
}

// last is the newest call that begins so, empty if there was none.
func (s *slackCalls) last(beginning string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range slices.Backward(s.said) {
		if strings.HasPrefix(call, beginning) {
			return call
		}
	}
	return ""
}

// A reload puts routes, redactions and the settings of incidents in force: what lives keeps its message, which
// loses what is secret now; what begins goes where it is sent now, and is grouped so.
func TestReloadOfWhatIsTold(t *testing.T) {
	slack := newSlackCalls(t)
	boom := boom()
	boom.Summary = "cust-1 has no money"
	to := func(channel string) *config.Config {
		return &config.Config{Rules: []rules.Rule{boom}, Routes: []alert.Route{{To: "slack", Channel: channel}}}
	}
	r := start(t, Options{
		Pace: 100, // or the update would wait for 5 s
		Env:  config.Env{SlackBotToken: "xoxb-1", SlackChannel: "C0DEFAULT", SlackAPIURL: slack.URL + "/api/"}, Config: to("C0FIRST"),
		ReadConfig: func() (*config.Config, error) {
			c := to("C0SECOND")
			c.Redact = []string{`cust-\d`}
			c.Incidents.GroupBy = []string{"app", "rule"}
			return c, nil
		},
	})
	r.post(t, "/logs/enketo", "", "", "app worker.1 boom")
	waitUntil(t, func() bool { return strings.Contains(slack.last("chat.postMessage C0FIRST"), "cust-1") })
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, func() bool { return strings.Contains(slack.last("chat.update C0FIRST"), "[redacted]") })
	if text := slack.last("chat.update C0FIRST"); strings.Contains(text, "cust-1") {
		t.Errorf("still there: %s", text)
	}
	r.post(t, "/logs/another", "", "", "app worker.1 boom")
	waitUntil(t, func() bool { return slack.last("chat.postMessage C0SECOND") != "" })
	if text := slack.last("chat.postMessage C0SECOND"); !strings.Contains(text, "another: [redacted]") {
		t.Errorf("told: %s", text)
	}
	for _, inc := range r.Incidents() {
		if grouped := inc.Cause == ""; grouped != (inc.App == "another") {
			t.Errorf("%s has the cause %q; want none where alerts are grouped by rule", inc.App, inc.Cause)
		}
	}
	if log := r.log.String(); strings.Contains(log, "next start") {
		t.Errorf("the log says that something waits for the next start:\n%s", log)
	}
}

// What was copied for the page with the old patterns is forgotten, and what is copied from now on has the new ones.
func TestReloadRedactsThePage(t *testing.T) {
	r := start(t, Options{ReadConfig: func() (*config.Config, error) { return &config.Config{Redact: []string{`cust-\d`}}, nil }})
	r.peek.arm(r.now(), alert.NewRedactor())
	r.post(t, "/logs/enketo", "", "", "app web.1 cust-1")
	if n := len(r.peek.view(r.now()).Batches); n != 1 {
		t.Fatalf("%d deliveries copied, want 1", n)
	}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, func() bool { // some are left out
		r.post(t, "/logs/enketo", "", "", "app web.1 cust-2")
		return len(r.peek.view(r.now()).Batches) > 0
	})
	if said := fmt.Sprint(r.peek.view(r.now()).Batches); strings.Contains(said, "cust-") || !strings.Contains(said, "[redacted]") {
		t.Errorf("copied: %s", said)
	}
}

// What the environment says can't be put in force; the log says so, by name only, if it has changed.
func TestReloadSaysWhatWaits(t *testing.T) {
	env := config.Env{AdminPassword: "admin", HerokuAPIKey: "HRKU-old", HerokuAPIURL: "http://127.0.0.1:9"}
	now := env
	var broken error
	r := start(t, Options{
		Env: env, ReadConfig: func() (*config.Config, error) { return &config.Config{}, nil },
		ReadEnv: func() (config.Env, error) { return now, broken },
	})
	f := func(want string) {
		t.Helper()
		before := len(r.log.String())
		if err := r.Reload(); err != nil {
			t.Fatal(err)
		}
		said := r.log.String()[before:]
		if !strings.Contains(said, want) || strings.Contains(said, "next start") != (want != "") || strings.Contains(said, "s3cret") {
			t.Errorf("the log says %q, want %q", said, want)
		}
	}
	f("")
	now.AdminPassword, now.HerokuAPIKey = "s3cret", "s3cret"
	f(`"setting":"ADMIN_PASSWORD","message":"the secret has changed`)
	f(`"setting":"HEROKU_API_KEY","message":"the secret has changed`)
	broken = errors.New("ADMIN_PASSWORD_FILE: no such file")
	f("no such file")
}
