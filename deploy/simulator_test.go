package deploy

import (
	"context"
	"testing"
	"time"

	"drain/internal/ingest"
	"drain/internal/simulator"
)

// An Enketo app lives at 25 times its pace, is overrun, and is scaled by hand. When it has ended,
// Prometheus has every message that Logplex delivered, and what its operator did.
func TestPrometheusSeesWhatTheSimulatorDid(t *testing.T) {
	s := startSource(t)
	p := startPrometheus(t, s.Addr(), metricsPassword)
	p.scraped(t, "sum(drain_lines_total)", 0)

	sim, err := simulator.New(simulator.Options{Speed: 25, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	token, err := sim.Attach("http://drain:" + ingest.AppPassword(drainPassword, sim.App()) + "@" + s.Addr() + "/logs/" + sim.App())
	if err != nil {
		t.Fatal(err)
	}
	sim.Rush()
	for began := time.Now(); sim.Delivery(token).Delivered < 2000; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("only %+v was delivered", sim.Delivery(token))
		}
	}
	if err := sim.Scale("ops@example.com", "web", 2); err != nil {
		t.Fatal(err)
	}
	p.scraped(t, `drain_formation_quantity{process="web"}`, 2)
	end()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	// Stats leaves out the lines that Logplex itself writes.
	stats := sim.Delivery(token)
	at := p.scraped(t, `sum(drain_lines_total{kind!="logplex"})`, float64(stats.Delivered))
	for expr, want := range map[string]float64{
		// Not at the same place, and yet the same number: each request is one line of the router's.
		`sum(heroku_router_requests_total) - sum(drain_lines_total{kind="router"})`:                                         0,
		`sum(heroku_router_service_duration_seconds_count) - sum(heroku_router_service_duration_seconds_bucket{le="+Inf"})`: 0,
		`sum(drain_line_faults_total)`:                                   0,
		`sum(drain_message_count_mismatch_total)`:                        0,
		`sum(heroku_log_messages_lost_total)`:                            float64(stats.Reported),
		`heroku_redis_connections_limit{attachment="ENKETO_REDIS_MAIN"}`: 38,
	} {
		if got := p.query(t, expr, at); len(got) != 1 || got[0].value(t) != want {
			t.Errorf("%s is %v, want %g", expr, got, want)
		}
	}
	if stats.Lost > 0 {
		t.Errorf("%d messages were lost on loopback", stats.Lost)
	}
}
