package daemon

import (
	"bytes"
	"fmt"
	"math"
	"net/http/httptest"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ingest"
)

// What a rule expects of a bound below the quota is told of the quota, once a dyno; memory that is given
// back is no forecast.
func TestForecastsOfThePage(t *testing.T) {
	cfg, err := config.Parse("drain.yaml", []byte(`
disable: [memory-forecast]
rules:
  - {name: a, forecast: {metric: dyno_memory_ratio, above: 0.9, within: 1m, window: 90s}, by: dyno}
  - {name: b, forecast: {metric: dyno_memory_ratio, above: 1, within: 1m, window: 80s}, by: dyno}
  - {name: c, forecast: {metric: dyno_memory_ratio, below: 0.1, within: 1m, window: 90s}, by: dyno}
`))
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{Config: cfg})
	now := r.now()
	for second := -90; second <= 0; second += 2 {
		var b bytes.Buffer
		for dyno, used := range map[string]float64{"web.1": 380 + float64(second)/2, "web.2": 200 - float64(second)} {
			frame := fmt.Sprintf("<134>1 %s host heroku %s - source=%s sample#memory_rss=%.2fMB sample#memory_quota=500.00MB\n",
				now.Add(time.Duration(second)*time.Second).UTC().Format(time.RFC3339Nano), dyno, dyno, used)
			fmt.Fprintf(&b, "%d %s", len(frame), frame)
		}
		r.Take(&ingest.Delivery{App: "enketo", At: r.now(), Body: b.Bytes()})
	}
	one := r.apps.known("enketo")
	if n := len(one.engine.Outlooks("dyno_memory_ratio", now)); n != 3 {
		t.Fatalf("the rules expect %d things, want 3", n)
	}
	all := forecasts(one, now)
	if len(all) != 1 || all[0].Name != "web.1" {
		t.Fatalf("got %+v, want one of web.1", all)
	}
	if f := all[0]; math.Abs(f.Share-0.76) > 0.002 || f.Full.Sub(now.Add(240*time.Second)).Abs() > 2*time.Second || f.At.Sub(now).Abs() > time.Second {
		t.Errorf("from %g at %s to full in %s, want 0.76, now, 4m", f.Share, f.At, f.Full.Sub(now))
	}
	if v := r.viewPage(httptest.NewRequest("GET", "/", nil)); len(v.Forecasts) != 1 {
		t.Errorf("the page shows %+v", v.Forecasts)
	}
}
