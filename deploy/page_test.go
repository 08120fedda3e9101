package deploy

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/ingest"
	"drain/internal/simulator"
	"drain/internal/simulator/faults"
	"drain/rules"
)

// pace is how many times faster than Heroku the app of the browser's test lives.
const pace = 20

const pageConfig = `
apps:
  enketo:
    redis:
      ENKETO_REDIS_MAIN: {per_dyno: {web: 26}}
      ENKETO_REDIS_CACHE: {per_dyno: {web: 18}}
policies:
  - {name: shed-web, on: redis-connections-exhausted, app: enketo, process: web, min: 1, max_step: all,
     mode: automatic, cooldown: 30s, per_hour: 4, verify: 15s, restore: never}
rules:
  - {name: redis-connections-exhausted, metric: redis_connections_ratio, above: 0.97, by: addon, keep_firing_for: 10s,
     severity: critical, cause: redis-connections, summary: "Redis {{.Addon}} is out of connections"}
`

// A person logs in, silences one app's incident, and sees another's come, be acted on and end, without
// loading the page again.
func TestPageInABrowser(t *testing.T) {
	script := axe(t)
	c := startChromium(t, "4dm1n")
	sim, err := simulator.New(simulator.Options{Speed: pace, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("drain.yaml", []byte(pageConfig))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules.Builtin() { // they keep Heroku's own time
		if r.Name != "redis-connections-exhausted" && r.Name != "app-crashed" {
			cfg.Disable = append(cfg.Disable, r.Name)
		}
	}
	d, err := daemon.New(daemon.Options{Config: cfg, Version: "v1.2.3", Log: zerolog.Nop(), Pace: pace, Env: config.Env{
		Listen: "127.0.0.1:0", DrainPassword: drainPassword, AdminPassword: "4dm1n", Ledger: filepath.Join(t.TempDir(), "ledger"),
		HerokuAPIKey: config.Secret(sim.APIKey()), HerokuAPIURL: sim.APIURL(), SlackWebhookURL: config.Secret(sim.WebhookURL()), SlackAPIURL: sim.SlackURL(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	d.Start()
	t.Cleanup(func() {
		if err := d.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})

	headline := func(text string) {
		t.Helper()
		c.await(`document.getElementById("headline").innerText === "` + text + `"`)
	}
	look := func(state string) {
		t.Helper()
		c.look(state, script)
	}

	c.open("http://" + d.Addr() + "/")
	c.await(`document.getElementById("live")?.textContent === "Live"`)
	c.eval(`(window.headlines = [], new MutationObserver(() => headlines.push(document.getElementById("headline").innerText))
		.observe(document.getElementById("headline"), { childList: true }))`)
	headline("No app has delivered anything yet")
	look("empty")
	if _, err := sim.Attach("http://drain:" + ingest.AppPassword(drainPassword, sim.App()) + "@" + d.Addr() + "/logs/" + sim.App()); err != nil {
		t.Fatal(err)
	}
	headline("All is fine")
	look("fine")
	sim.APIFaults().Always(faults.Fault{Status: http.StatusServiceUnavailable}) // or drain may act before anybody has looked
	sim.Rush()
	headline("enketo needs you")
	look("incident")
	sim.APIFaults().Clear()
	c.await(`document.getElementById("incidents").innerText.includes("web 4 → 1")`)
	c.eval(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`)
	look("acted")
	headline("All is fine")
	look("over")
	// They would be gone if the page was loaded again. Those between last for a few seconds, and a look may
	// take as long.
	got := strings.Split(c.eval(`headlines.join("\n")`), "\n")
	between := []string{"enketo needs you", "drain is acting on enketo", "drain has acted on enketo, and it helps"}
	if last := len(got) - 1; last < 2 || got[0] != "All is fine" || got[1] != between[0] || got[last] != got[0] ||
		slices.ContainsFunc(got[1:last], func(h string) bool { return !slices.Contains(between, h) }) {
		t.Errorf("the headlines were:\n%s\nwant:\n%s\n%s\n…\n%s", strings.Join(got, "\n"), "All is fine", between[0], "All is fine")
	}

	s := &source{Daemon: d, t: t}
	s.send(times(3, `heroku router at=error code=H10 desc="App crashed" method=GET path="/" host=h request_id=x fwd="1.2.3.4" dyno= connect= service= status=503 bytes= protocol=https`)...)
	headline("enketo needs you")
	c.eval(`document.querySelector("a.button").click()`)
	c.await(`document.activeElement.id === "matchers"`)
	look("silencing")
	c.eval(`(document.getElementById("by").value = "jo", document.getElementById("comment").value = "we know", document.querySelector("form.fields").requestSubmit())`)
	headline("enketo is in trouble, but silenced")
	look("silenced")
	c.eval(`document.getElementById("arm").click()`)
	c.await(`document.getElementById("debug").innerText.includes("Copied until")`)
	s.send(`app web.1 hello`)
	c.await(`document.querySelector("#debug pre") !== null`)
	look("deliveries")
	c.calm()
}
