package budget

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func enketo() *Budget {
	return New(map[string]Redis{
		"ENKETO_REDIS_MAIN":  {PerDyno: map[string]int{"web": 26}},
		"ENKETO_REDIS_CACHE": {PerDyno: map[string]int{"web": 18}, Limit: 38},
	})
}

func (b *Budget) sample(attachment string, used, limit int, at time.Time) {
	b.Observe(Sample{Addon: "redis-" + attachment, Attachment: attachment, Used: used, Limit: limit, At: at, Own: true})
}

func TestFits(t *testing.T) {
	f := func(name string, b *Budget, process, want, wantLine string) {
		t.Helper()
		got := "unknown"
		switch n, ok := b.Fits(process); {
		case ok && n == Unbounded:
			got = "any"
		case ok:
			got = fmt.Sprint(n)
		}
		if got != want {
			t.Errorf("%s: %s of %s fit, want %s", name, got, process, want)
		}
		if line := b.Line(process); line != wantLine {
			t.Errorf("%s: got  %q\nwant %q", name, line, wantLine)
		}
	}

	b := enketo()
	f("only the cache's limit is known", b, "web", "1", "web ? × 18 = ? of 38; 1 fits")
	b.Dynos("web", 4, t0)
	b.sample("ENKETO_REDIS_MAIN", 38, 38, t0)
	f("main decides", b, "web", "1", "web 4 × 26 = 104 of 38; 1 fits")
	b.Dynos("web", 1, t0)
	b.sample("ENKETO_REDIS_MAIN", 26, 38, t0)
	f("one fits both, and main is nearer to its limit", b, "web", "1", "web 1 × 26 = 26 of 38; 1 fits")
	b.Dynos("web", 4, t0)
	b.sample("ENKETO_REDIS_MAIN", 38, 198, t0)
	f("main is on premium-2, the cache decides", b, "web", "1", "web 4 × 18 = 72 of 38; 1 fits")
	b.sample("ENKETO_REDIS_CACHE", 38, 198, t0)
	f("both on premium-2", b, "web", "6", "web 4 × 26 = 104 of 198; 6 fit")
	f("a type that takes none", b, "worker", "any", "worker ? × 0 + web 4 × 26 = 104 of 198; any number fits")

	b = New(map[string]Redis{"REDIS": {PerDyno: map[string]int{"web": 5, "worker": 10}, Limit: 38}})
	b.Dynos("web", 4, t0)
	b.Dynos("worker", 2, t0)
	f("others leave room for 2", b, "web", "2", "web 4 × 5 + worker 2 × 10 = 40 of 38; 2 fit")
	b.Dynos("worker", 4, t0)
	f("others leave no room", b, "web", "0", "web 4 × 5 + worker 4 × 10 = 60 of 38; 0 fit")

	// 0.9 of the limit, and not one connection more.
	for _, c := range []struct{ limit, want int }{{99, 8}, {100, 9}, {101, 9}} {
		b = New(map[string]Redis{"REDIS": {PerDyno: map[string]int{"web": 10}, Limit: c.limit}})
		if n, _ := b.Fits("web"); n != c.want {
			t.Errorf("limit %d: %d fit, want %d", c.limit, n, c.want)
		}
	}

	f("nothing known", New(nil), "web", "unknown", "no Redis add-on is known")
	b = New(nil)
	b.Dynos("web", 4, t0)
	b.sample("REDIS", 38, 0, t0)
	f("no limit, nothing learnt", b, "web", "unknown", "38 of an unknown limit used by web 4; connections per dyno unknown")
	b = New(map[string]Redis{"REDIS": {PerDyno: map[string]int{"web": 10}}})
	b.Dynos("web", 4, t0)
	f("no limit", b, "web", "unknown", "web 4 × 10 = 40 of an unknown limit")
}

// One add-on is configured and has room, the other isn't and is full: it isn't known that 4 fit.
func TestFitsIsBlindBesideAFullAddon(t *testing.T) {
	b := New(map[string]Redis{"CACHE": {PerDyno: map[string]int{"web": 2}, Limit: 38}})
	b.Dynos("web", 4, t0)
	b.sample("MAIN", 30, 38, t0)
	if n, ok := b.Fits("web"); n != 17 || !ok {
		t.Errorf("MAIN has room: %d, %t, want 17", n, ok)
	}
	b.sample("MAIN", 38, 38, t0)
	if n, ok := b.Fits("web"); ok {
		t.Errorf("MAIN is full and unknown, but %d fit", n)
	}
	b.Dynos("web", 20, t0)
	if n, ok := b.Fits("web"); n != 17 || !ok {
		t.Errorf("CACHE alone asks for 17: %d, %t", n, ok)
	}
}

func TestLimitOrigin(t *testing.T) {
	b := New(map[string]Redis{"REDIS": {Limit: 50}})
	f := func(limit int, from Origin) {
		t.Helper()
		if got := b.Snapshot().Addons[0]; got.Limit != limit || got.LimitFrom != from {
			t.Errorf("limit %d %s, want %d %s", got.Limit, got.LimitFrom, limit, from)
		}
	}
	f(50, Configured)
	b.Plan("redis-REDIS", "REDIS", "heroku-redis:premium-1")
	f(78, Plan)
	b.Plan("redis-REDIS", "REDIS", "heroku-redis:premium-99")
	f(78, Plan)
	b.sample("REDIS", 3, 18, t0)
	f(18, Logged)
	b.sample("REDIS", 3, 0, t0.Add(time.Minute))
	f(78, Plan)
	b.Configure(nil)
	f(78, Plan)
}

func TestPlanLimit(t *testing.T) {
	f := func(plan string, want int) {
		t.Helper()
		if got, ok := PlanLimit(plan); got != want || ok != (want > 0) {
			t.Errorf("%s: %d, %t, want %d", plan, got, ok, want)
		}
	}
	f("heroku-redis:mini", 18)
	f("heroku-redis:premium-0", 38)
	f("premium-14", 64998)
	f("heroku-redis:private-7", 9998)
	f("shield-9", 24998)
	f("heroku-redis:premium-6", 0)
	f("heroku-postgresql:mini", 0)
	f("", 0)
}

// What is said to fit fits, and one more wouldn't.
func TestFitsIsTheLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		redis := map[string]Redis{}
		for i := range rapid.IntRange(1, 3).Draw(t, "addons") {
			redis[fmt.Sprint("R", i)] = Redis{
				PerDyno: map[string]int{"web": rapid.IntRange(1, 30).Draw(t, "web"), "worker": rapid.IntRange(0, 30).Draw(t, "worker")},
				Limit:   rapid.IntRange(1, 500).Draw(t, "limit"),
			}
		}
		b := New(redis)
		workers := rapid.IntRange(0, 10).Draw(t, "workers")
		b.Dynos("worker", workers, t0)
		fitsAll := func(n int) bool {
			for _, r := range redis {
				if 10*(n*r.PerDyno["web"]+workers*r.PerDyno["worker"]) > 9*r.Limit {
					return false
				}
			}
			return true
		}
		n, ok := b.Fits("web")
		if !ok || n > 0 && !fitsAll(n) || fitsAll(n+1) {
			t.Fatalf("%d fit, %t", n, ok)
		}
	})
}

func TestBounds(t *testing.T) {
	b := New(nil)
	for i := range 1000 {
		b.sample(fmt.Sprint("R", i), 1, 10, t0)
		b.Dynos(fmt.Sprint("p", i), i, t0)
	}
	if len(b.addons) != maxAddons || len(b.dynos) != maxProcesses {
		t.Errorf("%d add-ons, %d process types", len(b.addons), len(b.dynos))
	}
	b.Dynos("p1", 7, t0)
	if b.dynos["p1"] != 7 {
		t.Error("a full Budget no longer takes what it knows")
	}
}

func TestCheck(t *testing.T) {
	got := ""
	Redis{PerDyno: map[string]int{"web": -1, "worker": 0}, Limit: -2}.Check(func(field, problem, fix string) {
		got += field + ": " + problem + ": " + fix + "\n"
	})
	want := "limit: -2 connections: a number above 0, or leave it out\nper_dyno.web: -1 connections: 0 or more\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestMemory(t *testing.T) {
	b := New(map[string]Redis{"REDIS": {Limit: 50}})
	f := func(name, attachment string, megabytes int64) {
		t.Helper()
		if got := b.Memory(name, attachment); got != megabytes<<20 {
			t.Errorf("%s: %d bytes, want %d MB", name, got, megabytes)
		}
	}
	f("nowhere", "NOWHERE", 0)
	f("redis-REDIS", "REDIS", 0) // what the owner says of its limit says nothing of its plan
	b.sample("REDIS", 3, 18, t0)
	f("redis-REDIS", "REDIS", 25) // only mini has 20 less 2
	b.sample("REDIS", 3, 64998, t0.Add(time.Minute))
	f("redis-REDIS", "REDIS", 0) // premium-12 or premium-14
	b.Plan("redis-REDIS", "REDIS", "heroku-redis:private-14")
	f("redis-REDIS", "REDIS", 100<<10)
	b.Plan("redis-REDIS", "REDIS", "heroku-redis:premium-99")
	f("redis-REDIS", "REDIS", 100<<10)
}

// What another sender says in the app's name displaces no figure that came under its own password, until
// that is old.
func TestStrangersFigures(t *testing.T) {
	f := func(name string, own bool, after time.Duration, want int) {
		t.Helper()
		b := New(nil)
		s := Sample{Addon: "redis-a-1", Attachment: "REDIS", Used: 38, Limit: 38, At: t0, Own: true}
		b.Observe(s)
		s.Used, s.Own, s.At = 1, own, t0.Add(after)
		b.Observe(s)
		if got := b.Snapshot().Addons[0]; got.Used != want || got.Own != (own || want == 38) {
			t.Errorf("%s: %d are used, its own: %v; want %d", name, got.Used, got.Own, want)
		}
	}
	f("the next minute", false, time.Minute, 38)
	f("just before it is old", false, trustedFor-time.Second, 38)
	f("old", false, trustedFor, 1)
	f("its own", true, time.Minute, 1)
}
