package deploy

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
)

// A dyno leaks a third of a megabyte a second. The page says when it will be full, and draws the way there.
func TestForecastInABrowser(t *testing.T) {
	script := axe(t)
	cfg, err := config.Parse("drain.yaml", []byte(`
rules: # the built-in one looks back for two hours, and old lines say nothing
  - {name: memory-forecast, forecast: {metric: dyno_memory_ratio, above: 1, within: 1m, window: 90s}, by: dyno, severity: info}
`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.New(daemon.Options{
		Config: cfg, Version: "v1.2.3", Log: zerolog.Nop(),
		Env: config.Env{Listen: "127.0.0.1:0", DrainPassword: drainPassword, AdminPassword: "4dm1n"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := d.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	s := &source{Daemon: d, t: t}
	now := time.Now()
	for second := -100; second <= 0; second += 2 {
		stamp := now.Add(time.Duration(second) * time.Second).UTC().Format(time.RFC3339Nano)
		var b bytes.Buffer
		for dyno, used := range map[string]float64{"web.1": 300, "web.2": 430 + float64(second)/3, "worker.1": 200} {
			frame := fmt.Sprintf("<134>1 %s host heroku %s - source=%s sample#memory_rss=%.2fMB sample#memory_quota=512.00MB\n",
				stamp, dyno, dyno, used)
			fmt.Fprintf(&b, "%d %s", len(frame), frame)
		}
		s.post(drainPassword, fmt.Sprint(second), 3, b.Bytes(), http.StatusNoContent)
	}

	c := startChromium(t, "4dm1n")
	c.open("http://" + d.Addr() + "/")
	full := now.Add(3 * 82 * time.Second).UTC() // so many megabytes are left
	says := fmt.Sprintf(`/web\.2 reaches its quota at about (%s|%s|%s)/`,
		full.Add(-time.Minute).Format("15:04"), full.Format("15:04"), full.Add(time.Minute).Format("15:04"))
	c.await(says + `.test(document.getElementById("plots").innerText)`)
	c.await(says + `.test(document.querySelector("svg:has(.ahead)").getAttribute("aria-label"))`)
	c.await(`document.querySelectorAll(".plot path.ahead").length === 1`)
	c.look("forecast", script)
	c.calm()
}
