package history

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Requests that are counted together count as one by one.
func TestAddAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var one, known, all Requests
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			statuses := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]uint16{101, 200, 503}), rapid.Uint16Range(0, 999)), 0, 20).Draw(t, "status")
			millis := make([]uint32, len(statuses)+rapid.IntRange(0, 2).Draw(t, "more"))
			for i := range millis {
				millis[i] = uint32(rapid.IntRange(0, 1<<rapid.IntRange(0, 27).Draw(t, "doublings")).Draw(t, "ms"))
			}
			all.AddAll(statuses, millis)
			for i, status := range statuses {
				service := time.Duration(millis[i]) * time.Millisecond
				one.Add(int(status), service)
				if status == 101 {
					service = -1
				}
				known.Add(int(status), service)
			}
		}
		if one != all || known != all {
			t.Fatalf("one by one %+v, without what isn't known %+v, together %+v", one, known, all)
		}
	})
}
