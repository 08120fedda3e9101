package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/ingest"
	"drain/internal/scale"
	"drain/rules"
)

const h12 = `heroku router at=error code=H12 desc="Request timeout" method=GET path="/" host=h request_id=x fwd="1.2.3.4" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https`

func TestADeliveryIsCountedAndJudgedWhenItIsAnswered(t *testing.T) {
	r := start(t, Options{})
	lines := []string{h12, h12, h12, h12, h12, "heroku web.2 Process running mem=870M(170.1%)", "heroku web.2 Error R14 (Memory quota exceeded)"}
	if status := r.post(t, "/logs/enketo", "", "A1", lines...); status != 204 {
		t.Fatalf("status %d", status)
	}
	if status := r.post(t, "/logs/enketo", "", "A1", lines...); status != 204 { // Logplex tries again
		t.Fatalf("status %d", status)
	}
	f := func(series string, want float64) {
		t.Helper()
		if got := r.metric(t, series); got != want {
			t.Errorf("%s is %g, want %g", series, got, want)
		}
	}
	f(`heroku_errors_total{app="enketo",code="H12"}`, 5)
	f(`heroku_errors_total{app="enketo",code="R14"}`, 1)
	f(`heroku_rule_matches_total{app="enketo",rule="request-timeouts"}`, 5)
	f(`drain_ingest_duplicates_total`, 1)
	f(`drain_lines_total{kind="router"}`, 5)
	f(`drain_alerts{rule="request-timeouts",state="firing"}`, 1)
	f(`drain_message_count_mismatch_total`, 0)

	var incidents []struct{ App, Cause, State string }
	_, text := r.get(t, "/api/v1/alerts", "")
	if err := json.Unmarshal([]byte(text), &incidents); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(incidents, func(a, b struct{ App, Cause, State string }) int { return strings.Compare(a.Cause, b.Cause) })
	want := []struct{ App, Cause, State string }{{"enketo", "memory-quota", "firing"}, {"enketo", "request-timeouts", "firing"}}
	if diff := cmp.Diff(want, incidents); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
}

func TestPathsAndPasswords(t *testing.T) {
	env := config.Env{DrainPassword: "dp", AdminPassword: "ap", MetricsPassword: "mp"}
	r := start(t, Options{Env: env, Config: &config.Config{Apps: map[string]config.App{"enketo": {Tokens: []string{"d.1"}}}}})
	get := func(path, password string, want int) {
		t.Helper()
		if got, _ := r.get(t, path, password); got != want {
			t.Errorf("GET %s with %q: %d, want %d", path, password, got, want)
		}
	}
	get("/healthz", "", 200)
	get("/readyz", "", 200)
	get("/metrics", "mp", 200)
	get("/metrics", "ap", 200)
	get("/", "ap", 200)
	for _, path := range []string{"/api/v1/apps", "/api/v1/alerts", "/api/v1/budget", "/api/v1/decisions"} {
		get(path, "ap", 200)
	}
	get("/nowhere", "ap", 404)
	var wrong sync.WaitGroup // each is delayed; side by side they take but a second
	for path, password := range map[string]string{"/metrics": "dp", "/": "mp", "/api/v1/apps": "", "/api/v1/alerts": "mp"} {
		wrong.Go(func() { get(path, password, 401) })
	}
	wrong.Wait()
	post := func(path, password string, want int) {
		t.Helper()
		if got := r.post(t, path, password, "", "app web.1 hello"); got != want {
			t.Errorf("POST %s with %q: %d, want %d", path, password, got, want)
		}
	}
	post("/logs/enketo", "dp", 204)
	post("/logs/enketo", ingest.AppPassword("dp", "enketo"), 204)
	post("/logs/enketo", ingest.AppPassword("dp", "other"), 401)
	post("/logs/NOT", "dp", 404)
	post("/logs", "dp", 204) // no token: taken and unclaimed
	if _, text := r.get(t, "/api/v1/apps", "ap"); !strings.Contains(text, `"posts": 1`) {
		t.Errorf("no unclaimed token in %s", text)
	}
}

// Whatever was answered 204 must have been counted, even in the moment of the signal.
func TestStopUnderLoad(t *testing.T) {
	r := start(t, Options{})
	var acknowledged atomic.Int64
	var senders sync.WaitGroup
	quit := make(chan struct{})
	for s := range 8 {
		senders.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-quit:
					return
				default:
				}
				status, err := r.tryPost("/logs/enketo", "", fmt.Sprintf("%d-%d", s, i), h12, h12, h12)
				if err != nil {
					return // it has stopped listening
				}
				if status == 204 {
					acknowledged.Add(3)
				}
			}
		})
	}
	for acknowledged.Load() < 300 {
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	if err := r.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("stopping took %v", took)
	}
	close(quit)
	senders.Wait()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var counted float64
	for _, f := range families {
		if f.GetName() == "drain_lines_total" {
			for _, m := range f.Metric {
				counted += m.Counter.GetValue()
			}
		}
	}
	// A POST whose answer was cut off may be counted and not acknowledged; never the other way.
	if counted < float64(acknowledged.Load()) || counted > float64(acknowledged.Load()+8*3) {
		t.Errorf("counted %v lines, acknowledged %d", counted, acknowledged.Load())
	}
}

func TestReadyzTellsOfTheStopAtOnce(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.1", DrainPassword: "p"}})
	release := r.hold(t, "enketo") // it isn't quiet while a POST is under way
	p := r.dial(t)
	p.frame("", body("app web.1 hello"), auth)
	waitUntil(t, func() bool { return r.metric(t, "drain_ingest_in_flight_bytes") > 0 })
	done := make(chan error, 1)
	go func() { done <- r.Stop(context.Background()) }()
	for !r.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	// On Heroku it goes on answering until the router has noticed.
	if status, _ := r.get(t, "/readyz", ""); status != 503 {
		t.Errorf("readyz %d, want 503", status)
	}
	if status := r.post(t, "/logs/another", "p", "", "app web.1 hello"); status != 204 {
		t.Errorf("a POST while stopping: %d, want 204", status)
	}
	release()
	p.want(204)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The start line has a level, which a person's reader shows, and says that we act only where something can.
func TestStartLine(t *testing.T) {
	f := func(want bool, env config.Env, mode scale.Mode) {
		t.Helper()
		p := scale.Policy{Name: "shed", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: mode}
		p.SetDefaults()
		env.HerokuAPIURL = "http://127.0.0.1:9" // nothing listens there
		r := start(t, Options{Env: env, Config: &config.Config{Policies: []scale.Policy{p}}})
		first, _, _ := strings.Cut(r.log.String(), "\n")
		var line struct {
			Level, Message string
			Acts           bool
		}
		if err := json.Unmarshal([]byte(first), &line); err != nil || line.Level != "info" || line.Message != "drain starts" || line.Acts != want {
			t.Errorf("%s policy: %s, %v; want level info and acts %t", mode, first, err, want)
		}
	}
	ledger := func() string { return filepath.Join(t.TempDir(), "ledger") }
	f(true, config.Env{HerokuAPIKey: "k", Ledger: ledger()}, scale.Automatic)
	f(true, config.Env{HerokuAPIKey: "k", Ledger: ledger()}, scale.Approve)
	f(false, config.Env{HerokuAPIKey: "k", Ledger: ledger()}, scale.DryRun)
	f(false, config.Env{HerokuAPIKey: "k"}, scale.Automatic)
	f(false, config.Env{Ledger: ledger()}, scale.Automatic)
	f(false, config.Env{HerokuAPIKey: "k", Ledger: ledger(), Dyno: "web.2", DrainPassword: "p"}, scale.Automatic)
}

func TestItNeverDrainsItself(t *testing.T) {
	r := start(t, Options{})
	r.post(t, "/logs/drain", "", "", `app web.1 {"level":"info","instance":"`+string(r.self.id)+`","message":"drain starts"}`, h12)
	before := r.metric(t, `drain_lines_total{kind="router"}`)
	if status := r.post(t, "/logs/drain", "", "", h12, h12); status != 204 {
		t.Errorf("status %d, want 204", status)
	}
	if after := r.metric(t, `drain_lines_total{kind="router"}`); after != before {
		t.Errorf("its own lines were judged: %g and %g", before, after)
	}
	if got := r.metric(t, `drain_discarded_messages_total{reason="own_log"}`); got != 2 {
		t.Errorf("discarded %g, want 2", got)
	}
	if _, text := r.get(t, "/api/v1/apps", ""); !strings.Contains(text, `"own_log": true`) {
		t.Errorf("not shown in %s", text)
	}
}

func TestPageShowsWhatIsWrong(t *testing.T) {
	r := start(t, Options{Env: config.Env{DrainPassword: "p"}, Config: &config.Config{Apps: map[string]config.App{"enketo": {
		Redis: map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26}}},
	}}}})
	r.post(t, "/logs/enketo", ingest.AppPassword("p", "enketo"), "", "app api Scaled to web@4:Basic worker@0:Basic by user a@example.com",
		"app heroku-redis source=REDIS addon=redis-<b>x sample#active-connections=38 sample#max-connections=38")
	status, text := r.get(t, "/", "")
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{
		"enketo needs you", "Redis REDIS is out of connections (100% of its limit)", "38 of 38</strong> connections, full", "3 web too many",
		"web 4 × 26 = 104 of 38; 1 fits",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, never := range []string{"<b>", "worker 0", "<script>", "style="} {
		if strings.Contains(text, never) {
			t.Errorf("%q is on the page", never)
		}
	}
}

func TestBadReloadKeepsTheOld(t *testing.T) {
	var next atomic.Pointer[config.Config]
	r := start(t, Options{ReadConfig: func() (*config.Config, error) {
		if c := next.Load(); c != nil {
			return c, nil
		}
		return nil, errors.New("drain.yaml:3: rules[0].name: is missing; …")
	}})
	reload := func() (int, string) {
		resp, err := http.Post(r.url+"/-/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	if status, text := reload(); status != 422 || !strings.Contains(text, "drain.yaml:3") {
		t.Errorf("%d %s", status, text)
	}
	if r.metric(t, "drain_config_last_reload_successful") != 0 {
		t.Error("the metric does not tell of the failure")
	}
	r.post(t, "/logs/enketo", "", "", "heroku web.2 Error R14 (Memory quota exceeded)")
	open := r.alerts.Open()
	if len(open) != 2 || open[0].Cause != causeReload && open[1].Cause != causeReload {
		t.Fatalf("incidents %+v, want the R14 and the reload that failed", open)
	}
	next.Store(&config.Config{Disable: []string{"memory-quota-exceeded"}})
	if status, text := reload(); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if open := r.alerts.Open(); len(open) != 0 {
		t.Errorf("still open after the good one: %+v", open)
	}
	if status, past := r.get(t, "/api/v1/alerts/history", ""); status != 200 || !strings.Contains(past, `"cause": "reload-failed"`) {
		t.Errorf("%d, not in the history: %s", status, past)
	}
	if r.metric(t, "drain_config_last_reload_successful") != 1 || r.metric(t, `drain_alerts{rule="memory-quota-exceeded",state="firing"}`) != 0 {
		t.Error("the new configuration is not in force")
	}
}

// What fired before a restart fires after it, and nobody is told twice.
func TestRestartGoesOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ledger")
	env := config.Env{Ledger: file}
	r := start(t, Options{Env: env})
	r.post(t, "/logs/enketo", "", "F1", "heroku web.2 Error R14 (Memory quota exceeded)")
	first := r.alerts.Open()
	if err := r.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil || bytes.Contains(b, []byte("Error R14")) {
		t.Errorf("log text in the ledger, or %v", err)
	}
	again := start(t, Options{Env: env})
	waitUntil(t, func() bool {
		second := again.alerts.Open()
		return len(second) == 1 && second[0].ID == first[0].ID && second[0].Began.Equal(first[0].Began)
	})
}

func TestAnotherDynoOnlyCounts(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.2", DrainPassword: "p"}})
	r.post(t, "/logs/enketo", "p", "", "heroku web.2 Error R14 (Memory quota exceeded)")
	if got := len(r.alerts.Open()); got != 0 {
		t.Errorf("%d incidents, want none", got)
	}
	if got := r.metric(t, `heroku_errors_total{app="enketo",code="R14"}`); got != 1 {
		t.Errorf("counted %g, want 1", got)
	}
	if _, text := r.get(t, "/", ""); !strings.Contains(text, "not web.1") {
		t.Error("the page does not say why")
	}
}

// Nothing but time passes, and the alert is over.
func TestTimeAloneResolves(t *testing.T) {
	set := rules.Builtin()
	cfg := &config.Config{}
	for _, r := range set {
		cfg.Rules = append(cfg.Rules, r.Faster(500))
	}
	r := start(t, Options{Config: cfg, Pace: 500})
	r.post(t, "/logs/enketo", "", "", "heroku web.2 Error R14 (Memory quota exceeded)")
	waitUntil(t, func() bool { return strings.Contains(r.log.String(), `"state":"resolved"`) })
	waitUntil(t, func() bool { return len(r.alerts.Open()) == 0 })
}

// A connection that was opened and never used is no reason to fail.
func TestAnUnusedConnectionDoesNotFailTheStop(t *testing.T) {
	r := start(t, Options{})
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r.get(t, "/healthz", "") // it has been accepted by now: they are taken in order
	if err := r.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// The form of the lines that tell us that we are read by ourselves is the logger's; it must be found
// in what the logger really writes.
func TestEachLineOfOursIsKnown(t *testing.T) {
	r := start(t, Options{Env: config.Env{Dyno: "web.2", DrainPassword: "p"}}) // it has something to say
	for line := range strings.Lines(r.log.String()) {
		if !r.self.wrote([]byte(line)) {
			t.Errorf("not known as ours: %s", line)
		}
	}
	if n := strings.Count(r.log.String(), "\n"); n < 2 {
		t.Errorf("%d lines were logged, want a plain one and a warning at least", n)
	}
}
