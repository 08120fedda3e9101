package daemon

import (
	"net"
	"strings"
	"testing"
	"time"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/ingest"
	"drain/internal/scale"
)

// Everything outside fails, is told of in the log and on the page, and no secret is among it.
func TestNoSecretShowsWhenEverythingFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + l.Addr().String()
	l.Close() // nobody listens there now

	secrets := []string{"dr41n-p4ss", "0ld-p4ss", "4dm1n-p4ss", "m3tr1cs-p4ss", "HRKU-k3y", "xoxb-t0ken", "4lertm4n4ger", "h00kpath", "h00ks3cret", "r0ut1ngkey"}
	own := ingest.AppPassword(secrets[0], "enketo")
	cfg := &config.Config{
		Apps: map[string]config.App{"enketo": {Redis: map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26}}}}},
		Policies: []scale.Policy{{
			Name: "shed", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: scale.Automatic,
		}},
	}
	cfg.Policies[0].SetDefaults()
	r := start(t, Options{Config: cfg, Pace: 1000, Env: config.Env{ // the five minutes of grace are 300 ms
		DrainPassword: config.Secret(secrets[0]), DrainPasswordOld: config.Secret(secrets[1]),
		AdminPassword: config.Secret(secrets[2]), MetricsPassword: config.Secret(secrets[3]),
		HerokuAPIKey: config.Secret(secrets[4]), HerokuAPIURL: dead,
		SlackBotToken: config.Secret(secrets[5]), SlackChannel: "#ops", SlackAPIURL: dead + "/api/",
		AlertmanagerURL: config.Secret(strings.Replace(dead, "://", "://u:"+secrets[6]+"@", 1)),
		WebhookURL:      config.Secret(dead + "/" + secrets[7]), WebhookSecret: config.Secret(secrets[8]),
		PagerDutyRoutingKey: config.Secret(secrets[9]), PagerDutyAPIURL: dead,
		Ledger: t.TempDir() + "/ledger",
	}})
	r.untold = true
	full := "app heroku-redis source=REDIS addon=redis-x sample#active-connections=38 sample#max-connections=38"
	waitUntil(t, func() bool {
		if status := r.post(t, "/logs/enketo", own, "", full, "app web.1 my password is "+secrets[0]); status != 204 {
			t.Fatalf("status %d", status)
		}
		time.Sleep(20 * time.Millisecond) // figures come one after the other
		told := r.log.String()
		for _, notifier := range []string{"slack", "alertmanager", "pagerduty", "webhook"} {
			if !strings.Contains(told, `"notifier":"`+notifier+`"`) {
				return false
			}
		}
		return strings.Contains(told, "Heroku's API did not tell") &&
			strings.Contains(told, "platform")
	})
	for _, path := range []string{"/logs/enketo/" + own, "/logs/x/" + secrets[0], "/" + secrets[1] + "/logs"} {
		r.post(t, path, secrets[0], "")
	}
	r.post(t, "/logs/enketo", secrets[2], "") // right elsewhere
	shown := r.log.String()
	for _, path := range []string{"/", "/metrics", "/api/v1/apps", "/api/v1/alerts", "/api/v1/budget", "/api/v1/decisions"} {
		status, text := r.get(t, path, secrets[2])
		if status != 200 {
			t.Errorf("GET %s: %d", path, status)
		}
		shown += text
	}
	for _, secret := range append(secrets, own) {
		if i := strings.Index(shown, secret); i >= 0 {
			t.Errorf("%s shows: …%s…", secret, shown[max(0, i-200):min(len(shown), i+100)])
		}
	}
}
