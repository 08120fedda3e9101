package deploy

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/ingest"
	"drain/internal/simulator"
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

// flaws finds what keeps people from reading the page: text too faint for its ground (WCAG 2.1, 1.4.3),
// a field without a label, a button without a name, an id twice.
const flaws = `(() => {
  const rgb = (s) => s.match(/[\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const out = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const a = light(rgb(e.ownerSVGElement ? style.fill : style.color)), b = light(ground(e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) out.push("contrast " + contrast.toFixed(1) + ": " + e.textContent.trim().slice(0, 40));
  }
  for (const e of document.querySelectorAll("input")) if (!e.labels.length) out.push("no label: " + e.id);
  for (const e of document.querySelectorAll("button, a, summary")) if (!e.textContent.trim()) out.push("no name: " + e.outerHTML);
  for (const e of document.querySelectorAll("svg[role=img]")) if (!e.getAttribute("aria-label")) out.push("no name: " + e.outerHTML.slice(0, 80));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) out.push("twice: " + id);
  return out.join("\n");
})()`

// A person logs in, silences one app's incident, and sees another's come, be acted on and end, without
// loading the page again.
func TestPageInABrowser(t *testing.T) {
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

	c.open("http://" + d.Addr() + "/")
	c.await(`document.getElementById("live")?.textContent === "Live"`)
	c.eval(`window.loaded = "once"`)
	if _, err := sim.Attach("http://drain:" + ingest.AppPassword(drainPassword, sim.App()) + "@" + d.Addr() + "/logs/" + sim.App()); err != nil {
		t.Fatal(err)
	}
	headline := func(text string) {
		t.Helper()
		c.await(`document.getElementById("headline").innerText === "` + text + `"`)
	}
	look := func(state string) {
		t.Helper()
		for _, v := range []struct {
			name, scheme string
			width        int
		}{{"light", "light", 1200}, {"dark", "dark", 1200}, {"phone", "light", 375}} {
			c.shoot(state+"-"+v.name, v.width, v.scheme)
			if found := c.eval(flaws); found != "" {
				t.Errorf("%s, %s:\n%s", state, v.name, found)
			}
		}
	}
	headline("All is fine")
	sim.Rush()
	headline("enketo needs you")
	look("incident")
	c.await(`document.getElementById("incidents").innerText.includes("web 4 → 1")`)
	look("acted")
	headline("All is fine")
	look("over")
	if got := c.eval("window.loaded"); got != "once" {
		t.Errorf("the page was loaded again: %s", got)
	}

	s := &source{Daemon: d, t: t}
	s.send(times(3, `heroku router at=error code=H10 desc="App crashed" method=GET path="/" host=h request_id=x fwd="1.2.3.4" dyno= connect= service= status=503 bytes= protocol=https`)...)
	headline("enketo needs you")
	c.eval(`document.querySelector("a.button").click()`)
	c.await(`document.activeElement.id === "matchers"`)
	look("silencing")
	c.eval(`(document.getElementById("by").value = "jo", document.getElementById("comment").value = "we know", document.querySelector("form.fields").requestSubmit())`)
	headline("Nothing new: what is wrong is silenced, or over")
	look("silenced")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range c.console {
		t.Errorf("the console says: %s", text)
	}
}
