package parser

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// read lists what a Reader makes of a text: "fault!kind app[proc] msg".
func read(t *testing.T, in io.Reader) (lines []string) {
	t.Helper()
	r := NewReader(in)
	for r.Next() {
		l := r.Line()
		s := l.Kind.String() + " " + string(l.App) + "[" + string(l.Proc) + "] " + string(l.Msg)
		if l.Fault != FaultNone {
			s = l.Fault.String() + "!" + string(l.Msg)
		}
		lines = append(lines, s)
	}
	if err := r.Err(); err != nil {
		t.Errorf("read: %v", err)
	}
	return lines
}

func TestReader(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, read(t, strings.NewReader(text))); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
		// However it comes in.
		if diff := cmp.Diff(want, read(t, iotest.OneByteReader(strings.NewReader(text)))); diff != "" {
			t.Errorf("%q byte by byte (-want +got)\n%s", text, diff)
		}
	}
	one, two := app("one"), app("two")
	const wantOne, wantTwo = "app app[web.1] one", "app app[web.1] two"
	f("")
	f("\n \n")

	// Drain bodies.
	f(frame(one), wantOne)
	f(frame(one)+frame(two), wantOne, wantTwo)
	f(frame(one+"\n")+frame(two+"\n"), wantOne, wantTwo)
	f("\n\n"+frame(one+"\n")+"\n\n"+frame(two)+"\n", wantOne, wantTwo)
	f(frame(app("a\n5 b"))+frame(two), "app app[web.1] a\n5 b", wantTwo)
	f(frame(one)+frame("bad")+frame(two), wantOne, "priority!bad", wantTwo)
	f(frame("bad")+frame(two), "priority!bad", wantTwo)
	f(frame(app("a\nb"))+"\n"+frame(two), "app app[web.1] a\nb", wantTwo)
	f(frame(app("a\nb"))+"\r\n"+frame(two), "app app[web.1] a\nb", wantTwo)
	f("5 apple", "format!5 apple")
	f("5 apple\n3 pie\n", "format!5 apple", "format!3 pie")
	f(frame(one)+frame("bad"), wantOne, "priority!bad")
	f(frame(one+"\n")+"xyz "+one, wantOne, "length!xyz "+one)
	f(frame(one)+"999 "+two, wantOne, "truncated!two")
	f(frame(one)+"99", wantOne, "truncated!99")
	f(frame(one)+frame(two + "\n")[:len(two)+3], wantOne, wantTwo) // lost its last newline
	f(frame(two + "\n")[:len(two)+3], wantTwo)

	// Syslog lines, with and without a length, which may be wrong.
	f(one+"\n"+two, wantOne, wantTwo)
	f(one+"\r\n\r\n"+two+"\r\n", wantOne, wantTwo)
	f("7 "+one+"\n999 "+two+"\n", wantOne, wantTwo)
	f(frame(one+"\n")+two+"\n", wantOne, wantTwo)
	f(frame(one)+"\n"+"7 "+two+"\n", wantOne, wantTwo)
	f("2026-11-22T20:00:00Z host app web.1 - one\n", wantOne)
	f("2026-11-22T20:00:00Z host heroku logplex - - Error L10 (x)\n", "logplex heroku[logplex] - Error L10 (x)")
	f("<190>1 2026-11-22 host app web.1 - x\n"+two, "timestamp!<190>1 2026-11-22 host app web.1 - x", wantTwo)

	// Frames that hang together on one line.
	f("7 "+one+"12"+frame(two)+"\n", "app app[web.1] one12", wantTwo)
	f("7 "+one+"100"+frame(two)+"7 "+one+"\n", "app app[web.1] one100", wantTwo, wantOne)
	f("7 "+one+" 5 < 6\n", "app app[web.1] one 5 < 6")
	f("999 "+one+" "+frame(two)+"\n", "app app[web.1] one "+frame(two))

	// heroku logs
	f("2026-11-22T20:00:00.5+00:00 app[web.1]: one\napp[web.1]: two\n", wantOne, wantTwo)
	f("2026-11-22T20:00:00Z heroku[router]: at=info\n", "router heroku[router] at=info")
	f("2026-11-22T20:00:00Z app[web.1]:   indented\n", "app app[web.1]   indented")
	f("2026-11-22T20:00:00Z app[-]: x\n", "other app[-] x")
	f("2026-11-22T20:00:00Z app[web.1]: \n", "app app[web.1] ")
	f("2026-11-22T20:00:00Z app[web.1]:\n", "app app[web.1] ")
	f("\x1b[33m2026-11-22T20:00:00Z app[web.1]:\x1b[39m one\n", wantOne)
	f("\x1b[36mheroku[router]:\x1b[0m at=\x1b[32minfo\x1b[0m\n", "router heroku[router] at=info")
	f("app[web.1]: \x1b[1mbold\x1b[0m\n", "app app[web.1] \x1b[1mbold\x1b[0m")

	// Papertrail
	f("Jul 24 05:12:38 my-app app/web.1 one\nJul  4 05:12:38 my-app app/web.1: two\n", wantOne, wantTwo)
	f("Jul 24 05:12:38 my-app heroku/worker.1 Error R12 (Exit timeout)\n", "dyno heroku[worker.1] Error R12 (Exit timeout)")

	// None of these.
	for _, text := range []string{
		"Error: Auth error: ERR max number of clients reached",
		"    at parseError (/app/node_modules/redis-parser/lib/parser.js:181:12)",
		"### SOURCE", "2026-11-22T20:00:00Z", "2026-11-22T20:00:00Z hello", "2026-11-22T20:00:00Z a b c d e",
		"2016-12-20 11:14:09 CST [25669-1] FATAL", "foo[web.1]: x", "app[]: x", "app[web.1] x", "app[web 1]: x", "app[web.1",
		"Jux 24 05:12:38 my-app app/web.1 x", "Jul 24 05:12:38 my-app cron/web.1 x", "Jul 24 05:12:38 my-app app/ x", "Jul 24 05:12:38 ",
		"Jul_24 05:12:38 my-app app/web.1 x", "Jul 24_05:12:38 my-app app/web.1 x", "Jul 24 05.12:38 my-app app/web.1 x",
		"Jul 24 05:12.38 my-app app/web.1 x", "Jul 24 05:12:38_my-app app/web.1 x", "ul  24 05:12:38 my-app app/web.1 x",
		"12 monkeys", "<html>", "<", "\x1b[", "\x1b[31",
	} {
		want := text
		if strings.HasPrefix(text, "\x1b") {
			want = ""
		}
		f("app[web.1]: one\n"+text+"\napp[web.1]: two\n", wantOne, "format!"+want, wantTwo)
	}
}

func TestReaderTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		r := NewReader(strings.NewReader(text))
		if !r.Next() {
			t.Fatalf("%s: no line", text)
		}
		if got := r.Line().Time(); got.IsZero() != (want == "") || want != "" && got.Format("2006-01-02T15:04:05.999Z07:00") != want {
			t.Errorf("%s: want %q, got %s", text, want, got)
		}
	}
	f("2010-10-29T14:01:08.5-07:00 heroku[router]: x", "2010-10-29T21:01:08.5Z")
	f(app("x"), "2026-11-22T20:00:00Z")
	f("2026-11-22T20:00:00Z neither this nor that", "2026-11-22T20:00:00Z")
	f("app[web.1]: x", "")
	f("Jul 24 05:12:38 my-app app/web.1 x", "")
}

func TestReaderLongLines(t *testing.T) {
	for _, extra := range []int{-1, 0, 1, 2, MaxFrame - 1, MaxFrame, MaxFrame + 1, 5 * MaxFrame} {
		long := "app[web.1]: " + strings.Repeat("x", MaxFrame-len("app[web.1]: ")+extra)
		want := []string{"oversize!" + long[:min(len(long), MaxFrame)], "app app[web.1] two"}
		if extra <= 0 {
			want[0] = "app app[web.1] " + long[len("app[web.1]: "):]
		}
		if diff := cmp.Diff(want, read(t, strings.NewReader(long+"\napp[web.1]: two\n"))); diff != "" {
			t.Errorf("a line %d too long", extra)
		}

		line := app(strings.Repeat("x", MaxFrame-len(app(""))+extra))
		got := read(t, strings.NewReader(frame(app("one"))+frame(line)+frame(app("two"))))
		if len(got) != 3 || strings.HasPrefix(got[1], "oversize!") != (extra > 0) || got[2] != "app app[web.1] two" {
			t.Errorf("a frame %d too long gives %d lines", extra, len(got))
		}
	}
}

func TestReaderError(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"app[web.1]: one\napp[web.1]: two", frame(app("one")) + frame(app("two"))} {
		r := NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
		lines := 0
		for r.Next() {
			lines++
		}
		if lines != 2 || !errors.Is(r.Err(), broken) {
			t.Errorf("%q: want 2 lines and the error, got %d and %v", text, lines, r.Err())
		}
	}
	if r := NewReader(iotest.ErrReader(os.ErrPermission)); r.Next() || !errors.Is(r.Err(), os.ErrPermission) {
		t.Errorf("want no line and the error, got %v", r.Err())
	}
}

// A live stream is read line by line: a line that is complete is not held back.
func TestReaderStreams(t *testing.T) {
	in, out := io.Pipe()
	defer in.Close()
	r := NewReader(in)
	for _, text := range []string{"2026-11-22T20:00:00Z app[web.1]: one", "app[web.1]: two"} {
		go io.WriteString(out, text+"\n")
		if !r.Next() || !strings.HasSuffix(text, string(r.Line().Msg)) {
			t.Fatalf("want %q, got %q", text, r.Line().Msg)
		}
	}
}
