package daemon

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"drain/internal/config"
	"drain/internal/ingest"
	"drain/rules"
)

// The benchmarks here show what a line costs as what isn't hit grows: it should stay the same. All
// goroutines judge at once, so with -cpu 1,2 they show what a second core brings too.

const (
	linesAPost = 100
	postsMade  = 300 // different bodies; together more than the processor's caches keep
)

// settled is a daemon that has seen all it will be sent.
type settled struct {
	d      *Daemon
	apps   []string
	bodies [][]byte
}

func newSettled(b *testing.B, c *config.Config, apps, dynos int) *settled {
	b.Helper()
	d, err := New(Options{Config: c, Env: benchEnv()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.listener.Close() })
	l := &settled{d: d}
	for i := range apps {
		l.apps = append(l.apps, fmt.Sprintf("app-%d", i))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range postsMade {
		l.bodies = append(l.bodies, mixed(random, dynos, linesAPost))
	}
	var del ingest.Delivery
	for i := range max(apps, postsMade) {
		l.take(&del, i)
	}
	return l
}

// take judges the i-th POST. The body is copied, to lie in the cache as it does right after the read.
func (l *settled) take(del *ingest.Delivery, i int) {
	body := append(del.Body[:0], l.bodies[i%len(l.bodies)]...)
	*del = ingest.Delivery{App: l.apps[i%len(l.apps)], Own: true, MsgCount: linesAPost, Body: body, At: l.d.now()}
	l.d.Take(del)
}

func (l *settled) bench(b *testing.B, name string) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		var next atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			var del ingest.Delivery
			for pb.Next() {
				l.take(&del, int(next.Add(1)))
			}
		})
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*linesAPost), "ns/line")
	})
}

// mixed makes a body of router, app and metrics lines of so many dynos.
func mixed(random *rand.Rand, dynos, n int) []byte {
	lines := make([]string, n)
	for i := range lines {
		dyno := fmt.Sprintf("web.%d", 1+random.IntN(dynos))
		switch n := random.IntN(100); {
		case n < 65:
			lines[i] = fmt.Sprintf(`heroku router at=info method=GET path="/submission/%d" host=enketo.example.org `+
				`request_id=%016x fwd="203.0.113.%d" dyno=%s connect=%dms service=%dms status=200 bytes=%d protocol=https`,
				random.Uint32(), random.Uint64(), random.IntN(256), dyno, random.IntN(3), random.IntN(900), random.IntN(90_000))
		case n < 95:
			lines[i] = fmt.Sprintf(`app %s worker took form %x of project %d from the queue in %d ms`,
				dyno, random.Uint64(), random.IntN(1000), random.IntN(5000))
		default:
			lines[i] = fmt.Sprintf(`heroku %s source=%s dyno=heroku.1.%x sample#load_avg_1m=0.%02d sample#memory_total=%d.00MB sample#memory_quota=512.00MB`,
				dyno, dyno, random.Uint64(), random.IntN(100), 100+random.IntN(300))
		}
	}
	return body(lines...)
}

func BenchmarkTakeApps(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		newSettled(b, benchConfig(b), n, 20).bench(b, fmt.Sprint(n))
	}
}

func BenchmarkTakeDynos(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		newSettled(b, benchConfig(b), 1, n).bench(b, fmt.Sprint(n))
	}
}

func BenchmarkTakeRules(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		c := &config.Config{}
		for i := range n {
			c.Rules = append(c.Rules, rules.Rule{
				Name: fmt.Sprintf("x-%d", i), Window: 5 * time.Minute,
				Match: &rules.Match{Contains: []string{fmt.Sprintf("error %d of the mailer", 7919*i)}},
			})
		}
		newSettled(b, c, 1, 20).bench(b, fmt.Sprint(n))
	}
}

func BenchmarkTakeAlerts(b *testing.B) {
	for _, n := range []int{0, 10_000} {
		l := newSettled(b, benchConfig(b), 1, 20)
		for i := range n {
			dyno := fmt.Sprintf("heroku worker.%d ", 1+i)
			body := body(dyno + "Error R14 (Memory quota exceeded)")
			l.d.Take(&ingest.Delivery{App: l.apps[0], Own: true, MsgCount: 1, Body: body, At: l.d.now()})
		}
		if firing := l.d.apps.get(l.apps[0]).firing["memory-quota-exceeded"]; firing != n {
			b.Fatalf("%d alerts are open, want %d", firing, n)
		}
		l.bench(b, fmt.Sprint(n))
	}
}
