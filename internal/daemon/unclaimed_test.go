package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func listed(u *unclaimed, token string) bool {
	return slices.ContainsFunc(u.list(), func(one Unclaimed) bool { return one.Token == token })
}

// Anybody with the password can make tokens up. They don't keep out a drain that is there, nor one that
// delivers now and then.
func TestMadeUpTokensMakePlace(t *testing.T) {
	u := newUnclaimed(prometheus.NewCounter(prometheus.CounterOpts{Name: "posts"}))
	at := time.Unix(0, 0)
	hear := func(token string) {
		at = at.Add(time.Second)
		u.add(token, 2, at)
	}
	hear("d.gone")
	hear("d.real")
	for i := range 3 * maxUnclaimed {
		hear(fmt.Sprintf("d.%d", i))
		if i%(maxUnclaimed/2) == 0 {
			hear("d.real")
		}
	}
	hear("d.new")
	if n := len(u.list()); n != maxUnclaimed || len(u.tokens) != n {
		t.Errorf("%d tokens are listed and %d kept, want %d", n, len(u.tokens), maxUnclaimed)
	}
	if listed(u, "d.gone") || !listed(u, "d.real") || !listed(u, "d.new") {
		t.Error("kept are not those that were heard from last")
	}
	for _, one := range u.list() {
		if one.Token == "d.real" && (one.Posts != 7 || one.Messages != 14 || one.First != time.Unix(2, 0)) {
			t.Errorf("of the one that goes on is known %+v", one)
		}
	}
	u.claim(func(token string) (string, bool) { return "enketo", strings.HasPrefix(token, "d.2") })
	left := len(u.list())
	hear("d.newer")
	if len(u.list()) != left+1 || u.has("d.2999") || !u.has("d.real") {
		t.Errorf("%d tokens, want %d", len(u.list()), left+1)
	}
	if got := u.order.Len(); got != len(u.tokens) {
		t.Errorf("%d in the order, and %d tokens", got, len(u.tokens))
	}
}
