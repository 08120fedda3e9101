package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func env(pairs ...string) func(string) string {
	m := make(map[string]string)
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		m[k] = v
	}
	return func(k string) string { return m[k] }
}

func noFile(string) ([]byte, error) { return nil, errors.New("no such file") }

func TestListen(t *testing.T) {
	f := func(want string, pairs ...string) {
		t.Helper()
		e, err := LoadEnv(env(append(pairs, "DRAIN_PASSWORD=p", "ADMIN_PASSWORD=q")...), noFile)
		if err != nil || e.Listen != want {
			t.Errorf("%v: listen %q, %v; want %q", pairs, e.Listen, err, want)
		}
	}
	f("127.0.0.1:8080")
	f(":5000", "PORT=5000")
	f("[::1]:1", "PORT=5000", "DRAIN_LISTEN=[::1]:1")
}

func TestOpenOnlyOnLoopback(t *testing.T) {
	f := func(listen, want string, pairs ...string) {
		t.Helper()
		_, err := LoadEnv(env(append(pairs, "DRAIN_LISTEN="+listen)...), noFile)
		if got := fmt.Sprint(err); !strings.Contains(got, want) || (want == "<nil>") != (err == nil) {
			t.Errorf("%s %v: %v, want %s", listen, pairs, err, want)
		}
	}
	f("127.0.0.1:0", "<nil>")
	f("[::1]:8080", "<nil>")
	f("localhost:8080", "<nil>")
	f(":8080", "DRAIN_PASSWORD: is not set")
	f("0.0.0.0:8080", "ADMIN_PASSWORD: is not set", "DRAIN_PASSWORD=x")
	f("0.0.0.0:8080", "<nil>", "DRAIN_PASSWORD=x", "ADMIN_PASSWORD=y")
}

// A password is for one purpose; the old password of the drains may be the new one.
func TestPasswordsAreApart(t *testing.T) {
	f := func(want string, pairs ...string) {
		t.Helper()
		e, err := LoadEnv(env(pairs...), func(string) ([]byte, error) { return []byte("s3cret\n"), nil })
		if got := strings.Join(e.SharedPasswords(), "\n"); err != nil || got != want {
			t.Errorf("%v: %s, %v; want %s", pairs, got, err, want)
		}
	}
	same := func(name, other string) string {
		return name + " is the same as " + other + ": whoever is given the one has the other. Give it a value of its own."
	}
	f("", "DRAIN_PASSWORD=a", "DRAIN_PASSWORD_OLD=b", "ADMIN_PASSWORD=c", "METRICS_PASSWORD=d")
	f("", "DRAIN_PASSWORD=a", "DRAIN_PASSWORD_OLD=a", "ADMIN_PASSWORD=c")
	f("", "DRAIN_PASSWORD=a", "SLACK_WEBHOOK_URL=http://a", "WEBHOOK_URL=http://a", "WEBHOOK_SECRET=a")
	f(same("ADMIN_PASSWORD", "DRAIN_PASSWORD"), "DRAIN_PASSWORD=s3cret", "ADMIN_PASSWORD=s3cret")
	f(same("ADMIN_PASSWORD", "DRAIN_PASSWORD"), "DRAIN_PASSWORD_FILE=f", "ADMIN_PASSWORD_FILE=f")
	f(same("ADMIN_PASSWORD", "DRAIN_PASSWORD_OLD"), "DRAIN_PASSWORD=a", "DRAIN_PASSWORD_OLD=s3cret", "ADMIN_PASSWORD=s3cret")
	f(same("METRICS_PASSWORD", "ADMIN_PASSWORD"), "DRAIN_PASSWORD=a", "METRICS_PASSWORD=s3cret", "ADMIN_PASSWORD=s3cret")
	f(same("METRICS_PASSWORD", "DRAIN_PASSWORD"), "DRAIN_PASSWORD=s3cret", "METRICS_PASSWORD=s3cret", "ADMIN_PASSWORD=c")
}

func TestEnvMistakesAreToldAtOnce(t *testing.T) {
	_, err := LoadEnv(env(
		"DRAIN_LISTEN=8080", "DRAIN_PASSWORD=a:b", "SLACK_BOT_TOKEN=xoxb-SECRET", "SLACK_WEBHOOK_URL=SECRET",
		"LOG_LEVEL=loud", "LOG_FORMAT=xml", "DYNO=web.1", "DRAIN_LEDGER=/tmp/x", "ADMIN_PASSWORD_FILE=/nope",
		"HEROKU_API_KEY=SECRET", "HEROKU_API_KEY_FILE=/also",
	), noFile)
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "a:b") {
		t.Errorf("a secret is in the error: %v", err)
	}
	for _, want := range []string{
		"DRAIN_LISTEN", "DRAIN_PASSWORD: holds a colon", "SLACK_CHANNEL", "SLACK_WEBHOOK_URL: is not a URL",
		"SLACK_WEBHOOK_URL: is set beside", "LOG_LEVEL", "LOG_FORMAT", "DRAIN_LEDGER", "ADMIN_PASSWORD_FILE: no such file",
		"HEROKU_API_KEY: is given twice",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing from:\n%v", want, err)
		}
	}
}

func TestDestinations(t *testing.T) {
	f := func(want string, pairs ...string) {
		t.Helper()
		_, err := LoadEnv(env(pairs...), noFile)
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%v: %s, want %s", pairs, got, want)
		}
	}
	f("<nil>", "ALERTMANAGER_URL=http://a:9093, https://u:SECRET@b/x", "DRAIN_URL=https://drain.example")
	f("ALERTMANAGER_URL: number 2 is not a URL; use http://host:9093, several separated by commas", "ALERTMANAGER_URL=http://a:9093,SECRET")
	f("<nil>", "WEBHOOK_URL=https://h/SECRET", "WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f("WEBHOOK_SECRET: is not set, but WEBHOOK_URL is; set it to what the receiver checks signatures with", "WEBHOOK_URL=https://h/SECRET")
	f("WEBHOOK_URL: is not set, but WEBHOOK_SECRET is; say where to post", "WEBHOOK_SECRET=SECRET")
	f("WEBHOOK_SECRET: is not base64 after whsec_; use it as the receiver shows it, or a text that doesn't begin so",
		"WEBHOOK_URL=https://h/", "WEBHOOK_SECRET=whsec_SECRET!")
	f("PAGERDUTY_API_URL: is not a URL; use https://…", "PAGERDUTY_API_URL=events.eu.pagerduty.com", "PAGERDUTY_ROUTING_KEY=SECRET")
	f("DRAIN_URL: is not a URL; use https://…", "DRAIN_URL=drain.example")
	f("SLACK_SIGNING_SECRET: is set without SLACK_BOT_TOKEN; set the bot token: what a webhook posted can't be updated after a click",
		"SLACK_SIGNING_SECRET=SECRET", "SLACK_WEBHOOK_URL=https://h/")
	e := Env{AlertmanagerURL: "http://a, http://b\nhttp://c,,"}
	if diff := cmp.Diff([]string{"http://a", "http://b", "http://c"}, e.Alertmanagers()); diff != "" {
		t.Error(diff)
	}
}

func TestSecretFromFile(t *testing.T) {
	e, err := LoadEnv(env("SLACK_WEBHOOK_URL_FILE=/run/hook"), func(name string) ([]byte, error) {
		if name != "/run/hook" {
			t.Errorf("read %s", name)
		}
		return []byte("https://slack.example/x\n"), nil
	})
	if err != nil || e.SlackWebhookURL.Reveal() != "https://slack.example/x" {
		t.Errorf("got %q, %v", e.SlackWebhookURL.Reveal(), err)
	}
}

// A secret whose file was written anew is named, and none is forgotten.
func TestChangedSecrets(t *testing.T) {
	var before Env
	fields := 0
	for field := range reflect.TypeFor[Env]().Fields() {
		if field.Type == reflect.TypeFor[Secret]() {
			fields++
		}
	}
	if n := len(before.secrets()); n != fields {
		t.Errorf("%d secrets are listed, want all %d of Env", n, fields)
	}
	after := before
	after.WebhookSecret, after.DrainPassword = "b", "a"
	if diff := cmp.Diff([]string{"DRAIN_PASSWORD", "WEBHOOK_SECRET"}, after.Changed(before)); diff != "" {
		t.Error(diff)
	}
	if names := after.Changed(after); names != nil {
		t.Errorf("nothing changed, and it says %v", names)
	}
}

func TestSecretNeverShows(t *testing.T) {
	s := Secret("hunter2")
	b, err := json.Marshal(Env{DrainPassword: s})
	if err != nil {
		t.Fatal(err)
	}
	all := []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %s", s, Env{DrainPassword: s}, s, s, &s), string(b)}
	if got := strings.Join(all, " "); strings.Contains(got, "hunter2") {
		t.Error(got)
	}
	if diff := cmp.Diff("hunter2", s.Reveal()); diff != "" {
		t.Error(diff)
	}
}
