package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const parseInput = `2025-08-08T06:59:08.589963+00:00 heroku[web.1]: Process running mem=870M(170.1%)
2025-08-08T06:59:08+00:00 heroku[web.1]: Error R14 (Memory quota exceeded)
<158>1 2026-11-22T20:00:02.5-01:00 host heroku router - at=error code=H12 desc="Request <timeout>" path="/a b" dyno= status=503
<134>1 2026-11-22T20:00:08Z host app heroku-redis - source=REDIS addon=redis-a-1 sample#memory-total=2kB sample#hit-rate=0.5 sample#x=
app[web.1]: ` + "\x1b[31mred\t\xff\x1b[0m \"µ\"" + `
<158>1 2026-11-22 host heroku router - x
Segmentation fault
app[slug-compiler]: done
app[web.2]:
`

// parse runs the verb.
func parse(t *testing.T, in io.Reader, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	exit = runParse(args, in, &out, &errs)
	return exit, out.String(), errs.String()
}

func TestParseText(t *testing.T) {
	exit, stdout, stderr := parse(t, strings.NewReader(parseInput))
	want := `
2025-08-08T06:59:08.589963Z dyno       heroku[web.1]                 Process running mem=870M(170.1%)
2025-08-08T06:59:08.000000Z dyno       heroku[web.1]            R14  Error R14 (Memory quota exceeded)
2026-11-22T21:00:02.500000Z router     heroku[router]           H12  at=error code=H12 desc="Request <timeout>" path="/a b" dyno= status=503
2026-11-22T20:00:08.000000Z redis      app[heroku-redis]             source=REDIS addon=redis-a-1 sample#memory-total=2kB sample#hit-rate=0.5 sample#x=
                            app        app[web.1]                    \x1b[31mred\t\xff\x1b[0m "µ"
                            !timestamp                               <158>1 2026-11-22 host heroku router - x
                            !format                                  Segmentation fault
                            other      app[slug-compiler]            done
                            app        app[web.2]
`
	if diff := cmp.Diff(want[1:], stdout); diff != "" {
		t.Errorf("stdout (-want +got)\n%s", diff)
	}
	const sum = "drain parse: 9 lines: other 1, app 2, router 1, dyno 2, redis 1; 2 with faults: timestamp 1, format 1\n"
	if exit != 0 || stderr != sum {
		t.Errorf("exit %d, stderr %q", exit, stderr)
	}
}

func TestParseJSON(t *testing.T) {
	exit, stdout, stderr := parse(t, strings.NewReader(parseInput), "-json", "-")
	want := `
{"time":"2025-08-08T06:59:08.589963Z","app":"heroku","proc":"web.1","kind":"dyno","message":"Process running mem=870M(170.1%)","samples":{"dyno_memory_bytes":912261120,"dyno_memory_ratio":1.701}}
{"time":"2025-08-08T06:59:08Z","app":"heroku","proc":"web.1","kind":"dyno","code":"R14","message":"Error R14 (Memory quota exceeded)"}
{"time":"2026-11-22T21:00:02.5Z","host":"host","app":"heroku","proc":"router","kind":"router","code":"H12","message":"at=error code=H12 desc=\"Request <timeout>\" path=\"/a b\" dyno= status=503","fields":{"at":"error","code":"H12","desc":"Request <timeout>","path":"/a b","status":"503"}}
{"time":"2026-11-22T20:00:08Z","host":"host","app":"app","proc":"heroku-redis","kind":"redis","message":"source=REDIS addon=redis-a-1 sample#memory-total=2kB sample#hit-rate=0.5 sample#x=","fields":{"addon":"redis-a-1","source":"REDIS"},"samples":{"hit-rate":0.5,"memory-total":2048}}
{"app":"app","proc":"web.1","kind":"app","message":"\u001b[31mred\t\ufffd\u001b[0m \"µ\""}
{"message":"<158>1 2026-11-22 host heroku router - x","fault":"timestamp"}
{"message":"Segmentation fault","fault":"format"}
{"app":"app","proc":"slug-compiler","kind":"other","message":"done"}
{"app":"app","proc":"web.2","kind":"app"}
`
	if diff := cmp.Diff(want[1:], stdout); diff != "" {
		t.Errorf("stdout (-want +got)\n%s", diff)
	}
	if exit != 0 || stderr != "" {
		t.Errorf("exit %d, stderr %q", exit, stderr)
	}
	for line := range strings.Lines(stdout) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestParseFirstOfTwoCounts(t *testing.T) {
	const in = "heroku[router]: at=info at=error status=200\n" +
		"app[heroku-redis]: source=A source=B sample#x=1 sample#x=2\n"
	_, stdout, _ := parse(t, strings.NewReader(in), "-json")
	for _, want := range []string{`"fields":{"at":"info","status":"200"}`, `"fields":{"source":"A"},"samples":{"x":1}`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("want %s in\n%s", want, stdout)
		}
	}
}

func TestParseFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	lines := file("lines", "app[web.1]: one\n")
	body := file("body", "48 <190>1 2026-11-22T20:00:00Z host app web.1 - two48 <190>1 2026-11-22T20:00:00Z host app web.1 - abc99 <190>1 x")
	missing := filepath.Join(dir, "missing")

	exit, stdout, stderr := parse(t, strings.NewReader("app[web.1]: three\n"), lines, body, "-")
	if n := strings.Count(stdout, "\n"); exit != 0 || n != 5 ||
		!strings.HasSuffix(stderr, "5 lines: app 4; 1 with faults: truncated 1\n") {
		t.Errorf("exit %d, %d lines, stderr %q", exit, n, stderr)
	}

	// What can't be read is named, and doesn't keep the others from being read.
	for _, bad := range []string{missing, dir} {
		exit, stdout, stderr = parse(t, strings.NewReader(""), "-json", bad, lines)
		if exit != 1 || strings.Count(stderr, bad) != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stdout, `"one"`) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", bad, exit, stdout, stderr)
		}
	}
	exit, _, stderr = parse(t, iotest.ErrReader(errors.New("broken")))
	if exit != 1 || !strings.Contains(stderr, "drain parse: standard input: broken\n") {
		t.Errorf("exit %d, stderr %q", exit, stderr)
	}
}

func TestParseUsage(t *testing.T) {
	exit, stdout, stderr := parse(t, strings.NewReader(""), "-nonsense")
	if exit != 2 || stdout != "" || !strings.Contains(stderr, "-nonsense") || !strings.Contains(stderr, "usage: drain parse [-json] [FILE|-]...") {
		t.Errorf("exit %d, stdout %q, stderr %q", exit, stdout, stderr)
	}
	exit, _, stderr = parse(t, strings.NewReader(""), "-h")
	if exit != 0 || !strings.Contains(stderr, "usage: drain parse") {
		t.Errorf("-h: exit %d, stderr %q", exit, stderr)
	}
	exit, _, stderr = parse(t, strings.NewReader(""), "-config", "drain.yaml")
	if exit != 0 || stderr != "drain parse: 0 lines\n" {
		t.Errorf("-config: exit %d, stderr %q", exit, stderr)
	}
}

// A line of a live stream shows before the next one has come.
func TestParseStreams(t *testing.T) {
	in, feed := io.Pipe()
	shown, out := io.Pipe()
	done := make(chan int)
	go func() {
		exit := runParse(nil, in, out, io.Discard)
		out.Close()
		done <- exit
	}()
	for _, text := range []string{"app[web.1]: one, and enough to look at\n", "app[web.1]: two\n"} {
		if _, err := io.WriteString(feed, text); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, err := shown.Read(buf)
		if err != nil || !strings.HasSuffix(string(buf[:n]), text[len("app[web.1]: "):]) {
			t.Fatalf("want %q shown, got %q, %v", text, buf[:n], err)
		}
	}
	feed.Close()
	if exit := <-done; exit != 0 {
		t.Errorf("exit %d", exit)
	}
}

func TestParseBrokenOutput(t *testing.T) {
	shown, out := io.Pipe()
	shown.CloseWithError(errors.New("nobody reads"))
	var errs strings.Builder
	exit := runParse(nil, strings.NewReader(strings.Repeat("app[web.1]: one\n", 10_000)), out, &errs)
	if exit != 1 || !strings.Contains(errs.String(), "nobody reads") {
		t.Errorf("exit %d, stderr %q", exit, errs.String())
	}
}
