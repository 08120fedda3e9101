package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"drain/parser"
)

func TestMatchFields(t *testing.T) {
	f := func(m Match, by []string, want string, lines ...string) {
		t.Helper()
		set := mustSet(t, Rule{Name: "r", Match: &m, Window: time.Minute, By: by})
		got := strings.Join(hitsOf(observe(t, set, frames(lines...))), "; ")
		if got != want {
			t.Errorf("%+v: got %q, want %q", m, got, want)
		}
	}
	request := func(status int, method, path string) string {
		return fmt.Sprintf(`heroku router at=info method=%s path="%s" dyno=web.1 connect=1ms service=3ms status=%d bytes=10`, method, path, status)
	}
	redis := "app heroku-redis source=MY_CACHE addon=redis-a sample#hit-rate=0.2 sample#evicted-keys=7"

	// router
	f(Match{Status: []Status{"5xx"}}, nil, "r[] 2", request(500, "GET", "/"), request(599, "GET", "/"), request(499, "GET", "/"))
	f(Match{Status: []Status{"404", "2xx"}}, []string{"status"}, "r[200] 1; r[404] 2",
		request(404, "GET", "/"), request(200, "GET", "/"), request(404, "GET", "/"), request(403, "GET", "/"))
	f(Match{Method: []string{"POST"}}, nil, "r[] 1", request(200, "GET", "/"), request(200, "POST", "/"))
	f(Match{Path: []string{"/api/*"}}, []string{"path"}, "r[/api/x] 2; r[/api/y z] 1",
		request(200, "GET", "/api/x?key=secret"), request(200, "GET", "/api/x"), request(200, "GET", "/api/y z"), request(200, "GET", "/x?/api/z"))
	f(Match{Path: []string{"/"}}, nil, "r[] 1", request(200, "GET", "/?q"), request(200, "GET", "/x"))
	f(Match{Status: []Status{"5xx"}, Path: []string{"/api/*"}, Method: []string{"PUT"}}, []string{"dyno", "method"}, "r[web.1,PUT] 1",
		request(500, "PUT", "/api/1"), request(200, "PUT", "/api/1"), request(500, "GET", "/api/1"), request(500, "PUT", "/"))
	f(Match{Status: []Status{"5xx"}}, nil, "", "app web.1 status=500", "heroku router at=error code=H24 dyno=web.1 status= bytes=")

	// regexps
	f(Match{Contains: []string{"took "}, Matches: []string{`took [0-9]{4,}ms`}}, nil, "r[] 1", "app web.1 took 1000ms", "app web.1 took 999ms", "app web.1 TOOK 1000ms")
	f(Match{Contains: []string{"took "}, Matches: []string{`took [0-9]{4,}ms`, "^fast"}, IgnoreCase: true}, nil, "r[] 2",
		"app web.1 TOOK 1000MS", "app web.1 FAST: took 1ms", "app web.1 slow: took 1ms")

	// add-ons
	f(Match{Source: []string{"*_CACHE"}}, []string{"addon"}, "r[redis-a] 1", redis, strings.Replace(redis, "MY_CACHE", "MAIN", 1))
	f(Match{Source: []string{"redis-a"}}, nil, "r[] 1", redis)
	f(Match{Sample: "hit-rate", Below: new(0.2)}, nil, "r[] 1", redis)
	f(Match{Sample: "hit-rate", Above: new(0.3)}, nil, "", redis)
	f(Match{Sample: "hit-rate", Above: new(0.3), Below: new(0.2)}, nil, "r[] 1", redis)
	f(Match{Sample: "no-such", Above: new(0.0)}, nil, "", redis)
}

// A path's key is bounded: a path can be as long as a line.
func TestFieldKeysAreBounded(t *testing.T) {
	set := mustSet(t, Rule{Name: "r", Match: &Match{Status: []Status{"200"}}, Window: time.Minute, By: []string{"path"}})
	long := "/" + strings.Repeat("x", 2*maxField)
	o := observe(t, set, frames(`heroku router at=info method=GET path="`+long+`" dyno=web.1 status=200`))
	if got := o.Hits[0].Labels.Field; got != long[:maxField] {
		t.Errorf("got %d bytes", len(got))
	}
}

// Regexps are left out: package regexp keeps its machines in a pool, which the race detector empties.
func TestFieldsDoNotAllocate(t *testing.T) {
	lines := newTraffic(3).lines(2000, parser.KindOther)
	set := mustSet(t, append(Builtin(),
		Rule{Name: "status", Match: &Match{Status: []Status{"5xx", "404"}}, Window: time.Minute, By: []string{"status", "dyno"}},
		Rule{Name: "path", Match: &Match{Path: []string{"/account/*", "/b*"}}, Window: time.Minute, By: []string{"method"}},
		Rule{Name: "sample", Match: &Match{Sample: "hit-rate", Below: new(0.5), Source: []string{"REDIS"}}, Window: time.Minute, By: []string{"addon"}},
	)...)
	batch := set.NewBatch()
	run := func() {
		batch.Begin("enketo", "", t0, false)
		for i := range lines {
			batch.Add(&lines[i])
		}
		batch.Observation()
	}
	run()
	found := make(map[string]bool)
	for _, h := range batch.obs.Hits {
		found[h.Rule] = true
	}
	for _, name := range []string{"status", "path", "sample"} {
		if !found[name] {
			t.Errorf("%s matched nothing", name)
		}
	}
	if n := testing.AllocsPerRun(10, run); n != 0 {
		t.Errorf("%v allocations a delivery", n)
	}
}
