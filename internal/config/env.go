package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Secret is a text that never shows itself: it prints, formats and encodes as <secret>.
type Secret string

const hidden = "<secret>"

// String hides the secret. Reveal shows it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal is the secret itself, for the one adapter that sends it.
func (s Secret) Reveal() string { return string(s) }

// Env is what the environment says.
type Env struct {
	Listen string // host:port; DRAIN_LISTEN, else :$PORT, else 127.0.0.1:8080
	Dyno   string // DYNO: set on Heroku, e.g. web.1
	TLS    TLS

	DrainPassword    Secret
	DrainPasswordOld Secret // accepted as well while rotating
	AdminPassword    Secret
	MetricsPassword  Secret

	HerokuAPIKey Secret
	HerokuAPIURL string // elsewhere than Heroku's own
	// HEROKU_APP_NAME: the app that runs us, where the lab runtime-dyno-metadata is on
	HerokuAppName string

	SlackWebhookURL    Secret
	SlackBotToken      Secret
	SlackSigningSecret Secret // without it there are no buttons
	SlackChannel       string
	SlackAPIURL        string

	AlertmanagerURL     Secret // one or more, see Alertmanagers; may hold passwords
	WebhookURL          Secret
	WebhookSecret       Secret // signs what is posted to WebhookURL
	PagerDutyRoutingKey Secret
	PagerDutyAPIURL     string // of another service region

	URL string // DRAIN_URL: where people reach the page, for links to it

	Ledger    string // DRAIN_LEDGER: a file
	RedisURL  Secret
	LogLevel  string
	LogFormat string
}

// Alertmanagers are the URLs in AlertmanagerURL, which commas or spaces separate.
func (e Env) Alertmanagers() []string {
	return strings.FieldsFunc(e.AlertmanagerURL.Reveal(), func(c rune) bool { return c == ',' || unicode.IsSpace(c) })
}

// Loopback says that only this machine can reach the listener.
func (e Env) Loopback() bool { return Loopback(e.Listen) }

// Loopback says that host:port can be reached from this machine only.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// LoadEnv reads the environment. Each secret X may be given as X_FILE instead, the name of a file
// that holds it. The error is of type Problems.
func LoadEnv(getenv func(string) string, readFile func(string) ([]byte, error)) (Env, error) {
	var problems Problems
	fail := func(name, wrong, right string) {
		problems = append(problems, Problem{File: name, Wrong: wrong, Right: right})
	}
	secret := func(name string) Secret {
		value, file := getenv(name), getenv(name+"_FILE")
		switch {
		case value != "" && file != "":
			fail(name, "is given twice, also by "+name+"_FILE", "keep one of them")
		case file != "":
			b, err := readFile(file)
			if err != nil {
				fail(name+"_FILE", err.Error(), "name a file this process can read")
			}
			if value = strings.TrimSpace(string(b)); err == nil && value == "" {
				fail(name+"_FILE", "the file is empty", "write the secret into it, or leave the setting out")
			}
		}
		return Secret(value)
	}
	e := Env{
		Listen: getenv("DRAIN_LISTEN"), Dyno: getenv("DYNO"), TLS: loadTLS(getenv),
		HerokuAPIURL: getenv("HEROKU_API_URL"), HerokuAppName: getenv("HEROKU_APP_NAME"),
		SlackChannel: getenv("SLACK_CHANNEL"), SlackAPIURL: getenv("SLACK_API_URL"),
		PagerDutyAPIURL: getenv("PAGERDUTY_API_URL"), URL: getenv("DRAIN_URL"), Ledger: getenv("DRAIN_LEDGER"),
		LogLevel: getenv("LOG_LEVEL"), LogFormat: getenv("LOG_FORMAT"),
	}
	for _, s := range e.secrets() {
		*s.value = secret(s.name)
	}
	if e.Listen == "" {
		e.Listen = "127.0.0.1:8080"
		if port := getenv("PORT"); port != "" {
			e.Listen = ":" + port
		}
	}
	e.check(fail)
	if len(problems) > 0 {
		return Env{}, problems
	}
	return e, nil
}

// named is a secret and the setting that it is read from.
type named struct {
	name  string
	value *Secret
}

func (e *Env) secrets() []named {
	return []named{
		{"DRAIN_PASSWORD", &e.DrainPassword},
		{"DRAIN_PASSWORD_OLD", &e.DrainPasswordOld},
		{"ADMIN_PASSWORD", &e.AdminPassword},
		{"METRICS_PASSWORD", &e.MetricsPassword},
		{"HEROKU_API_KEY", &e.HerokuAPIKey},
		{"SLACK_WEBHOOK_URL", &e.SlackWebhookURL},
		{"SLACK_BOT_TOKEN", &e.SlackBotToken},
		{"SLACK_SIGNING_SECRET", &e.SlackSigningSecret},
		{"ALERTMANAGER_URL", &e.AlertmanagerURL},
		{"WEBHOOK_URL", &e.WebhookURL},
		{"WEBHOOK_SECRET", &e.WebhookSecret},
		{"PAGERDUTY_ROUTING_KEY", &e.PagerDutyRoutingKey},
		{"REDIS_URL", &e.RedisURL},
	}
}

// Changed names the secrets that are other ones than in before. Of what a process reads from its environment
// they alone can change while it runs: their files can.
func (e Env) Changed(before Env) (names []string) {
	were := before.secrets()
	for i, s := range e.secrets() {
		if *s.value != *were[i].value {
			names = append(names, s.name)
		}
	}
	return names
}

func (e Env) check(fail func(name, wrong, right string)) {
	if _, _, err := net.SplitHostPort(e.Listen); err != nil {
		fail("DRAIN_LISTEN", fmt.Sprintf("%q is not an address", e.Listen), "use host:port, e.g. 127.0.0.1:8080 or :8080")
	} else if !e.Loopback() {
		// Whoever reaches the port could feed lines and read everyone's state.
		if e.DrainPassword == "" {
			fail("DRAIN_PASSWORD", "is not set, and "+e.Listen+" can be reached from elsewhere", "set it, or listen on 127.0.0.1")
		}
		if e.AdminPassword == "" {
			fail("ADMIN_PASSWORD", "is not set, and "+e.Listen+" can be reached from elsewhere", "set it, or listen on 127.0.0.1")
		}
	}
	e.TLS.check(e.Dyno, fail)
	if e.DrainPasswordOld != "" && e.DrainPassword == "" {
		fail("DRAIN_PASSWORD_OLD", "is set without DRAIN_PASSWORD", "set DRAIN_PASSWORD to the new one")
	}
	if strings.Contains(e.DrainPassword.Reveal(), ":") {
		// Logplex splits userinfo at every colon and then delivers nothing.
		fail("DRAIN_PASSWORD", "holds a colon, which Logplex can't send", "use letters, digits, - and _")
	}
	if e.SlackBotToken != "" && e.SlackChannel == "" {
		fail("SLACK_CHANNEL", "is not set, but SLACK_BOT_TOKEN is", "name the channel, e.g. C024BE91L or #ops")
	}
	if e.SlackBotToken != "" && e.SlackWebhookURL != "" {
		fail("SLACK_WEBHOOK_URL", "is set beside SLACK_BOT_TOKEN", "keep the bot token: it can update messages")
	}
	e.checkDestinations(fail)
	if e.Ledger != "" && e.Dyno != "" {
		fail("DRAIN_LEDGER", "is a file, and a dyno's disk is lost at each restart", "leave it out on Heroku")
	}
	if !slices.Contains([]string{"", "debug", "info", "warn", "error"}, e.LogLevel) {
		fail("LOG_LEVEL", fmt.Sprintf("%q is not a level", e.LogLevel), "use debug, info, warn or error")
	}
	if !slices.Contains([]string{"", "json", "text"}, e.LogFormat) {
		fail("LOG_FORMAT", fmt.Sprintf("%q is not a format", e.LogFormat), "use json or text")
	}
}

// SharedPasswords says which passwords are for two purposes, without quoting one. The bare DRAIN_PASSWORD may stand
// in a drain's URL, which every collaborator of the app can read, and would open the page; from it each app's own is
// derived, and so whoever may read the page or the metrics could make up what dynos are moved for.
func (e Env) SharedPasswords() (all []string) {
	drains := []named{{"DRAIN_PASSWORD", &e.DrainPassword}, {"DRAIN_PASSWORD_OLD", &e.DrainPasswordOld}}
	passwords := append(drains, named{"ADMIN_PASSWORD", &e.AdminPassword}, named{"METRICS_PASSWORD", &e.MetricsPassword})
	for i := len(drains); i < len(passwords); i++ {
		one := passwords[i]
		for _, other := range passwords[:i] {
			if *one.value != "" && *one.value == *other.value {
				all = append(all, one.name+" is the same as "+other.name+": whoever is given the one has the other. Give it a value of its own.")
			}
		}
	}
	return all
}

// checkDestinations checks the addresses, and that what belongs together is there.
func (e Env) checkDestinations(fail func(name, wrong, right string)) {
	// No message repeats a URL: its text may be a secret.
	for name, value := range map[string]string{
		"HEROKU_API_URL": e.HerokuAPIURL, "SLACK_API_URL": e.SlackAPIURL, "SLACK_WEBHOOK_URL": e.SlackWebhookURL.Reveal(),
		"WEBHOOK_URL": e.WebhookURL.Reveal(), "PAGERDUTY_API_URL": e.PagerDutyAPIURL, "DRAIN_URL": e.URL,
	} {
		if value != "" && !isURL(value) {
			fail(name, "is not a URL", "use https://…")
		}
	}
	for i, value := range e.Alertmanagers() {
		if !isURL(value) {
			fail("ALERTMANAGER_URL", fmt.Sprintf("number %d is not a URL", i+1), "use http://host:9093, several separated by commas")
		}
	}
	if e.WebhookURL != "" && e.WebhookSecret == "" {
		fail("WEBHOOK_SECRET", "is not set, but WEBHOOK_URL is", "set it to what the receiver checks signatures with")
	}
	if e.WebhookSecret != "" && e.WebhookURL == "" {
		fail("WEBHOOK_URL", "is not set, but WEBHOOK_SECRET is", "say where to post")
	}
	if coded, ok := strings.CutPrefix(e.WebhookSecret.Reveal(), "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(coded); err != nil || len(key) == 0 {
			fail("WEBHOOK_SECRET", "is not base64 after whsec_", "use it as the receiver shows it, or a text that doesn't begin so")
		}
	}
	if e.SlackSigningSecret != "" && e.SlackBotToken == "" {
		fail("SLACK_SIGNING_SECRET", "is set without SLACK_BOT_TOKEN", "set the bot token: what a webhook posted can't be updated after a click")
	}
}

func isURL(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
