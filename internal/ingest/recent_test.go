package ingest

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The model is a slice of all keys in the order they were added, of which the last limit count.
func TestRecentIsTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		r := newRecent(limit)
		type entry struct {
			key frameKey
			at  time.Time
		}
		var model []entry
		now := time.Unix(0, 0)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "passed")) * time.Minute)
			// Keys with the same lower half have one hash.
			key := frameKey(rapid.Uint64Range(0, 2).Draw(t, "upper")<<32 | rapid.Uint64Range(0, 7).Draw(t, "lower"))
			want := slices.ContainsFunc(model, func(e entry) bool { return e.key == key })
			if got := r.has(key); got != want {
				t.Fatalf("has(%v) = %v, want %v", key, got, want)
			}
			if want {
				continue // add takes only what is new
			}
			age, evicted := r.add(key, now)
			model = append(model, entry{key, now})
			if evicted != (len(model) > limit) {
				t.Fatalf("evicted = %v with %d of %d", evicted, len(model), limit)
			}
			if evicted {
				if want := now.Sub(model[0].at); age != want {
					t.Fatalf("age = %v, want %v", age, want)
				}
				model = model[1:]
			}
			if len(r.keys) != len(model) || len(r.ring) != len(model) {
				t.Fatalf("%d keys and %d slots for %d entries", len(r.keys), len(r.ring), len(model))
			}
		}
	})
}

func BenchmarkRecent(b *testing.B) {
	r := newRecent(65_536)
	now := time.Unix(0, 0)
	var n uint64
	b.ReportAllocs()
	for b.Loop() {
		n++
		key := frameKey(n * 0x9e3779b97f4a7c15)
		if !r.has(key) {
			r.add(key, now)
		}
	}
}
