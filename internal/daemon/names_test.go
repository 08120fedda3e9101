package daemon

import (
	"fmt"
	"runtime"
	gauges "runtime/metrics"
	"strings"
	"testing"
)

// heapInUse is what is reachable, in bytes.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()                                           // what the first moved out of the pools
	live := []gauges.Sample{{Name: "/gc/heap/live:bytes"}} // not what others have made garbage since
	gauges.Read(live)
	return int64(live[0].Value.Uint64())
}

// Names come in headers and request lines of many KiB. What is kept of them is the names.
func TestANameKeepsNothingElse(t *testing.T) {
	r := startGuarded(t)
	r.ordinary(t, "p")
	const apps, tokens = 300, 300
	ballast := strings.Repeat("x", 6<<10)
	p := r.dial(t)
	before := heapInUse()
	for i := range apps {
		p.send(fmt.Sprintf("POST /logs/app-%d?%s HTTP/1.1\nHost: drain\n%s\nContent-Length: 0\n\n", i, ballast, auth), nil)
		p.want(204)
	}
	perApp := (heapInUse() - before) / apps
	before = heapInUse()
	for i := range tokens {
		p.send(fmt.Sprintf("POST /logs HTTP/1.1\nHost: drain\n%s\nLogplex-Drain-Token: d.%d%s\nContent-Length: 0\n\n", auth, i, ballast), nil)
		p.want(204)
	}
	perToken := (heapInUse() - before) / tokens
	t.Logf("%d bytes an app, %d a token", perApp, perToken)
	if perApp > 5<<10 {
		t.Errorf("an app takes %d bytes; the request line that named it had %d", perApp, len(ballast))
	}
	if perToken > 1<<10 {
		t.Errorf("a token takes %d bytes; the header that named it had %d", perToken, len(ballast))
	}
	r.ordinary(t, "p")
}

// Whatever a line names can be as long as a line.
func TestLongNamesInLinesAreNotKept(t *testing.T) {
	r := startGuarded(t)
	r.ordinary(t, "p")
	long := strings.Repeat("x", 15_000)
	kinds := map[string]func(n int) string{
		"dynos": func(n int) string { return fmt.Sprintf("heroku web%s.%d Error R14 (Memory quota exceeded)", long, n) },
		"digits": func(n int) string {
			return fmt.Sprintf("heroku web.%d%s State changed from up to down", n, strings.Repeat("1", 15_000))
		},
		"processes": func(n int) string { return fmt.Sprintf("app w%d%s.1 ERR max number of clients reached", n, long) },
		"sources": func(n int) string {
			return fmt.Sprintf("heroku web.1 source=web.%d%s dyno=heroku.1.x sample#load_avg_1m=0.5", n, long)
		},
		"add-ons": func(n int) string {
			return fmt.Sprintf("app heroku-redis source=R%d%s addon=redis-%d%s sample#active-connections=1 sample#max-connections=18", n, long, n, long)
		},
		"samples": func(n int) string { return fmt.Sprintf("app heroku-redis source=R addon=r sample#%s%d=1", long, n) },
		"codes": func(n int) string {
			return fmt.Sprintf("heroku router at=error code=H%d%s dyno=web.1 status=503", n, long)
		},
		"router": func(n int) string {
			return fmt.Sprintf("heroku router at=info method=M%d%s dyno=web%s.%d status=200 service=1ms", n, long, long, n)
		},
		"losses": func(n int) string {
			return fmt.Sprintf("heroku logplex Error L10 (output buffer overflow): 1 messages dropped since %d%s", n, long)
		},
		"scalings": func(n int) string { return fmt.Sprintf("app api Scaled to web%d%s@1:Basic by user x", n, long) },
		"releases": func(n int) string { return fmt.Sprintf("app api Release v%d%s created by user x", n, long) },
	}
	for name, line := range kinds {
		t.Run(name, func(t *testing.T) {
			before := heapInUse()
			const bodies, lines = 2, 60
			for i := range bodies {
				var all []string
				for n := range lines {
					all = append(all, line(i*lines+n))
				}
				if status := r.post(t, "/logs/enketo", "p", "", all...); status != 204 {
					t.Errorf("status %d, want 204", status)
				}
			}
			if kept := (heapInUse() - before) / (bodies * lines); kept > 3<<10 {
				t.Errorf("a line left %d bytes", kept)
			} else {
				t.Logf("a line left %d bytes", kept)
			}
		})
	}
	r.ordinary(t, "p")
}

// Each dyno over its memory is an incident, and anybody with the password can make them up by the
// thousand. All are counted; the log tells of some.
func TestAFloodOfIncidentsIsNoFloodOfTheLog(t *testing.T) {
	r := startGuarded(t)
	var lines []string
	const all = 3 * loggedEvents // of more, a busy machine can't save the state in the second that a stop has for it
	for n := range all {
		lines = append(lines, fmt.Sprintf("heroku web.%d Error R14 (Memory quota exceeded)", n))
	}
	if status := r.post(t, "/logs/enketo", "p", "", lines...); status != 204 {
		t.Errorf("status %d, want 204", status)
	}
	if told := strings.Count(r.loud(), `"rule":"memory-quota-exceeded"`); told < 1 || told > loggedEvents {
		t.Errorf("%d incidents are in the log, want 1 to %d", told, loggedEvents)
	}
	if got := r.metric(t, `heroku_errors_total{app="enketo",code="R14"}`); got != all {
		t.Errorf("counted %g, want %d", got, all)
	}
	r.ordinary(t, "p")
}
