// Package latency counts how long things took in fixed buckets, and tells quantiles from the counts.
//
// The buckets are the same everywhere, so that counts can be added up, kept and sent. Each is a quarter
// to an eighth as wide as what it holds: milliseconds up to 7, then four to each power of two. The last
// holds all over 112 s. There are no locks: a [Times] is for one goroutine at a time.
package latency

import (
	"encoding/json"
	"fmt"
	"math/bits"
)

// Times counts durations by [Bucket]. Its zero value has none.
type Times [64]uint32

// Bucket is where a duration is counted.
func Bucket(milliseconds uint64) int {
	if milliseconds < uint64(len(buckets)) {
		return int(buckets[milliseconds])
	}
	return reckon(milliseconds)
}

// buckets has the Bucket of most durations: most requests are a look-up each in the loop over a delivery's.
var buckets = func() (all [4096]uint8) {
	for ms := range all {
		all[ms] = uint8(reckon(uint64(ms)))
	}
	return all
}()

// reckon is Bucket of any duration.
//
//go:noinline
func reckon(milliseconds uint64) int {
	if milliseconds < 4 {
		return int(milliseconds)
	}
	shift := bits.Len64(milliseconds) - 3
	return min(4*(shift+1)+int(milliseconds>>shift)-4, len(Times{})-1)
}

// bounds returns what bucket i holds, [from, to) in milliseconds.
func bounds(i int) (from, to float64) {
	if i < 4 {
		return float64(i), float64(i + 1)
	}
	shift := i/4 - 1
	from = float64((4 + i%4) << shift)
	return from, from + float64(int(1)<<shift)
}

// Quantile returns the duration, in seconds, that a share q of all is up to; ok is false if there is
// none.
func (t *Times) Quantile(q float64) (seconds float64, ok bool) {
	var all, below float64
	for _, n := range t {
		all += float64(n)
	}
	if all == 0 {
		return 0, false
	}
	for i, n := range t {
		if n := float64(n); n > 0 && below+n >= q*all {
			from, to := bounds(i)
			return (from + (to-from)*(q*all-below)/n) / 1000, true
		} else {
			below += n
		}
	}
	return 0, false
}

// MarshalJSON writes only the buckets that hold something.
func (t Times) MarshalJSON() ([]byte, error) {
	some := make(map[int]uint32)
	for i, n := range t {
		if n > 0 {
			some[i] = n
		}
	}
	return json.Marshal(some)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (t *Times) UnmarshalJSON(b []byte) error {
	var some map[int]uint32
	if err := json.Unmarshal(b, &some); err != nil {
		return err
	}
	*t = Times{}
	for i, n := range some {
		if i < 0 || i >= len(t) {
			return fmt.Errorf("duration in bucket %d, expected 0 to %d", i, len(t)-1)
		}
		t[i] = n
	}
	return nil
}
