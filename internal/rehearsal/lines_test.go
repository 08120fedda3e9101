package rehearsal

import (
	"fmt"
	"strconv"
	"time"
)

// log writes a line as Logplex frames it.
func (a *app) log(name, proc, format string, args ...any) {
	a.logAt(a.now, name, proc, format, args...)
}

func (a *app) logAt(at time.Time, name, proc, format string, args ...any) {
	line := "<134>1 " + at.Format("2006-01-02T15:04:05.999999-07:00") + " host " + name + " " + proc + " - " + fmt.Sprintf(format, args...) + "\n"
	a.body = strconv.AppendInt(a.body, int64(len(line)), 10)
	a.body = append(append(a.body, ' '), line...)
}

// request has one answered and puts the next off.
func (a *app) request() {
	rate := a.rate(a.hour()) * a.wave
	gap := 60.0
	if rate > 0 {
		gap = min(600, a.dice.ExpFloat64()/rate)
		if web := a.names("web"); len(web) > 0 {
			a.answer(web[a.dice.IntN(len(web))])
		}
	}
	a.after(a.between(0.999*gap, gap+0.001), a.request)
}

func (a *app) answer(dyno string) {
	ask := fmt.Sprintf(`method=GET path="/x/%d?too many connections=1" host=%s.example request_id=8b4fa2e5-1f6c-4a3c-9a77-%012d fwd="203.0.113.7"`,
		a.dice.IntN(1000), a.name, a.dice.IntN(1e9))
	took := time.Duration(8e6 * (1 + 40*a.dice.ExpFloat64()*a.dice.Float64()))
	router := func(head, tail string) {
		a.log("heroku", "router", "%s%s %s", head, ask, tail+" protocol=http1.1 tls=true tls_version=tls1.3")
	}
	end := func(took time.Duration, status, bytes int) string {
		return fmt.Sprintf("dyno=%s connect=1ms service=%dms status=%d bytes=%d", dyno, took.Milliseconds(), status, bytes)
	}
	timeout := func() { router(`at=error code=H12 desc="Request timeout" `, end(30*time.Second+took, 503, 0)) }
	switch p := a.dice.Float64(); {
	case a.dice.Float64() < a.stuck:
		timeout()
		a.told()
	case a.dice.Float64() < a.failing:
		router("at=info ", end(took, 500, 120))
	case p < 1.0/3000:
		timeout()
	case p < 3.0/3000:
		router(`sock=client at=warning code=H27 desc="Client Request Interrupted" `, end(took, 499, 0))
	case p < 4.0/3000:
		router(`sock=backend at=error code=H18 desc="Server Request Interrupted" `, end(took, 503, 0))
	case p < 0.005:
		router("at=info ", end(took, 500, 120))
		a.log("app", dyno, "Error: read ECONNRESET at TLSWrap.onStreamRead (node:internal/stream_base_commons:217:20) api.example.com")
	case p < 0.03:
		router("at=info ", end(took, 404, 90))
	default:
		router("at=info ", end(took, 200, 4000))
		if p < 0.3 {
			a.log("app", dyno, `{"level":"info","msg":"GET /x","ms":%d,"note":"no error"}`, took.Milliseconds())
		}
	}
}

// told notes that what is wrong can be told from the log now.
func (a *app) told() {
	if a.evidence.IsZero() {
		a.evidence = a.now
	}
}

// measure logs a dyno's runtime metrics, every 20 s while it is there.
func (a *app) measure(d *dyno) {
	if d.gone {
		return
	}
	a.after(a.between(20, 20.6), func() { a.measure(d) })
	source := fmt.Sprintf("source=%s dyno=heroku.2808254.d97d0ea7-cf3d-411b-b453-d2943a50b456", d.name)
	a.log("heroku", d.name, "%s sample#load_avg_1m=%.2f", source, a.dice.Float64())
	age := a.now.Sub(d.born).Minutes()
	used := sawtooth(d, age)
	if d.name == a.leaking {
		used = floor(age) + a.now.Sub(a.leaked).Minutes()*3
		a.told()
	}
	used += 6 * (a.dice.Float64() - 0.5)
	a.log("heroku", d.name, "%s sample#memory_total=%.2fMB sample#memory_rss=%.2fMB sample#memory_cache=4.00MB sample#memory_swap=0.00MB sample#memory_pgpgin=145418pages sample#memory_pgpgout=62370pages sample#memory_quota=512.00MB",
		source, used+4, used)
	if used > 512 {
		if a.exceeded.IsZero() {
			a.exceeded = a.now
		}
		a.log("heroku", d.name, "Process running mem=%.0fM(%.1f%%)", used, used/5.12)
		a.log("heroku", d.name, "Error R14 (Memory quota exceeded)")
	}
}

// used are an add-on's connections: the dynos', 2 or 3 of Heroku's own, and those that others hold.
func (a *app) used(perDyno map[string]int, addon string) int {
	n := 2 + a.dice.IntN(2) + a.held[addon]
	for _, d := range a.dynos {
		if d.up {
			n += perDyno[d.process]
		}
	}
	return n
}

func (a *app) tellRedis(r redis) {
	used := min(r.limit, a.used(r.perDyno, r.addon)-2)
	if used*100 >= r.limit*97 {
		a.told()
	}
	a.logAt(a.now.Truncate(time.Second), "app", "heroku-redis", "source=%s addon=%s sample#active-connections=%d sample#max-connections=%d"+
		" sample#connection-percentage-used=%.5f sample#load-avg-1m=1.51 sample#memory-total=16167800kB sample#memory-free=1069334kB"+
		" sample#memory-percentage-used=0.93386 sample#memory-redis=%dbytes sample#hit-rate=0.9013 sample#evicted-keys=0",
		r.attachment, r.addon, used, r.limit, float64(used)/float64(r.limit), 20<<20+a.dice.IntN(1<<20))
}

func (a *app) tellPostgres() {
	used := min(a.postgres, a.used(map[string]int{"web": 5, "worker": 10}, "postgresql-a"))
	if used*100 >= a.postgres*97 {
		a.told()
	}
	a.logAt(a.now.Truncate(time.Second), "app", "heroku-postgres", "source=DATABASE addon=postgresql-a sample#current_transaction=1234 sample#db_size=820000000bytes sample#tables=40"+
		" sample#active-connections=%d sample#waiting-connections=0 sample#max-connections=%d sample#connections-percentage-used=%.5f sample#load-avg-1m=0.4 sample#memory-postgres=50000kB",
		used, a.postgres, float64(used)/float64(a.postgres))
}

// mishap is what looks like trouble and is none.
func (a *app) mishap() {
	web := a.names("web")
	if len(web) == 0 {
		return
	}
	dyno := web[a.dice.IntN(len(web))]
	switch a.dice.IntN(6) {
	case 0: // somebody else's API drops connections
		for range 4 {
			a.log("app", dyno, "Error: read ECONNRESET")
			a.log("app", dyno, "    at TLSWrap.onStreamRead (node:internal/stream_base_commons:217:20)")
		}
	case 1: // one connection to Redis, once
		a.log("app", dyno, "Error: write EPIPE")
		a.log("app", dyno, "    at RedisClient.on_error (/app/node_modules/redis/index.js:342:14)")
	case 2: // a worker that ended, once
		a.log("app", dyno, "Worker 4 sadly passed away. It will be reincarnated.")
	case 3: // MySQL's words, and HTTP's
		a.log("app", dyno, "SQLSTATE[HY000] [1040] Too many connections")
		a.log("app", dyno, "429 Too Many Requests")
	case 4:
		a.log("heroku", dyno, "Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM")
	case 5: // it prints what it read
		a.log("app", dyno, "Error R14 (Memory quota exceeded)")
	}
}
