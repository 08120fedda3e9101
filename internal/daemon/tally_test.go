package daemon

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestTally(t *testing.T) {
	start := time.Unix(1_800_000_000, 0) // a step begins
	used := time.Hour
	tl := &tally{since: start, cpu: func() time.Duration { return used }}
	f := func(after time.Duration, lines float64, delay time.Duration) {
		t.Helper()
		if v := tl.view(start.Add(after)); v.Lines != lines || v.Delay != delay {
			t.Errorf("after %s: %g, %s; want %g, %s", after, v.Lines, v.Delay, lines, delay)
		}
	}
	f(0, 0, 0)
	tl.add(start, 100, start.Add(-3*time.Second).UnixNano())
	tl.add(start.Add(time.Second), 100, 0)
	tl.add(start.Add(10*time.Second), 200, start.Add(time.Minute).UnixNano()) // a sender's clock is ahead
	f(10*time.Second, 40, 3*time.Second)
	f(55*time.Second, 400/55.0, 3*time.Second)
	f(60*time.Second, 200/55.0, 0) // the first step is over
	f(90*time.Second, 0, 0)
	tl.add(start.Add(time.Hour), 110, 0)
	f(time.Hour, 2, 0)
}

// What the process used since the first line of the last minute, by lines.
func TestCPUOfALine(t *testing.T) {
	start := time.Unix(1_800_000_000, 0) // a step begins
	used := time.Hour
	tl := &tally{since: start, cpu: func() time.Duration { return used }}
	f := func(after, want time.Duration) {
		t.Helper()
		if got := tl.view(start.Add(after)).CPU; got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
	f(0, 0) // no line, and nothing to divide by
	tl.add(start, 0, 0)
	f(0, 0)
	tl.add(start, 1000, 0)
	used += 2 * time.Millisecond
	f(time.Second, 2*time.Microsecond)
	tl.add(start.Add(30*time.Second), 3000, 0)
	used += 4 * time.Millisecond
	f(31*time.Second, 1500*time.Nanosecond)
	f(61*time.Second, 4*time.Millisecond/3000) // the first step is over
	tl.add(start.Add(65*time.Second), 1000, 0) // where the first was
	used += time.Millisecond
	f(66*time.Second, 5*time.Millisecond/4000)
	f(3*time.Minute, 0)
}

func TestCPUTimePasses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("not told there")
	}
	before := cpuTime()
	for began := time.Now(); cpuTime() == before; {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%s of CPU before and after ten busy seconds", before)
		}
	}
}

// What is refused belongs to no app, and is told where somebody looks whose app doesn't show up.
func TestRefusedIsOnThePage(t *testing.T) {
	r := startGuarded(t)
	r.post(t, "/logs/enketo", "wrong", "f1", "app web.1 x")
	r.post(t, "/log/enketo", "p", "f1", "app web.1 x")
	r.post(t, "/log/enketo", "p", "f1", "app web.1 x")
	for path, want := range map[string]string{
		"/":            `<dd class="warning">2 wrong path, 1 wrong password</dd>`,
		"/api/v1/apps": `"refused":{"password":1,"path":2}`,
	} {
		if _, text := r.get(t, path, ""); !strings.Contains(strings.Join(strings.Fields(text), ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("%s has no %s", path, want)
		}
	}
	if told := r.loud(); strings.Count(told, `"reason":"`) != 2 {
		t.Errorf("logged, want a line of the password and one of the path: %s", told)
	}
}

func TestSelfOnThePage(t *testing.T) {
	r := start(t, Options{})
	r.post(t, "/logs/enketo", "", "f1", "heroku logplex Error L10 (output buffer overflow): drain 'd.1' dropped 7 messages since 2026-11-22T00:00:00+00:00.", "app web.1 x")
	r.post(t, "/logs/enketo", "", "f1", "app web.1 x")
	v := r.viewPage(httptest.NewRequest(http.MethodGet, "/", nil)).Self
	if v.Lost != 7 || v.Duplicates != 1 || v.Lines <= 0 || v.CPU <= 0 {
		t.Errorf("%+v", v)
	}
}
