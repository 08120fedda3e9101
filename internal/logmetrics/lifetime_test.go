package logmetrics

import (
	"testing"
	"time"

	"drain/parser"
)

func TestADynosSeriesGo(t *testing.T) {
	w := newWorld(t, Options{})
	before := func() float64 { v, _ := w.value("drain_series"); return v }
	w.deliver("enketo", appLine(w.now), request(w.now, "GET", "", 200, 0))
	base := before()

	const rss, served = `heroku_dyno_memory_bytes{app="enketo",dyno="web.1",kind="rss",process="web"}`,
		`heroku_router_dyno_requests_total{app="enketo",class="2xx",dyno="web.1",process="web"}`
	const redis = `heroku_redis_connections{addon="x",app="enketo",attachment="X"}`
	w.deliver("enketo",
		samples(parser.KindRuntime, w.now, "web.1", "memory_rss", 1.0),
		of(samples(parser.KindRedis, w.now, "heroku-redis", "active-connections", 4.0), "x", "X"))
	w.now = w.now.Add(10 * time.Minute)
	w.deliver("enketo", request(w.now, "GET", "web.1", 200, 0)) // keeps all of the dyno's series
	w.now = w.now.Add(15*time.Minute - time.Nanosecond)
	w.wantValue(rss, 1)
	w.wantValue(served, 1)
	w.wantNone(redis)

	w.now = w.now.Add(time.Nanosecond)
	w.wantNone(rss)
	w.wantNone(served)
	if now := before(); now != base {
		t.Errorf("%v series are kept, want %v: what went must make room", now, base)
	}
	w.wantValue(`heroku_router_requests_total{app="enketo",method="GET",status="200"}`, 2) // the app's own stay

	w.deliver("enketo", request(w.now, "GET", "web.1", 200, 0))
	w.wantValue(served, 1) // starts anew
	w.wantNone(rss)
}

// Without a scrape the app's own batches make room.
func TestSeriesGoWithoutAScrape(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo", samples(parser.KindRuntime, w.now, "web.1", "memory_rss", 1.0))
	before := w.limit.used.Load()
	w.now = w.now.Add(15 * time.Minute)
	w.deliver("enketo", appLine(w.now))
	if after := w.limit.used.Load(); after != before-1 {
		t.Errorf("%d series became %d, want one less", before, after)
	}
}

func TestASilentAppGoes(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo", request(w.now, "GET", "web.1", 200, 0))
	w.now = w.now.Add(24*time.Hour - time.Nanosecond)
	w.wantValue(`heroku_router_response_bytes_total{app="enketo"}`, 1000)
	w.now = w.now.Add(time.Nanosecond)
	w.wantNone(`heroku_router_response_bytes_total{app="enketo"}`)
	w.wantValue("drain_series", 0)
}

// A batch that began before its app was dropped counts in the app that takes its place.
func TestABatchOutlivesItsApp(t *testing.T) {
	w := newWorld(t, Options{})
	w.deliver("enketo", appLine(w.now))
	gone := w.apps["enketo"]
	w.now = w.now.Add(24 * time.Hour)
	w.families() // a scrape drops it

	b := w.Batch()
	b.Begin("enketo", w.now)
	line := appLine(w.now)
	b.Add(&line)
	if gone.merge(b) {
		t.Fatal("lines were merged into an app that is gone")
	}
	b.Commit()
	w.wantValue(`heroku_log_delay_seconds{app="enketo"}`, 1)
}

func TestGaugesShowTheNewest(t *testing.T) {
	w := newWorld(t, Options{})
	rss := func(at time.Time, value float64) parser.Line {
		return samples(parser.KindRuntime, at, "web.1", "memory_rss", value)
	}
	const series = `heroku_dyno_memory_bytes{app="enketo",dyno="web.1",kind="rss",process="web"}`
	noTime := rss(w.now, 6)
	noTime.Nanos = 0

	w.deliver("enketo", rss(w.now.Add(-time.Second), 2), rss(w.now.Add(-time.Minute), 1))
	w.wantValue(series, 2)
	w.deliver("enketo", rss(w.now.Add(-2*time.Second), 3)) // late
	w.wantValue(series, 2)
	w.deliver("enketo", rss(w.now.Add(time.Hour), 4)) // its clock is ahead
	w.wantValue(series, 4)
	w.now = w.now.Add(time.Second)
	w.deliver("enketo", rss(w.now, 5))
	w.wantValue(series, 5)
	w.deliver("enketo", noTime)
	w.wantValue(series, 6)
}
