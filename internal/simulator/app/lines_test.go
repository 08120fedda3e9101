package app

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}`

// TestForms holds every line against the forms Heroku's lines have.
func TestForms(t *testing.T) {
	request := `method=(GET|POST) path="/\S*" host=enketo-[0-9a-f]{12}\.herokuapp\.com request_id=` + uuid + ` fwd="203\.0\.113\.\d+"`
	tls := ` protocol=http1\.1 tls=true tls_version=tls1\.3\n`
	ratio, sized := `[01]\.\d{5}`, `\d+kB`
	forms := map[string]int{ // pattern over "PRI APPNAME PROCID text": how often at least
		`134 heroku router at=info ` + request + ` dyno=web\.\d connect=0ms service=\d+ms status=(200|500) bytes=\d+` + tls:                          100,
		`134 heroku router at=error code=H1[23] desc="[A-Z][a-z ]+" ` + request + ` dyno=web\.\d connect=0ms service=\d+ms status=503 bytes=0` + tls: 20,
		`134 heroku router at=error code=H14 desc="No web processes running" ` + request + ` dyno= connect= service= status=503 bytes=` + tls:        5,
		`134 heroku router at=info code=H80 desc="Maintenance mode" ` + request + ` dyno= connect= service= status=503 bytes=` + tls:                 5,
		`134 app heroku-redis source=ENKETO_REDIS_(MAIN|CACHE) addon=redis-[a-z]+-\d{5} sample#active-connections=\d+ sample#max-connections=38` +
			` sample#connection-percentage-used=` + ratio + `( sample#load-avg-(1|5|15)m=[\d.]+){3}` +
			` sample#read-iops=0 sample#write-iops=0 sample#max-iops=3000 sample#iops-percentage-used=` + ratio +
			` sample#memory-total=` + sized + ` sample#memory-free=` + sized + ` sample#memory-percentage-used=` + ratio +
			` sample#memory-cached=` + sized + ` sample#memory-redis=\d+bytes sample#hit-rate=` + ratio + ` sample#evicted-keys=0`: 6,
		`134 heroku web\.\d source=web\.\d dyno=heroku\.\d{9}\.` + uuid + ` sample#load_avg_1m=\d\.\d\d( sample#load_avg_5m=\d\.\d\d)?( sample#load_avg_15m=\d\.\d\d)?\n`: 20,
		`134 heroku web\.\d source=web\.\d dyno=heroku\.\d{9}\.` + uuid + ` sample#memory_total=\d+\.\d\dMB sample#memory_rss=\d+\.\d\dMB sample#memory_cache=\d\.\d\dMB` +
			` sample#memory_swap=0\.00MB sample#memory_pgpgin=\d+pages sample#memory_pgpgout=\d+pages sample#memory_quota=512\.00MB\n`: 20,
		`133 app api Scaled to web@\d:Standard-1X by user ada@example\.com\n`:  2,
		`134 heroku web\.\d State changed from (up to down|starting to up)\n`:  5,
		`134 heroku web\.\d Stopping all processes with SIGTERM\n`:             4,
		`134 heroku web\.\d Process exited with status 143\n`:                  4,
		"134 heroku web\\.\\d Starting process with command `node app\\.js`\n": 1,
		`190 app web\.\d [^\n]*\n`:                                             100,
	}
	live(t, Options{}, func(t *testing.T, l *life) {
		l.Rush()
		time.Sleep(5 * time.Minute)
		l.SetMaintenance(true)
		time.Sleep(time.Minute)
		l.SetMaintenance(false)
		l.Scale("ada@example.com", Update{"web", 0})
		time.Sleep(time.Minute)
		l.Scale("ada@example.com", Update{"web", 1})
		time.Sleep(time.Minute)
		synctest.Wait()

		seen := map[string]int{}
		patterns := map[string]*regexp.Regexp{}
		for form := range forms {
			patterns[form] = regexp.MustCompile(`^(?:` + form + `)$`)
		}
	lines:
		for _, m := range l.lines {
			line := fmt.Sprintf("%d %s %s %s", m.Pri, m.App, m.Proc, m.Text)
			for form, re := range patterns {
				if re.MatchString(line) {
					seen[form]++
					continue lines
				}
			}
			t.Errorf("a line of no known form: %q", line)
		}
		for form, least := range forms {
			if seen[form] < least {
				t.Errorf("%d lines, want at least %d, of the form\n%s", seen[form], least, form)
			}
		}
	})
}

func TestAddonLinesHaveWholeSeconds(t *testing.T) {
	live(t, Options{Speed: 7}, func(t *testing.T, l *life) {
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, m := range l.lines {
			if m.Proc == "heroku-redis" && m.Time.Nanosecond() != 0 {
				t.Errorf("sample at %v", m.Time)
			}
		}
	})
}

func TestStackIsALineAMessage(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		l.Rush()
		time.Sleep(5 * time.Minute)
		frames := l.said(`web\.1`, `TLSSocket\.onConnectEnd`)
		if len(frames) == 0 || frames[0] != "web.1     at TLSSocket.onConnectEnd (node:_tls_wrap:1752:19)" {
			t.Errorf("first stack frames %q", frames)
		}
		if n := l.count(".*", "\n."); n != 0 {
			t.Errorf("%d messages of more than one line", n)
		}
	})
}

func TestPrintSplitsLongLines(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		l.forget()
		l.Print("web.9", strings.Repeat("x", 2*maxLine+1)+"\n\n  y")
		var got []string
		for _, m := range l.lines {
			got = append(got, fmt.Sprintf("%s %d %q", m.Proc, len(m.Text), m.Text[max(0, len(m.Text)-3):]))
		}
		want := []string{`web.9 10000 "xxx"`, `web.9 10000 "xxx"`, `web.9 2 "x\n"`, `web.9 1 "\n"`, `web.9 4 " y\n"`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
	})
}

func TestRuntimeMetricsCanBeOff(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		l.SetRuntimeMetrics(false)
		time.Sleep(5 * time.Minute)
		if n := l.count("web.*", "sample#"); n != 0 {
			t.Errorf("%d runtime metrics, want none", n)
		}
		l.SetRuntimeMetrics(true)
		time.Sleep(time.Minute)
		if n := l.count("web.*", "sample#"); n != 2*4*3 {
			t.Errorf("%d lines in 1m, want 24: two for each of 4 dynos every 20s", n)
		}
	})
}
