package worlds

import (
	"sync"
	"testing"
)

// tally counts over all worlds what there was, so that it is seen that there was any.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
}

// want fails the test if something hardly ever happened. Where only few worlds were tried it says nothing.
func (c *tally) want(t *testing.T, least int, all ...string) {
	if c.n["world"] < enough {
		return
	}
	for _, what := range all {
		t.Logf("%6d %s", c.n[what], what)
		if c.n[what] < least {
			t.Errorf("%s: %d times, want %d at least", what, c.n[what], least)
		}
	}
}
