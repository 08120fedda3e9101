package rules

import (
	"time"

	"drain/internal/latency"
)

// Traffic is what the router said of the requests to one dyno. Two of them add up to one.
type Traffic struct {
	Dyno    string        `json:"dyno,omitempty"` // empty: no dyno was asked
	Status  [6]uint32     `json:"status"`         // requests by the class of their status; 0: of none
	Service latency.Times `json:"service,omitzero"`
}

func (t *Traffic) add(o *Traffic) {
	for i, n := range o.Status {
		t.Status[i] += n
	}
	for i, n := range o.Service {
		t.Service[i] += n
	}
}

func (t *Traffic) requests() uint64 {
	var sum uint64
	for _, n := range t.Status {
		sum += uint64(n)
	}
	return sum
}

// The figures of traffic; ok is false where there is nothing to tell them from.

func requestsOf(t *Traffic) (v float64, ok bool) { return float64(t.requests()), t.requests() > 0 }

func errorRatioOf(t *Traffic) (v float64, ok bool) {
	all := t.requests()
	return float64(t.Status[5]) / float64(max(1, all)), all > 0
}

func serviceP95Of(t *Traffic) (v float64, ok bool) { return t.Service.Quantile(0.95) }
func serviceP99Of(t *Traffic) (v float64, ok bool) { return t.Service.Quantile(0.99) }

// addTraffic counts a request to the dyno that was asked, s. A service time below 0 isn't known.
func (b *Batch) addTraffic(s *sender, status int, service time.Duration) {
	if s.asked != b.round {
		s.asked, s.traffic = b.round, len(b.obs.Traffic)
		b.obs.Traffic = append(b.obs.Traffic, Traffic{Dyno: s.proc})
	}
	t := &b.obs.Traffic[s.traffic]
	class := status / 100
	if class < 0 || class >= len(t.Status) {
		class = 0
	}
	t.Status[class]++
	// A WebSocket's service time is how long it was open.
	if service >= 0 && status != 101 {
		t.Service[latency.Bucket(uint64(service/time.Millisecond))]++
	}
}
