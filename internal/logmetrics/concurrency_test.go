package logmetrics

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Batches of many goroutines add up exactly, scraped or not.
func TestConcurrentBatches(t *testing.T) {
	const goroutines, batches, lines = 8, 50, 20
	w := newWorld(t, Options{})
	var writers sync.WaitGroup
	for g := range goroutines {
		writers.Go(func() {
			for range batches {
				b := w.Batch()
				b.Begin(fmt.Sprintf("app-%d", g%3), start)
				for i := range lines {
					line := code(request(start, "GET", fmt.Sprintf("web.%d", i%4), 503, time.Second), "H12")
					b.Add(&line)
				}
				b.Match("request-timeouts", lines)
				b.Lost(1)
				b.Commit()
			}
		})
	}
	done := make(chan struct{})
	var scraper sync.WaitGroup
	scraper.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if _, err := w.reg.Gather(); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	writers.Wait()
	close(done)
	scraper.Wait()

	const all = goroutines * batches * lines
	sums := make(map[string]float64)
	for name, family := range w.families() {
		for _, m := range family.GetMetric() {
			sums[name] += m.GetCounter().GetValue() + m.GetHistogram().GetSampleSum()
		}
	}
	for name, want := range map[string]float64{
		"drain_lines_total":                      all,
		"heroku_router_requests_total":           all,
		"heroku_router_dyno_requests_total":      all,
		"heroku_router_service_duration_seconds": all,
		"heroku_router_response_bytes_total":     all * 1000,
		"heroku_errors_total":                    all,
		"heroku_rule_matches_total":              all,
		"heroku_log_messages_lost_total":         goroutines * batches,
	} {
		if got := sums[name]; got != want {
			t.Errorf("%s adds up to %v, want %v", name, got, want)
		}
	}
}

// A scrape that is stuck half-way holds up nobody.
func TestAScrapeHoldsNoLockWhileItWrites(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo", request(w.now, "GET", "web.1", 200, 0))
	ch := make(chan prometheus.Metric)
	var scraper sync.WaitGroup
	scraper.Go(func() {
		w.Collect(ch)
		close(ch)
	})
	<-ch // it is in the middle of its only app now
	w.deliver("enketo", request(w.now, "GET", "web.1", 200, 0))
	w.deliver("other", appLine(w.now))
	for range ch {
	}
	scraper.Wait()
}
