package daemon

import (
	"fmt"
	"runtime"
	"testing"

	"drain/internal/config"
	"drain/internal/ingest"
)

// Whoever holds a password can name any app, any token and any dyno. What is kept of them is bounded.
func TestFloodsStayBounded(t *testing.T) {
	d, err := New(Options{Config: &config.Config{}, Env: config.Env{Listen: "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.listener.Close()
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	take := func(app, token string, lines ...string) {
		d.Take(&ingest.Delivery{App: app, Token: token, Body: body(lines...), At: d.now(), MsgCount: len(lines)})
	}
	before := heap()
	const over = 100
	for i := range maxApps + over {
		take(fmt.Sprintf("app-%d", i), "", "heroku web.1 State changed from up to down")
	}
	for i := range maxUnclaimed + over {
		take("", fmt.Sprintf("d.%d", i), "app web.1 hello")
	}
	for i := range 50 { // 40 new dynos a delivery
		var lines []string
		for n := range 40 {
			dyno := fmt.Sprintf("web.%d", 40*i+n)
			lines = append(lines, "heroku "+dyno+" Error R14 (Memory quota exceeded)",
				"heroku "+dyno+" source="+dyno+" sample#load_avg_1m=0.5")
		}
		take("app-1", "", lines...)
	}
	if got := len(d.unclaimed.list()); got != maxUnclaimed {
		t.Errorf("%d unclaimed tokens are kept, want %d", got, maxUnclaimed)
	}
	families, err := d.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		switch f.GetName() {
		case "drain_discarded_messages_total":
			for _, m := range f.Metric {
				if m.Label[0].GetValue() == reasonTooManyApps && m.Counter.GetValue() != over {
					t.Errorf("%v messages of apps over the bound, want %d", m.Counter.GetValue(), over)
				}
			}
		case "drain_series":
			if n := f.Metric[0].Gauge.GetValue(); n > 100_000 {
				t.Errorf("%v series", n)
			}
		}
	}
	const bound = 256 << 20 // of a process with 20 000 apps and 2 000 alerts
	if grown := heap() - before; grown > bound {
		t.Errorf("the heap grew by %d MiB, the bound is %d", grown>>20, bound>>20)
	} else {
		t.Logf("the heap grew by %d MiB", grown>>20)
	}
	runtime.KeepAlive(d)
}
