package app

import (
	"fmt"
	"strings"
	"time"

	"drain/internal/simulator/logplex"
)

const (
	metricsEvery = 20 * time.Second // per dyno
	maxLine      = 10_000           // bytes of a dyno's line; a longer one goes in pieces
)

// handshakeDropped is what Node 20 with redis 3.1.2 prints when Redis is full and speaks TLS, before
// the process ends. Its arguments are Redis's host and port.
const handshakeDropped = `node:events:496
      throw er; // Unhandled 'error' event
      ^

Error: Client network socket disconnected before secure TLS connection was established
    at TLSSocket.onConnectEnd (node:_tls_wrap:1752:19)
    at TLSSocket.emit (node:events:536:35)
    at endReadableNT (node:internal/streams/readable:1698:12)
    at process.processTicksAndRejections (node:internal/process/task_queues:82:21)
Emitted 'error' event on RedisClient instance at:
    at RedisClient.on_error (/app/node_modules/redis/index.js:346:10)
    at TLSSocket.<anonymous> (/app/node_modules/redis/index.js:223:14) {
  code: 'ECONNRESET',
  path: undefined,
  host: '%s',
  port: %d,
  localAddress: undefined
}`

func (a *App) tell(format string, args ...any) {
	a.told = append(a.told, fmt.Sprintf(format, args...))
}

func (a *App) write(pri int, at time.Time, app, proc, text string) {
	a.opt.Write(logplex.Message{Pri: pri, Time: at, App: app, Proc: proc, Text: text})
}

// api is a line of the Platform API.
func (a *App) api(format string, args ...any) {
	a.write(133, time.Now(), "app", "api", fmt.Sprintf(format, args...)+"\n")
}

// lifecycle is a line of the dyno manager.
func (a *App) lifecycle(d *dyno, format string, args ...any) {
	a.write(134, time.Now(), "heroku", d.name(), fmt.Sprintf(format, args...)+"\n")
}

// print is output of the dyno's processes.
func (a *App) print(d *dyno, format string, args ...any) {
	a.output(d.name(), fmt.Sprintf(format, args...))
}

// Print writes text as output of the named dyno, whether or not it exists.
func (a *App) Print(dyno, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.output(dyno, text)
}

// output makes a message of each line and of each 10,000 bytes of it. The pieces of a line have one
// timestamp, and only the last has the newline.
func (a *App) output(dyno, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		now := time.Now()
		for ; len(line) > maxLine; line = line[maxLine:] {
			a.write(190, now, "app", dyno, line[:maxLine])
		}
		a.write(190, now, "app", dyno, line+"\n")
	}
}

// answered is a request the app answered itself.
func (a *App) answered(q *request, d *dyno, took time.Duration, status int) {
	size := 500 + a.opt.Dice.IntN(20_000)
	if q.form {
		a.print(d, "%s %s %d %.3f ms - %d", q.method, q.path, status, took.Seconds()*1000, size)
	}
	a.router(fmt.Sprintf("at=info %s dyno=%s connect=0ms service=%dms status=%d bytes=%d",
		a.asked(q), d.name(), took.Milliseconds(), status, size))
}

// failed is a request the router answered with 503. Without a dyno it reached none.
func (a *App) failed(q *request, d *dyno, at, code, desc string, took time.Duration) {
	reached := "dyno= connect= service= status=503 bytes="
	if d != nil {
		reached = fmt.Sprintf("dyno=%s connect=0ms service=%dms status=503 bytes=0", d.name(), took.Milliseconds())
	}
	a.router(fmt.Sprintf("at=%s code=%s desc=%q %s %s", at, code, desc, a.asked(q), reached))
}

func (a *App) asked(q *request) string {
	return fmt.Sprintf("method=%s path=%q host=%s request_id=%s fwd=%q", q.method, q.path, a.Host, q.id, q.fwd)
}

// router is a line in the form of router 2.0.
func (a *App) router(text string) {
	a.write(134, time.Now(), "heroku", "router", text+" protocol=http1.1 tls=true tls_version=tls1.3\n")
}

// measure logs a dyno's runtime metrics and comes again while it is there. The longer load averages
// are missing while a dyno is young.
func (a *App) measure(d *dyno) {
	if a.gone(d) {
		return
	}
	a.after(metricsEvery, func() { a.measure(d) })
	if !a.metrics {
		return
	}
	roll := a.opt.Dice
	source := fmt.Sprintf("source=%s dyno=heroku.%d.%s", d.name(), a.number, d.id)
	load := func() float64 { return float64(roll.IntN(40)) / 100 }
	text := source + fmt.Sprintf(" sample#load_avg_1m=%.2f", load())
	age := a.since(d.created)
	if age >= 5*time.Minute {
		text += fmt.Sprintf(" sample#load_avg_5m=%.2f", load())
	}
	if age >= 15*time.Minute {
		text += fmt.Sprintf(" sample#load_avg_15m=%.2f", load())
	}
	a.write(134, time.Now(), "heroku", d.name(), text+"\n")

	rss, cache := 280+float64(roll.IntN(2000))/100, 4+float64(roll.IntN(300))/100
	a.write(134, time.Now(), "heroku", d.name(), source+fmt.Sprintf(
		" sample#memory_total=%.2fMB sample#memory_rss=%.2fMB sample#memory_cache=%.2fMB sample#memory_swap=0.00MB"+
			" sample#memory_pgpgin=%dpages sample#memory_pgpgout=%dpages sample#memory_quota=512.00MB\n",
		rss+cache, rss, cache, 140_000+roll.IntN(9000), 60_000+roll.IntN(9000)))
}
