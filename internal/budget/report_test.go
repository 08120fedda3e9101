package budget

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	f := func(name string, b *Budget, process string, n int, want ...string) {
		t.Helper()
		var got []string
		a := b.Report().Addons[0]
		for _, p := range a.Plans[:4] {
			fits, known := p.Fits[process]
			got = append(got, fmt.Sprintf("%s %d: %d %t", p.Plan, p.Limit, fits, known))
		}
		p, ok := a.PlanFor(process, n)
		if diff := cmp.Diff(want, append(got, fmt.Sprintf("%d fit %s %t", n, p.Plan, ok))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	b := New(map[string]Redis{"MAIN": {PerDyno: map[string]int{"web": 26}}})
	b.Formation(map[string]int{"web": 4, "worker": 1}, t0)
	f("configured", b, "web", 7, "heroku-redis:premium-0 38: 1 true", "heroku-redis:premium-1 78: 2 true",
		"heroku-redis:premium-2 198: 6 true", "heroku-redis:premium-3 398: 13 true", "7 fit heroku-redis:premium-3 true")
	f("more than any carries", b, "web", 3000, "heroku-redis:premium-0 38: 1 true", "heroku-redis:premium-1 78: 2 true",
		"heroku-redis:premium-2 198: 6 true", "heroku-redis:premium-3 398: 13 true", "3000 fit  false")
	f("one that takes none", b, "worker", 7, "heroku-redis:premium-0 38: 0 false", "heroku-redis:premium-1 78: 0 false",
		"heroku-redis:premium-2 198: 0 false", "heroku-redis:premium-3 398: 0 false", "7 fit  false")
	b, _ = learntOnce()
	f("learnt", b, "web", 9, "heroku-redis:premium-0 38: 1 true", "heroku-redis:premium-1 78: 3 true",
		"heroku-redis:premium-2 198: 8 true", "heroku-redis:premium-3 398: 17 true", "9 fit heroku-redis:premium-3 true")
	if n := len(b.Report().Addons[0].Plans); n != len(plans)-1 {
		t.Errorf("%d plans", n)
	}
}
