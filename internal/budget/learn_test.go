package budget

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// history feeds quantities of web and what was used at each, long enough apart to be settled.
func history(b *Budget, limit int, points ...[2]int) time.Time {
	at := t0
	for _, p := range points {
		b.Dynos("web", p[0], at)
		at = at.Add(settle)
		b.sample("REDIS", p[1], limit, at)
	}
	return at
}

func learnt(b *Budget) PerDyno { return b.Snapshot().Addons[0].PerDyno["web"] }

func TestLearn(t *testing.T) {
	f := func(name string, want PerDyno, limit int, points ...[2]int) {
		t.Helper()
		b := New(nil)
		history(b, limit, points...)
		if diff := cmp.Diff(want, learnt(b)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	unknown := PerDyno{From: Unknown}
	f("one point is none", unknown, 198, [2]int{4, 104})
	f("one quantity, often", unknown, 198, [2]int{4, 104}, [2]int{4, 100}, [2]int{4, 99})
	f("two quantities", PerDyno{26, 0, Learnt}, 198, [2]int{1, 26}, [2]int{4, 104})
	f("connections that stay", PerDyno{24, 2, Learnt}, 198, [2]int{1, 26}, [2]int{4, 98})
	f("rounded up", PerDyno{6, 0, Learnt}, 198, [2]int{2, 11}, [2]int{4, 22})
	f("noise isn't a connection", PerDyno{10, 0, Learnt}, 1000, [2]int{10, 100}, [2]int{50, 501})
	f("more dynos with fewer connections", unknown, 198, [2]int{1, 50}, [2]int{4, 10})

	// At the limit 4 dynos show 38. Taken as a point it would say 4 a dyno, with room for all.
	f("a saturated sample is no point", unknown, 38, [2]int{1, 26}, [2]int{4, 38})
	f("nor one at 95 %", unknown, 100, [2]int{1, 26}, [2]int{4, 95})
	f("one below is", PerDyno{23, 4, Learnt}, 100, [2]int{1, 26}, [2]int{4, 94})
	f("a limit that isn't known may be reached", unknown, 0, [2]int{1, 26}, [2]int{4, 104})
}

func TestLearnsOnlyFromWhatIsSure(t *testing.T) {
	f := func(name string, spoil func(b *Budget, at time.Time) Sample) {
		t.Helper()
		b := New(nil)
		at := history(b, 198, [2]int{1, 26})
		b.Dynos("web", 4, at)
		s := spoil(b, at)
		b.Observe(s)
		if got := learnt(b); got.From != Unknown {
			t.Errorf("%s: learnt %+v", name, got)
		}
	}
	good := func(at time.Time) Sample {
		return Sample{Addon: "redis-REDIS", Attachment: "REDIS", Used: 104, Limit: 198, At: at.Add(settle), Own: true}
	}
	f("the dynos are still starting", func(_ *Budget, at time.Time) Sample {
		s := good(at)
		s.At = s.At.Add(-time.Second)
		return s
	})
	f("another type has dynos", func(b *Budget, at time.Time) Sample { b.Dynos("worker", 1, t0); return good(at) })
	f("the bare password", func(_ *Budget, at time.Time) Sample { s := good(at); s.Own = false; return s })
	f("older than what is held", func(b *Budget, at time.Time) Sample {
		s := good(at)
		s.At = t0
		return s
	})

	b := New(nil)
	b.Observe(good(t0)) // the formation isn't known yet
	at := history(b, 198, [2]int{1, 26})
	if got := learnt(b); got.From != Unknown {
		t.Errorf("learnt %+v from one quantity", got)
	}
	b.Dynos("web", 4, at)
	b.Observe(good(at))
	if diff := cmp.Diff(PerDyno{26, 0, Learnt}, learnt(b)); diff != "" {
		t.Errorf("nothing spoilt: %s", diff)
	}
}

func TestLearntIsUsed(t *testing.T) {
	b := New(nil)
	history(b, 198, [2]int{1, 26}, [2]int{4, 98})
	if n, ok := b.Fits("web"); n != 7 || !ok { // (178.2 - 2) / 24
		t.Errorf("%d fit, %t", n, ok)
	}
	if got, want := b.Line("web"), "web 4 × 24 + 2 = 98 of 198; 7 fit"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	b.Dynos("worker", 1, t0)
	if n, ok := b.Fits("web"); ok {
		t.Errorf("what a worker takes isn't known, but %d fit", n)
	}
	b.Configure(map[string]Redis{"REDIS": {PerDyno: map[string]int{"web": 30}}})
	if n, _ := b.Fits("web"); n != 5 {
		t.Errorf("%d fit; the owner's number comes first", n)
	}
}

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
	got.Dynos["web"] = 99
	if b.dynos["web"] != 4 {
		t.Error("a Snapshot shares the Budget's memory")
	}
}
