package rules

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"time"
)

// Traffic is what the router said of the requests to one dyno. Two of them add up to one.
type Traffic struct {
	Dyno    string    `json:"dyno,omitempty"` // empty: no dyno was asked
	Status  [6]uint32 `json:"status"`         // requests by the class of their status; 0: of none
	Service Service   `json:"service,omitzero"`
}

// Service counts service times in fixed buckets, each a quarter to an eighth as wide as what it
// holds: milliseconds up to 7, then four to each power of two. The last holds all over 112 s.
type Service [64]uint32

// serviceBucket returns where a service time is counted.
func serviceBucket(d time.Duration) int {
	ms := uint64(d / time.Millisecond)
	if ms < 4 {
		return int(ms)
	}
	shift := bits.Len64(ms) - 3
	return min(4*(shift+1)+int(ms>>shift)-4, len(Service{})-1)
}

// serviceBounds returns what bucket i holds, [from, to) in milliseconds.
func serviceBounds(i int) (from, to float64) {
	if i < 4 {
		return float64(i), float64(i + 1)
	}
	shift := i/4 - 1
	from = float64((4 + i%4) << shift)
	return from, from + float64(int(1)<<shift)
}

// quantile returns the service time, in seconds, that a share q of all is up to; ok is false if there
// is none.
func (s *Service) quantile(q float64) (v float64, ok bool) {
	var all, below float64
	for _, n := range s {
		all += float64(n)
	}
	if all == 0 {
		return 0, false
	}
	for i, n := range s {
		if n := float64(n); n > 0 && below+n >= q*all {
			from, to := serviceBounds(i)
			return (from + (to-from)*(q*all-below)/n) / 1000, true
		} else {
			below += n
		}
	}
	return 0, false
}

// MarshalJSON writes only the buckets that hold something.
func (s Service) MarshalJSON() ([]byte, error) {
	some := make(map[int]uint32)
	for i, n := range s {
		if n > 0 {
			some[i] = n
		}
	}
	return json.Marshal(some)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (s *Service) UnmarshalJSON(b []byte) error {
	var some map[int]uint32
	if err := json.Unmarshal(b, &some); err != nil {
		return err
	}
	*s = Service{}
	for i, n := range some {
		if i < 0 || i >= len(s) {
			return fmt.Errorf("service time in bucket %d, expected 0 to %d", i, len(s)-1)
		}
		s[i] = n
	}
	return nil
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

func serviceP95Of(t *Traffic) (v float64, ok bool) { return t.Service.quantile(0.95) }
func serviceP99Of(t *Traffic) (v float64, ok bool) { return t.Service.quantile(0.99) }

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
		t.Service[serviceBucket(service)]++
	}
}
