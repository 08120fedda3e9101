package rehearsal

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"drain/parser"
	"drain/rules"
)

// kind is what an app is like on a normal day.
type kind struct {
	name      string
	formation map[string]int
	runtime   bool                       // log-runtime-metrics are on
	redis     []redis                    // its Redis
	postgres  int                        // connections allowed; 0: it has none
	rate      func(hour float64) float64 // requests a second, by the hour of the day
	jobs      time.Duration              // the scheduler's rhythm; 0: it has none
	releases  []float64                  // hours of the day
	waves     int                        // a day, of several times the traffic
	hours     int                        // that its normal life is tested for
}

type redis struct {
	attachment, addon string
	limit             int
	perDyno           map[string]int
}

// app is one app of a kind under the built-in rules: it lives, its log is delivered and judged.
type app struct {
	clock
	kind
	dice   *rand.Rand
	tb     testing.TB
	set    *rules.Set
	engine *rules.Engine
	batch  *rules.Batch
	body   []byte
	posts  int
	lines  int
	events []rules.Event

	dynos   map[string]*dyno
	wave    float64 // what the traffic is multiplied by
	away    bool    // drain itself is not running
	version int

	// What is wrong, and since when it can be told from the log.
	evidence time.Time
	cut      bool           // nothing is delivered any more
	stuck    float64        // share of requests that time out
	failing  float64        // share of requests that fail
	leaking  string         // a dyno, …
	leaked   time.Time      // … since then, …
	exceeded time.Time      // … and over its quota since then
	held     map[string]int // connections that others hold, by add-on
}

// dyno is one that was started; another of its name is another.
type dyno struct {
	name, process string
	born          time.Time
	up, gone      bool
	period, peak  float64 // of its memory: minutes, MB
}

var begin = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // a Monday

func newApp(tb testing.TB, k kind, seed uint64) *app {
	set, err := rules.NewSet(rules.Builtin())
	if err != nil {
		tb.Fatal(err)
	}
	a := &app{
		clock: clock{now: begin}, kind: k, dice: rand.New(rand.NewPCG(seed, uint64(len(k.name)))), tb: tb,
		set: set, batch: set.NewBatch(), dynos: map[string]*dyno{}, wave: 1, version: 10, held: map[string]int{},
	}
	a.engine = rules.NewEngine(k.name, set, rules.Options{})
	for _, process := range slices.Sorted(maps.Keys(k.formation)) { // each run is to roll the same dice
		for i := range k.formation[process] {
			a.start(fmt.Sprintf("%s.%d", process, i+1), process)
		}
	}
	a.live()
	return a
}

// between is a duration of at least from and less than to seconds.
func (a *app) between(from, to float64) time.Duration {
	return time.Duration((from + (to-from)*a.dice.Float64()) * float64(time.Second))
}

// every does something in a rhythm, give or take a twentieth of it.
func (a *app) every(rhythm time.Duration, do func()) {
	s := rhythm.Seconds()
	a.after(a.between(0.95*s, 1.05*s), func() { do(); a.every(rhythm, do) })
}

func (a *app) hour() float64 {
	return float64(a.now.Hour()) + float64(a.now.Minute())/60
}

// live puts off what happens by itself.
func (a *app) live() {
	a.deliver()
	a.request()
	for _, r := range a.redis {
		a.every(61*time.Second, func() { a.tellRedis(r) })
	}
	if a.postgres > 0 {
		a.every(60*time.Second, a.tellPostgres)
	}
	if a.jobs > 0 {
		a.every(a.jobs, a.job)
	}
	for _, hour := range a.releases {
		day := begin.Truncate(24 * time.Hour)
		for at := day.Add(time.Duration(hour * float64(time.Hour))); at.Before(day.Add(80 * time.Hour)); at = at.Add(24 * time.Hour) {
			if at.After(begin) {
				a.after(at.Sub(begin), a.release)
			}
		}
	}
	if a.waves > 0 {
		a.every(24*time.Hour/time.Duration(a.waves), func() {
			a.wave = 2 + 4*a.dice.Float64()
			a.after(a.between(180, 900), func() { a.wave = 1 })
		})
		a.every(2*time.Hour, a.mishap)
		a.every(8*time.Hour, a.console)
	}
}

// deliver posts what was logged, in batches as they come, and again.
func (a *app) deliver() {
	a.after(a.between(0.1, 4), a.deliver)
	if len(a.body) > 0 && !a.cut && !a.away {
		a.posts++
		a.batch.Begin(a.name, fmt.Sprint(a.posts), a.now, true)
		scan := parser.NewScanner(a.body)
		for scan.Scan() {
			a.lines++
			if scan.Line().Fault != parser.FaultNone {
				a.tb.Fatalf("a line has a fault: %s", scan.Line().Msg)
			}
			a.batch.Add(scan.Line())
		}
		if o := a.batch.Observation(); o != nil {
			a.events = a.engine.Observe(a.events, o)
		}
	}
	a.body = a.body[:0]
	if !a.away {
		a.events = a.engine.Tick(a.events, a.now)
	}
}

// leave stops drain, and starts it again after up to two hours. What is logged meanwhile is lost.
func (a *app) leave() {
	saved, err := a.engine.Snapshot()
	if err != nil {
		a.tb.Fatal(err)
	}
	a.away = true
	a.after(a.between(10, 7200), func() {
		a.away = false
		a.engine = rules.NewEngine(a.name, a.set, rules.Options{})
		if a.events, err = a.engine.Restore(a.events, saved, a.now); err != nil {
			a.tb.Fatal(err)
		}
	})
}

// start boots a dyno, and has it restarted once a day.
func (a *app) start(name, process string) {
	d := &dyno{name: name, process: process, born: a.now, period: 2 + 34*a.dice.Float64(), peak: 330 + 110*a.dice.Float64()}
	a.dynos[name] = d
	a.log("heroku", name, "Starting process with command `npm run %s`", process)
	a.after(a.between(4, 25), func() {
		if d.gone {
			return
		}
		d.up = true
		a.log("heroku", name, "State changed from starting to up")
		a.log("app", name, "Worker 1 ready for duty at port 5000! (environment: production)")
	})
	if a.runtime {
		a.after(a.between(1, 21), func() { a.measure(d) })
	}
	a.after(24*time.Hour+a.between(0, 216*60), func() {
		if !d.gone {
			a.log("heroku", name, "Cycling")
			a.restart(d)
		}
	})
}

// restart ends a dyno and starts another in its place.
func (a *app) restart(d *dyno) {
	a.log("heroku", d.name, "State changed from up to starting")
	a.end(d, 143)
	a.after(a.between(1, 6), func() { a.start(d.name, d.process) })
}

func (a *app) end(d *dyno, status int) {
	d.up, d.gone = false, true
	a.log("heroku", d.name, "Stopping all processes with SIGTERM")
	a.log("app", d.name, "- Gracefully stopping, waiting for requests to finish")
	a.after(a.between(0.1, 5), func() { a.log("heroku", d.name, "Process exited with status %d", status) })
}

// names are those of a process type's dynos that run.
func (a *app) names(process string) (out []string) {
	for name, d := range a.dynos {
		if d.up && d.process == process {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// release deploys: a build, a release dyno, and all dynos anew within a minute.
func (a *app) release() {
	a.version++
	a.log("app", "api", "Build started by user dev@example.com")
	a.after(a.between(40, 120), func() {
		a.log("app", "api", "Deploy 193d1419 by user dev@example.com")
		a.log("app", "api", "Running release v%d commands by user dev@example.com", a.version)
		a.oneOff("release", "node migrate.js", 20)
		a.log("app", "api", "Release v%d created by user dev@example.com", a.version)
		a.log("app", "api", "Build succeeded")
		for _, process := range slices.Sorted(maps.Keys(a.formation)) {
			for _, name := range a.names(process) {
				d := a.dynos[name]
				a.after(a.between(20, 40), func() {
					if !d.gone {
						a.log("heroku", name, "Restarting")
						a.restart(d)
					}
				})
			}
		}
	})
}

func (a *app) job()     { a.oneOff("scheduler", "node jobs/nightly.js", 60+540*a.dice.Float64()) }
func (a *app) console() { a.oneOff("run", "bash", 1200) }

// oneOff runs a dyno for so many seconds. It takes ever more memory, as a job does.
func (a *app) oneOff(process, command string, seconds float64) {
	name := fmt.Sprintf("%s.%d", process, 1000+a.dice.IntN(9000))
	d := &dyno{name: name, process: process, born: a.now, up: true, period: 45, peak: 300}
	a.log("app", "api", "Starting process with command `%s` by user scheduler@addons.heroku.com", command)
	a.log("heroku", name, "State changed from starting to up")
	if a.runtime {
		a.after(a.between(1, 21), func() { a.measure(d) })
	}
	a.after(a.between(0.8*seconds, seconds), func() {
		d.gone = true
		a.log("app", name, "done")
		a.log("heroku", name, "Process exited with status 0")
		a.log("heroku", name, "State changed from up to complete")
	})
}

// sawtooth is the memory of a process with a garbage collector: it warms up, rises and falls.
func sawtooth(d *dyno, age float64) float64 {
	_, part := math.Modf(age / d.period)
	return floor(age) + (d.peak-floor(age))*part*(1-math.Exp(-age/6))
}

// floor is what it takes at least, in MB, at an age in minutes.
func floor(age float64) float64 { return 150 + 80*(1-math.Exp(-age/6)) }
