package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestMetricsExistFromTheStart(t *testing.T) {
	_, reg := newHandler(t, Options{})
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
	want := `
# HELP drain_ingest_requests_total POSTs answered, by status code.
# TYPE drain_ingest_requests_total counter
drain_ingest_requests_total{code="204"} 0
drain_ingest_requests_total{code="400"} 0
drain_ingest_requests_total{code="401"} 0
drain_ingest_requests_total{code="404"} 0
drain_ingest_requests_total{code="405"} 0
drain_ingest_requests_total{code="413"} 0
drain_ingest_requests_total{code="415"} 0
drain_ingest_requests_total{code="500"} 0
drain_ingest_requests_total{code="503"} 0
# HELP drain_ingest_refused_total POSTs of which nothing was taken, by reason.
# TYPE drain_ingest_refused_total counter
drain_ingest_refused_total{reason="encoding"} 0
drain_ingest_refused_total{reason="gzip"} 0
drain_ingest_refused_total{reason="incomplete"} 0
drain_ingest_refused_total{reason="method"} 0
drain_ingest_refused_total{reason="no_place"} 0
drain_ingest_refused_total{reason="no_turn"} 0
drain_ingest_refused_total{reason="panic"} 0
drain_ingest_refused_total{reason="password"} 0
drain_ingest_refused_total{reason="path"} 0
drain_ingest_refused_total{reason="too_large"} 0
drain_ingest_refused_total{reason="too_many_waiting"} 0
drain_ingest_refused_total{reason="under_way"} 0
# HELP drain_ingest_refused_messages_total Messages in refused POSTs, as their Logplex-Msg-Count says. POSTs without a right password don't count: anyone could inflate them.
# TYPE drain_ingest_refused_messages_total counter
drain_ingest_refused_messages_total 0
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "drain_ingest_requests_total",
		"drain_ingest_refused_total", "drain_ingest_refused_messages_total"); err != nil {
		t.Error(err)
	}
}

func TestMetricsCount(t *testing.T) {
	now := time.Unix(0, 0)
	h, reg := newHandler(t, Options{
		FrameIDs: 2,
		MaxBody:  100,
		Now:      func() time.Time { return now },
		Sink:     sinkFunc(func(*Delivery) int { return 3 }),
	})
	want := func(series string, value float64) {
		t.Helper()
		if got := metric(t, reg, series); got != value {
			t.Errorf("%s = %v, want %v", series, got, value)
		}
	}

	serve(h, post("/logs/enketo", "body", "Logplex-Frame-Id: 1", "Logplex-Msg-Count: 3"))
	serve(h, post("/logs/enketo", "body", "Logplex-Frame-Id: 1", "Logplex-Msg-Count: 3"))
	serve(h, post("/logs/enketo", "more", "Logplex-Frame-Id: 2", "Logplex-Msg-Count: 4"))
	serve(h, post("/logs/enketo", packed(t, "packed"), "Content-Encoding: gzip"))
	serve(h, post("/logs/enketo", strings.Repeat("x", 101), "Logplex-Msg-Count: 5"))
	serve(h, post("/nowhere", "body", "Logplex-Msg-Count: 5"))
	want(`drain_ingest_requests_total{code="204"}`, 4)
	want(`drain_ingest_requests_total{code="413"}`, 1)
	want(`drain_ingest_refused_total{reason="too_large"}`, 1)
	want(`drain_ingest_refused_total{reason="path"}`, 1)
	want("drain_ingest_refused_messages_total", 5)
	want("drain_ingest_duplicates_total", 1)
	want("drain_ingest_bytes_total", float64(len("body"+"more"+"packed")))
	want("drain_message_count_mismatch_total", 1)

	// A frame id that is pushed out within the hour is missed by a retry.
	now = now.Add(time.Hour)
	serve(h, post("/logs/enketo", "body", "Logplex-Frame-Id: 3")) // pushes out 1
	want("drain_ingest_frame_ids_evicted_early_total", 0)
	now = now.Add(-time.Nanosecond)
	serve(h, post("/logs/enketo", "body", "Logplex-Frame-Id: 4")) // pushes out 2
	want("drain_ingest_frame_ids_evicted_early_total", 1)
}

// Made-up drain tokens and apps leave nothing behind but counts.
func TestNoLabelComesFromARequest(t *testing.T) {
	h, reg := newHandler(t, Options{})
	series := func() int {
		n, err := testutil.GatherAndCount(reg)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := series()
	for i := range 100 {
		serve(h, post(fmt.Sprintf("/logs/app-%d", i), "body"))
		serve(h, post("/logs", "body", fmt.Sprintf("Logplex-Drain-Token: d.%d", i)))
	}
	if after := series(); after != before {
		t.Errorf("%d series became %d", before, after)
	}
}

func TestHandlersShareNothing(t *testing.T) {
	for range 2 {
		if _, err := New(Options{Sink: &record{}, Registerer: prometheus.NewRegistry()}); err != nil {
			t.Error(err)
		}
	}
}
