package daemon

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHeardDrains(t *testing.T) {
	var h heardDrains
	start := time.Unix(1_800_000_000, 0)
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	h.add("", at(0))
	h.add("a", at(1))
	h.add("b", at(2))
	h.add("a", at(3))
	if diff := cmp.Diff(map[string]time.Time{"a": at(3), "b": at(2)}, h.view()); diff != "" {
		t.Error(diff)
	}
	for n := range maxDrains - 1 {
		h.add(fmt.Sprint("more", n), at(10+n))
	}
	if v := h.view(); len(v) != maxDrains || !v["b"].IsZero() || v["a"].IsZero() {
		t.Errorf("want the %d heard from last, got %v", maxDrains, v)
	}
	if n := testing.AllocsPerRun(100, func() { h.add("a", at(100)) }); n != 0 {
		t.Errorf("%v allocations for one that is known", n)
	}
}
