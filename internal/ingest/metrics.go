package ingest

import (
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are about the POSTs themselves. Every label value exists from the start, so that a rate is
// right from the first event on.
type metrics struct {
	requests        [len(answers)]prometheus.Counter // by verdict; verdicts of one code share a counter
	refused         [len(answers)]prometheus.Counter // by verdict; nil for what is taken
	refusals        [len(answers)]atomic.Uint64      // as refused, to be read back
	refusedMessages prometheus.Counter
	bytes           prometheus.Counter
	duplicates      prometheus.Counter
	mismatches      prometheus.Counter
	evictedEarly    prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, e *entrance) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		refusedMessages: counter("drain_ingest_refused_messages_total",
			"Messages in refused POSTs, as their Logplex-Msg-Count says. POSTs without a right password don't count: anyone could inflate them."),
		bytes: counter("drain_ingest_bytes_total",
			"Bytes of the bodies that were judged, unpacked."),
		duplicates: counter("drain_ingest_duplicates_total",
			"POSTs answered 204 without judging them again, since their frame id had been taken."),
		mismatches: counter("drain_message_count_mismatch_total",
			"Judged POSTs with another number of messages than Logplex-Msg-Count says."),
		evictedEarly: counter("drain_ingest_frame_ids_evicted_early_total",
			"Frame ids forgotten before they were an hour old. A repeat of one would be judged twice."),
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "drain_ingest_requests_total", Help: "POSTs answered, by status code.",
	}, []string{"code"})
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "drain_ingest_refused_total", Help: "POSTs of which nothing was taken, by reason.",
	}, []string{"reason"})
	for v, answer := range answers {
		m.requests[v] = requests.WithLabelValues(strconv.Itoa(answer.code))
		if answer.reason != "" {
			m.refused[v] = refused.WithLabelValues(answer.reason)
		}
	}
	inFlight := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "drain_ingest_in_flight_bytes", Help: "Bytes reserved for bodies that are being read or judged.",
	}, func() float64 { return float64(e.bytes.Load()) })
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "drain_ingest_waiting", Help: "POSTs that wait for a place, for their turn, or for an earlier try of the same frame.",
	}, func() float64 { return float64(e.waiting.Load()) })

	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{
		requests, refused, m.refusedMessages, m.bytes, m.duplicates, m.mismatches, m.evictedEarly, inFlight, waiting,
	} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("ingest: registering metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) answered(v verdict, msgCount int) {
	m.requests[v].Inc()
	if v == repeated {
		m.duplicates.Inc()
	}
	if v.refused() {
		m.refused[v].Inc()
		m.refusals[v].Add(1)
		if msgCount > 0 {
			m.refusedMessages.Add(float64(msgCount))
		}
	}
}
