package alert

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The order in which deliveries that are due leave.
func TestOrder(t *testing.T) {
	now := time.Now()
	del := func(name, severity string, over bool, told State, waited time.Duration) *delivery {
		inc := newIncident(name, topic{})
		inc.severity = severity
		if over {
			inc.ended = now
		}
		return &delivery{inc: inc, told: told, since: now.Add(-waited)}
	}
	want := []*delivery{
		del("critical, new, waits for long", Critical, false, "", time.Hour),
		del("critical, new", Critical, false, "", time.Minute),
		del("critical, over", Critical, true, Firing, 2*time.Hour),
		del("critical, changed", Critical, false, Firing, 2*time.Hour),
		del("critical, over before it was told", Critical, true, "", 2*time.Hour),
		del("warning, new", Warning, false, "", 3*time.Hour),
		del("info, new", Info, false, "", 3*time.Hour),
		del("unknown, new", "fatal", false, "", 3*time.Hour),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b *delivery) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	if diff := cmp.Diff(names(want), names(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func names(deliveries []*delivery) (out []string) {
	for _, d := range deliveries {
		out = append(out, d.inc.id)
	}
	return out
}
