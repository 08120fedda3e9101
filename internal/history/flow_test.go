package history

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Requests that are counted together count as one by one.
func TestAddAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, known, all := New(time.Minute).App(), New(time.Minute).App(), New(time.Minute).App()
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			statuses := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]uint16{101, 200, 503}), rapid.Uint16Range(0, 999)), 0, 20).Draw(t, "status")
			millis := make([]uint32, len(statuses)+rapid.IntRange(0, 2).Draw(t, "more"))
			for i := range millis {
				millis[i] = uint32(rapid.IntRange(0, 1<<rapid.IntRange(0, 27).Draw(t, "doublings")).Draw(t, "ms"))
			}
			all.AddAll(noon, statuses, millis)
			for i, status := range statuses {
				service := time.Duration(millis[i]) * time.Millisecond
				count(one, status, service)
				if status == 101 {
					service = -1
				}
				count(known, status, service)
			}
		}
		for _, other := range []*App{one, known} { // service times of a WebSocket's are as not known
			if diff := cmp.Diff(other.View(noon), all.View(noon), cmpopts.EquateNaNs()); diff != "" {
				t.Fatalf("one by one, and together:\n%s", diff)
			}
			if other.flow != nil && other.flow.now != all.flow.now {
				t.Fatalf("one by one %+v, together %+v", other.flow.now, all.flow.now)
			}
		}
	})
}

func count(a *App, status uint16, service time.Duration) {
	var r Requests
	r.Add(int(status), service)
	a.Requests(noon, &r)
}
