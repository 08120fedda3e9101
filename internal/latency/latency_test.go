package latency

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Buckets follow each other without a hole, and what is beyond the last is in it.
func TestBuckets(t *testing.T) {
	if from, _ := bounds(0); from != 0 {
		t.Errorf("the first bucket begins at %g", from)
	}
	for i := range len(Times{}) - 1 {
		_, to := bounds(i)
		if from, _ := bounds(i + 1); from != to || Bucket(uint64(to)) != i+1 || Bucket(uint64(to)-1) != i {
			t.Fatalf("bucket %d ends at %g, the next begins at %g", i, to, from)
		}
	}
	for _, ms := range []uint64{131_072, 3_600_000, 1<<64 - 1} {
		if got := Bucket(ms); got != len(Times{})-1 {
			t.Errorf("%d ms are in bucket %d", ms, got)
		}
	}
}

// A quantile lies in the bucket of the duration that a sorted list has there.
func TestQuantileAgainstSortedList(t *testing.T) {
	if got, ok := new(Times).Quantile(0.5); ok {
		t.Errorf("of none: %g", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		var times Times
		list := rapid.SliceOfN(rapid.Uint64Range(0, 110_000), 1, 300).Draw(t, "ms")
		for _, ms := range list {
			times[Bucket(ms)]++
		}
		slices.Sort(list)
		for _, q := range []float64{0.5, 0.95, 0.99, 1} {
			at := 0
			for float64(at+1) < q*float64(len(list)) {
				at++
			}
			from, to := bounds(Bucket(list[at]))
			if got, ok := times.Quantile(q); !ok || 1000*got < from-1e-6 || 1000*got > to+1e-6 {
				t.Fatalf("%g of %v: %gms, want %g to %g", q, list, 1000*got, from, to)
			}
		}
	})
}

func TestJSON(t *testing.T) {
	times := Times{0: 1, 3: 7, 63: 2}
	b, err := json.Marshal(times)
	if want := `{"0":1,"3":7,"63":2}`; err != nil || string(b) != want {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
	back := Times{9: 9}
	if err := json.Unmarshal(b, &back); err != nil || back != times {
		t.Errorf("%v, %v", back, err)
	}
	for _, bad := range []string{`{"64":1}`, `{"-1":1}`, `[]`} {
		if json.Unmarshal([]byte(bad), &back) == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
