package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"drain/rules"
)

// fault is what goes wrong with an app after some normal hours.
type fault struct {
	name  string
	kind  int           // of kinds
	after time.Duration // from the start
	lasts time.Duration
	begin func(*app)
	found string        // the rule that must tell of it, …
	most  time.Duration // … so long after the first line it can be told by, at most
	also  []string      // rules that may tell of it, too
	ahead time.Duration // of a forecast: so long before the first R14, at least
}

var faults = []fault{
	{
		name: "Redis out of connections, over TLS", kind: 1, after: 3 * time.Hour, lasts: time.Hour, begin: exhaust,
		found: "redis-connections-exhausted", most: 68 * time.Second, // until the add-on speaks
		also: []string{"redis-exhaustion-suspected", "redis-connections-high"}, // the other add-on is nearly full
	},
	{
		name: "Redis drops connections, no figures", kind: 2, after: 3 * time.Hour, lasts: 30 * time.Minute, begin: dropBlindly,
		found: "redis-exhaustion-suspected", most: time.Minute,
	},
	{
		name: "memory leak, before R14", kind: 0, after: 2*time.Hour + 10*time.Minute, lasts: 2 * time.Hour, begin: leak,
		found: "memory-forecast", most: 90 * time.Minute, also: []string{"memory-quota-exceeded"}, ahead: 10 * time.Minute,
	},
	{
		name: "crash loop of workers", kind: 1, after: 3 * time.Hour, lasts: time.Hour, begin: crashWorkers,
		found: "worker-crash-loop", most: 30 * time.Second,
	},
	{
		name: "the app crashes", kind: 0, after: 3 * time.Hour, lasts: 20 * time.Minute, begin: crash,
		found: "app-crashed", most: time.Minute,
	},
	{
		name: "H12 storm", kind: 0, after: 3 * time.Hour, lasts: 20 * time.Minute, begin: func(a *app) { a.stuck = 0.3 },
		found: "request-timeouts", most: 3 * time.Minute,
	},
	{
		name: "Postgres out of connections", kind: 0, after: 3 * time.Hour, lasts: 20 * time.Minute, begin: exhaustPostgres,
		found: "postgres-connections-exhausted", most: 5 * time.Second,
	},
	{
		name: "silent drain", kind: 1, after: 28 * time.Hour, lasts: 2 * time.Hour, begin: func(a *app) { a.cut = true; a.told() },
		found: "drain-silent", most: 15*time.Minute + 10*time.Second,
	},
	{
		name: "silent drain, on the first day", kind: 1, after: 3 * time.Hour, lasts: 2 * time.Hour, begin: func(a *app) { a.cut = true; a.told() },
		found: "drain-silent", most: 30*time.Minute + 10*time.Second,
	},
}

// exhaust has somebody scale web to 2, which asks main for 52 of its 38 connections. Those who come
// late are dropped before the handshake.
func exhaust(a *app) {
	a.log("app", "api", "Scaled to web@2:Standard-1X by user dev@example.com")
	a.start("web.2", "web")
	a.every(2*time.Second, func() {
		if len(a.names("web")) < 2 {
			return
		}
		a.told()
		a.log("app", "web.2", "Error: Client network socket disconnected before secure TLS connection was established")
		a.log("app", "web.2", "    at RedisClient.on_error (/app/node_modules/redis/index.js:342:14)")
		a.log("app", "web.2", "Worker 7 sadly passed away. It will be reincarnated.")
		a.failing = 0.5
	})
}

// dropBlindly is the same for an app whose Redis tells no figures.
func dropBlindly(a *app) {
	a.every(5*time.Second, func() {
		a.told()
		a.log("app", "web.1", "[ioredis] Unhandled error event: Error: Client network socket disconnected before secure TLS connection was established")
	})
}

// leak has web.1 take 3 MB more each minute, of 512.
func leak(a *app) { a.leaking, a.leaked = "web.1", a.now }

func crashWorkers(a *app) {
	a.every(3*time.Second, func() {
		a.told()
		a.log("app", "web.1", "TypeError: Cannot read properties of undefined (reading 'id')")
		a.log("app", "web.1", "Worker 7 sadly passed away. It will be reincarnated.")
	})
}

// crash ends all web dynos. What is asked of them is refused.
func crash(a *app) {
	for _, name := range a.names("web") {
		a.dynos[name].up = false
		a.log("heroku", name, "Process exited with status 1")
		a.log("heroku", name, "State changed from up to crashed")
	}
	a.every(3*time.Second, func() {
		a.told()
		a.log("heroku", "router", `at=error code=H10 desc="App crashed" method=GET path="/" host=shop.example request_id=8b4fa2e5-1f6c-4a3c-9a77-2f1d2c3b4a5f fwd="203.0.113.7" dyno= connect= service= status=503 bytes=`)
	})
}

func exhaustPostgres(a *app) {
	a.held["postgresql-a"], a.failing = 120, 0.4
	a.every(4*time.Second, func() {
		a.told()
		a.log("app", "worker.1", "PG::ConnectionBad: FATAL:  remaining connection slots are reserved for non-replication superuser connections")
	})
}

// Each fault is found by its rule, soon after the log can tell it, and by no rule that tells of something else.
func TestFaultsAreFound(t *testing.T) {
	var table strings.Builder
	for _, f := range faults {
		var took, ahead []time.Duration
		for seed := range uint64(seeds(t)) {
			a := newApp(t, kinds[f.kind], 100+seed)
			a.run(begin.Add(f.after))
			f.begin(a)
			a.run(begin.Add(f.after + f.lasts))

			told := slices.IndexFunc(a.events, func(ev rules.Event) bool { return ev.Rule == f.found })
			if told < 0 || a.evidence.IsZero() {
				t.Errorf("%s, seed %d: %s is not told", f.name, seed, f.found)
				continue
			}
			took = append(took, a.events[told].At.Sub(a.evidence))
			if f.ahead > 0 {
				ahead = append(ahead, a.exceeded.Sub(a.events[told].At))
			}
			for _, ev := range a.events {
				if ev.Rule != f.found && !slices.Contains(f.also, ev.Rule) {
					t.Errorf("%s, seed %d: %s %s %s %s at %s", f.name, seed, ev.Rule, ev.Labels, ev.State, ev.Summary, ev.At.Format("02 15:04:05"))
				}
			}
		}
		if len(took) == 0 {
			continue
		}
		if slices.Min(took) < 0 || slices.Max(took) > f.most {
			t.Errorf("%s: told %v after the first line that can tell it, want at most %v", f.name, took, f.most)
		}
		fmt.Fprintf(&table, "| %s | `%s` | %s", f.name, f.found, span(took))
		if len(ahead) > 0 {
			if slices.Min(ahead) < f.ahead {
				t.Errorf("%s: told %v before R14, want at least %v", f.name, ahead, f.ahead)
			}
			fmt.Fprintf(&table, ", %s before R14", span(ahead))
		}
		table.WriteString(" |\n")
	}
	t.Logf("from the first line that tells of it to the alert:\n%s", &table)
}

// span is from the shortest to the longest.
func span(all []time.Duration) string {
	return fmt.Sprintf("%v to %v", slices.Min(all).Round(time.Second), slices.Max(all).Round(time.Second))
}
