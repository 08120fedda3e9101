package deploy

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/scale"
	"drain/rules"
)

const (
	drainPassword   = "dr41n-p4ss"
	metricsPassword = "m3tr1cs-p4ss"
)

// known are the rules in force: another would be another alert, and other counts.
var known = []string{"request-timeouts", "memory-quota-exceeded", "log-messages-lost", "redis-connections-high"}

// source is the daemon that Prometheus scrapes.
type source struct {
	*daemon.Daemon
	t      *testing.T
	frames int
	bytes  int // of the bodies that it is to judge
}

// startSource runs the daemon with a Slack that takes everything, and a policy that may not act.
func startSource(t *testing.T) *source {
	t.Helper()
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	t.Cleanup(slack.Close)
	cfg := &config.Config{Policies: []scale.Policy{{Name: "shed-web", On: "redis-connections-high", App: "enketo", Process: []string{"web"}}}}
	cfg.Policies[0].SetDefaults()
	for _, r := range rules.Builtin() {
		if !slices.Contains(known, r.Name) {
			cfg.Disable = append(cfg.Disable, r.Name)
		}
	}
	d, err := daemon.New(daemon.Options{
		Config: cfg, Version: "v1.2.3", Log: zerolog.Nop(),
		Env: config.Env{
			Listen: "127.0.0.1:0", DrainPassword: drainPassword, AdminPassword: "4dm1n", MetricsPassword: metricsPassword,
			SlackWebhookURL: config.Secret(slack.URL),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	t.Cleanup(func() {
		if err := d.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return &source{Daemon: d, t: t}
}

// late is how old each line is when it is sent: in the middle of a bucket of the delay's histogram.
const late = 7 * time.Second

// body frames lines "APPNAME PROCID text".
func body(lines ...string) []byte {
	var b bytes.Buffer
	stamp := time.Now().Add(-late).UTC().Format(time.RFC3339Nano)
	for _, l := range lines {
		f := strings.SplitN(l, " ", 3)
		frame := fmt.Sprintf("<134>1 %s host %s %s - %s\n", stamp, f[0], f[1], f[2])
		fmt.Fprintf(&b, "%d %s", len(frame), frame)
	}
	return b.Bytes()
}

// send delivers lines in one POST.
func (s *source) send(lines ...string) {
	s.t.Helper()
	b := body(lines...)
	s.bytes += len(b)
	s.frames++
	s.post(drainPassword, fmt.Sprintf("frame-%d", s.frames), len(lines), b, http.StatusNoContent)
}

func (s *source) post(password, frame string, count int, body []byte, want int) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.Addr()+"/logs/enketo", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Logplex-Msg-Count", strconv.Itoa(count))
	req.Header.Set("Logplex-Frame-Id", frame)
	req.SetBasicAuth("drain", password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		s.t.Fatalf("status %d, want %d", resp.StatusCode, want)
	}
}

// Lines as Heroku writes them.
const (
	fast    = `heroku router at=info method=GET path="/" host=h request_id=x fwd="1.2.3.4" dyno=web.1 connect=1ms service=200ms status=200 bytes=10 protocol=https`
	slow    = `heroku router at=info method=POST path="/" host=h request_id=x fwd="1.2.3.4" dyno=web.2 connect=1ms service=800ms status=201 bytes=10 protocol=https`
	timeout = `heroku router at=error code=H12 desc="Request timeout" method=GET path="/" host=h request_id=x fwd="1.2.3.4" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https`
	r14     = "heroku web.1 Error R14 (Memory quota exceeded)"
	memory  = "heroku web.1 source=web.1 dyno=heroku.1.x sample#memory_total=400.00MB sample#memory_rss=360.00MB sample#memory_cache=8.00MB sample#memory_swap=32.00MB sample#memory_quota=512.00MB"
	load    = "heroku web.1 source=web.1 dyno=heroku.1.x sample#load_avg_1m=0.5 sample#load_avg_5m=0.4 sample#load_avg_15m=0.3"
	redis   = "app heroku-redis source=REDIS addon=redis-x sample#active-connections=15 sample#max-connections=18 sample#memory-redis=1048576bytes sample#hit-rate=0.75 sample#evicted-keys=0"
	pg      = "app heroku-postgres source=DATABASE addon=postgresql-x sample#db_size=26219348792bytes sample#active-connections=92 sample#waiting-connections=1 sample#max-connections=200 sample#index-cache-hit-rate=0.99 sample#table-cache-hit-rate=0.98"
	scaled  = "app api Scaled to web@4:Standard-1X worker@2:Standard-1X by user ops@example.com"
)

func lost(n int, since string) string {
	return fmt.Sprintf("heroku logplex Error L10 (output buffer overflow): %d messages dropped since %s.", n, since)
}

func times(n int, line string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = line
	}
	return list
}
