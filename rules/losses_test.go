package rules

import (
	"fmt"
	"testing"
)

func TestLossesCountOnce(t *testing.T) {
	var l Losses
	f := func(since string, n, want uint64) {
		t.Helper()
		if got := l.New([]byte(since), n); got != want {
			t.Errorf("New(%s, %d) = %d, want %d", since, n, got, want)
		}
	}
	f("20:00", 5, 5)
	f("20:00", 5, 0) // the same frame again
	f("20:00", 8, 3) // again, and it grew
	f("20:00", 7, 0)
	f("20:01", 7, 7)
	f("20:02", 0, 0)
	for i := range 10 * maxLosses {
		f(fmt.Sprint(i), 1, 1)
	}
	if len(l.counted) != maxLosses || len(l.order) != maxLosses {
		t.Errorf("remembers %d and %d, want %d", len(l.counted), len(l.order), maxLosses)
	}
}
