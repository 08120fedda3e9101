package budget

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshot(t *testing.T) {
	b := enketo()
	b.Dynos("web", 4, t0)
	b.sample("ENKETO_REDIS_MAIN", 38, 38, t0)
	got := b.Snapshot()
	text, err := json.Marshal(got.Addons[1]) // by name, the cache comes first
	if err != nil {
		t.Fatal(err)
	}
	want := `{"addon":"redis-ENKETO_REDIS_MAIN","attachment":"ENKETO_REDIS_MAIN","used":38,"limit":38,"limit_from":"logged",` +
		`"at":"2026-11-22T12:00:00Z","own":true,"saturated":true,"per_dyno":{"web":{"connections":26,"from":"configured"}},` +
		`"fits":{"web":1},"lines":{"web":"web 4 × 26 = 104 of 38; 1 fits"},"need":{"connections":104,"fits":false,"deploy":208,"deploy_fits":false,"plan":"heroku-redis:premium-2","deploy_plan":"heroku-redis:premium-3"}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if got := got.Addons[1].Takes(); got != "web 26 (configured)" {
		t.Errorf("a dyno takes %s", got)
	}
	got.Dynos["web"] = 99
	if b.dynos["web"] != 4 {
		t.Error("a Snapshot shares the Budget's memory")
	}
}

// What was learnt is told with how far off it may be, and what fits does so at the careful end.
func TestLearntIsShown(t *testing.T) {
	b, _ := learntOnce()
	b.Dynos("web", 8, t0)
	got := b.Snapshot().Addons[0]
	text, err := json.Marshal(map[string]any{"per_dyno": got.PerDyno, "fits": got.Fits, "lines": got.Lines, "need": got.Need})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fits":{"web":8},"lines":{"web":"web 8 × 20.0 ± 0.6 = 160 ± 4 of 198 (learnt); 8 fit"},` +
		`"need":{"connections":160,"plus_minus":4,"fits":true,"deploy":320,"deploy_fits":false,"plan":"heroku-redis:premium-2","deploy_plan":"heroku-redis:premium-3"},` +
		`"per_dyno":{"web":{"connections":20,"plus_minus":0.59,"from":"learnt"}}}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if got := got.Takes(); got != "web 20.0 ± 0.6 (learnt)" {
		t.Errorf("a dyno takes %s", got)
	}
	b.Configure(map[string]Redis{"REDIS": {PerDyno: map[string]int{"web": 30}}})
	if n, _ := b.Fits("web"); n != 5 {
		t.Errorf("%d fit; the owner's number comes first", n)
	}
}

// What no dyno explains is told where there is some.
func TestBase(t *testing.T) {
	f := func(base int, want string) {
		t.Helper()
		b := New(nil)
		history(b, 198, [2]int{1, 20 + base}, [2]int{4, 80 + base}, [2]int{2, 40 + base})
		got := "none"
		if v := b.Snapshot().Addons[0].Base; v != nil {
			got = v.String()
		}
		if got != want {
			t.Errorf("%d besides the dynos': got %s, want %s", base, got, want)
		}
	}
	f(0, "none")
	f(7, "7 ± 2 (learnt)")
}

// 9 × 20 ± 4 may be more than the 180 there are room for, where 9 × 20 is just as many.
func TestCarefulEnd(t *testing.T) {
	b, at := learntOnce()
	f := func(limit, want int, wantKnown bool) {
		t.Helper()
		b.sample("REDIS", 40, limit, at)
		if n, known := b.Fits("web"); n != want || known != wantKnown {
			t.Errorf("limit %d: %d fit, %t, want %d, %t", limit, n, known, want, wantKnown)
		}
	}
	f(200, 8, true)
	f(206, 9, true)
	f(45, 1, true)  // 40.5 is room for 2 × 20, but not for what they may take
	f(23, 0, false) // 20.7 is room for 1 × 20, and surely for none: too wide to decide
	f(20, 0, true)  // 18 is room for none
}
