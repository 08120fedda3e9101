package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"drain/parser"
)

// traffic makes what an app of twenty dynos logs: 60 % router, 30 % its own text, half of it JSON, 5 %
// dyno metrics, 3 % Redis metrics, 2 % errors. The same seed gives the same lines; no two are alike,
// since a line seen before is learnt by the branch predictor and flatters whatever reads it.
type traffic struct {
	*rand.Rand
	dynos int
}

func newTraffic(seed uint64) traffic { return traffic{rand.New(rand.NewPCG(seed, 1)), 20} }

var trafficWords = strings.Fields(`account billing cache customer deploy device event export failed feed garden
	health image invoice job ledger library login message module number order payment policy product profile
	query record refund report reset search session settings share signal state status stock store stream
	support table ticket timeout token transfer update upload user version visit wallet webhook worker`)

func (t traffic) word() string { return trafficWords[t.IntN(len(trafficWords))] }

func (t traffic) dyno() string { return fmt.Sprintf("web.%d", 1+t.IntN(t.dynos)) }

func (t traffic) uuid() string {
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", t.Uint32(), t.Uint32()>>16, t.Uint32()>>16, t.Uint32()>>16, t.Uint64()>>16)
}

func (t traffic) words(bytes int) string {
	var b strings.Builder
	for b.Len() < bytes {
		b.WriteString(t.word())
		b.WriteByte(' ')
	}
	return b.String()
}

// line is "APPNAME PROCID text", as frames takes it.
func (t traffic) line() string {
	switch x := t.IntN(100); {
	case x < 60:
		return "heroku router at=info " + t.request(200)
	case x < 76:
		return fmt.Sprintf("app %s I, [%s]  INFO -- : Completed 200 OK in %dms (Views: %d.3ms) %s",
			t.dyno(), t.uuid(), t.IntN(500), t.IntN(90), t.words(60+t.IntN(200)))
	case x < 90:
		return fmt.Sprintf(`app %s {"time":"2026-11-22T20:00:00.123Z","level":"info","request_id":"%s","route":"/%s/%d","msg":"%s"}`,
			t.dyno(), t.uuid(), t.word(), t.IntN(1e6), t.words(60+t.IntN(240)))
	case x < 95:
		dyno := t.dyno()
		return fmt.Sprintf("heroku %s source=%[1]s dyno=heroku.2808254.%s sample#memory_total=%d.20MB sample#memory_rss=%d.10MB sample#memory_cache=2.10MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB",
			dyno, t.uuid(), 200+t.IntN(400), 190+t.IntN(400))
	case x < 98:
		return fmt.Sprintf("app heroku-redis source=REDIS addon=redis-cylindrical-59589 sample#active-connections=%d sample#max-connections=40 sample#connection-percentage-used=0.%d sample#load-avg-1m=0.%d sample#read-iops=0 sample#write-iops=%d sample#memory-total=16070676kB sample#memory-redis=%dbytes sample#hit-rate=0.%d sample#evicted-keys=0",
			t.IntN(40), t.IntN(1e5), t.IntN(1000), t.IntN(30), t.IntN(1e8), t.IntN(1e5))
	case x < 99:
		return "heroku " + t.dyno() + " Error R14 (Memory quota exceeded)"
	case t.IntN(2) == 0:
		return `heroku router at=error code=H12 desc="Request timeout" ` + t.request(503)
	default:
		return fmt.Sprintf("app %s [%s] Redis::CommandError (ERR max number of clients reached): giving up after 3 attempts", t.dyno(), t.uuid())
	}
}

func (t traffic) request(status int) string {
	return fmt.Sprintf(`method=GET path="/%s/%d?%s=%d" host=www.example.com request_id=%s fwd="%d.%d.7.9" dyno=%s connect=%dms service=%dms status=%d bytes=%d protocol=https`,
		t.word(), t.IntN(1e6), t.word(), t.IntN(1e6), t.uuid(), t.IntN(256), t.IntN(256), t.dyno(), t.IntN(3), t.IntN(3000), status, t.IntN(1e5))
}

// lines returns about n parsed lines; of the given kind only, unless it is KindOther.
func (t traffic) lines(n int, kind parser.Kind) []parser.Line {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = t.line()
	}
	var out []parser.Line
	scan := parser.NewScanner(frames(texts...))
	for scan.Scan() {
		if line := *scan.Line(); kind == parser.KindOther || kind == line.Kind {
			line.Samples = slices.Clone(line.Samples)
			out = append(out, line)
		}
	}
	return out
}

// sampleRules are the built-in rules and so many more that n are in all: first twenty that owners
// write, four of them without regard to case, then made-up ones whose literals have much in common.
func sampleRules(n int) []Rule {
	out := Builtin()
	for i, s := range []string{
		"heap out of memory", "ECONNREFUSED", "deadlock detected", "sorry, too many clients already",
		"remaining connection slots are reserved", "sadly passed away", "command not allowed when used memory >",
		"READONLY You can't write against a read only replica", "LOADING Redis is loading the dataset in memory",
		"redis: connection pool timeout", "socket disconnected before secure TLS connection was established",
		"UNEXPECTED_EOF_WHILE_READING", "Traceback (most recent call last)", "No space left on device",
		"getaddrinfo ENOTFOUND", "panic: runtime error", "fatal error", "operation timed out", "permission denied",
		"certificate has expired",
	} {
		m := &Match{Contains: []string{s}, IgnoreCase: i >= 16}
		if i == 15 {
			m.ContainsNone = []string{"recovered"}
		}
		out = append(out, Rule{Name: fmt.Sprintf("x-%d", i), Match: m, Window: 5 * time.Minute})
	}
	for i := len(out); i < n; i++ {
		m := &Match{Contains: []string{fmt.Sprintf("%s provider %04d failed", trafficWords[i%20], i)}, IgnoreCase: i%5 == 0}
		if i%10 == 0 {
			m.Process = []string{fmt.Sprintf("worker%d*", i)}
		}
		out = append(out, Rule{Name: fmt.Sprintf("y-%d", i), Match: m, Window: 5 * time.Minute})
	}
	return out[:max(n, len(Builtin()))] // rules name each other: all of the built-in ones or none
}
