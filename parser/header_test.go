package parser

import (
	"strings"
	"testing"
	"time"
)

// parsed returns the Line of one frame.
func parsed(frame string) *Line {
	l := new(Line)
	l.parse([]byte(frame))
	return l
}

func TestHeader(t *testing.T) {
	const stamp = "2022-12-05T20:26:20.860136+00:00"
	f := func(line string, pri int, host, app, proc, msg string) {
		t.Helper()
		l := parsed(line)
		if l.Fault != FaultNone || l.Pri != pri || l.Time().Format(time.RFC3339Nano) != "2022-12-05T20:26:20.860136Z" ||
			string(l.Host) != host || string(l.App) != app || string(l.Proc) != proc || string(l.Msg) != msg {
			t.Errorf("%s\ngot fault %q pri %d time %s host %q app %q proc %q msg %q",
				line, l.Fault, l.Pri, l.Time(), l.Host, l.App, l.Proc, l.Msg)
		}
	}
	f("<190>1 "+stamp+" host app web.1 - hello", 190, "host", "app", "web.1", "hello")
	f("<0>1 "+stamp+" host app web.1 - hello\n", 0, "host", "app", "web.1", "hello")
	f("<999>1 "+stamp+" host app web.1 - hello", 999, "host", "app", "web.1", "hello")
	f("<13>1 "+stamp+" d.73ea7440-270a heroku router - at=info", 13, "d.73ea7440-270a", "heroku", "router", "at=info")
	f("<13>1 "+stamp+" host app - - x", 13, "host", "app", "-", "x")

	// The text is kept as it is.
	f("<190>1 "+stamp+" host app web.1 -   indented ", 190, "host", "app", "web.1", "  indented ")
	f("<190>1 "+stamp+" host app web.1 - - Gracefully stopping", 190, "host", "app", "web.1", "- Gracefully stopping")
	f("<190>1 "+stamp+" host heroku router - - at=info", 190, "host", "heroku", "router", "- at=info")
	f("<190>1 "+stamp+` host app web.1 - [sd x="y"] text`, 190, "host", "app", "web.1", `[sd x="y"] text`)

	// No text.
	f("<190>1 "+stamp+" host app web.1 - ", 190, "host", "app", "web.1", "")
	f("<190>1 "+stamp+" host app web.1 -", 190, "host", "app", "web.1", "")
	f("<190>1 "+stamp+" host app web.1 -\n", 190, "host", "app", "web.1", "")
	f("<190>1 "+stamp+" host app web.1 - \n", 190, "host", "app", "web.1", "")

	// No HOSTNAME.
	f("<190>1 "+stamp+" heroku router - at=info x=y", 190, "", "heroku", "router", "at=info x=y")
	f("<190>1 "+stamp+" app web.1 -", 190, "", "app", "web.1", "")
	f("<190>1 "+stamp+" app app web.1 - hello", 190, "app", "app", "web.1", "hello")
}

func TestHeaderFaults(t *testing.T) {
	f := func(line string, want Fault) {
		t.Helper()
		l := parsed(line)
		if l.Fault != want || l.Kind != KindOther || string(l.Msg) != line {
			t.Errorf("%q: want fault %q and the whole line, got %q, kind %s, msg %q", line, want, l.Fault, l.Kind, l.Msg)
		}
	}
	f("", FaultEmpty)
	f("   ", FaultEmpty)
	f("hello", FaultPriority)
	f("<", FaultPriority)
	f("<>1 ", FaultPriority)
	f("<1", FaultPriority)
	f("<1a>1 ", FaultPriority)
	f("<1234>1 ", FaultPriority)
	f("<-1>1 ", FaultPriority)
	f("<190>", FaultVersion)
	f("<190>1", FaultVersion)
	f("<190>2 2022-12-05T20:26:20Z host app web.1 - x", FaultVersion)
	f("<190>Dec  5 20:26:20 host app: x", FaultVersion)
	f("<190>1 ", FaultTimestamp)
	f("<190>1 yesterday host app web.1 - x", FaultTimestamp)
	f("<190>1  2022-12-05T20:26:20Z host app web.1 - x", FaultTimestamp)
	f("<190>1 2022-12-05T20:26:20Z", FaultHeader)
	f("<190>1 2022-12-05T20:26:20Z ", FaultHeader)
	f("<190>1 2022-12-05T20:26:20Z host", FaultHeader)
	f("<190>1 2022-12-05T20:26:20Z host app", FaultHeader)
	f("<190>1 2022-12-05T20:26:20Z host app web.1", FaultHeader)
	f("<190>1 2022-12-05T20:26:20Z host  app web.1 - x", FaultHeader)

	l := parsed("<190>1 2022-12-05T20:26:20Z d.1 app")
	if l.Pri != 190 || l.Time().IsZero() || string(l.Host) != "d.1" || string(l.App) != "app" {
		t.Errorf("what could be read of a bad header is lost: %+v", l)
	}
	if l := parsed("<190>1 - host app web.1 - x"); l.Fault != FaultNone || !l.Time().IsZero() {
		t.Errorf("a line without time: fault %q, time %s", l.Fault, l.Time())
	}
}

func TestText(t *testing.T) {
	f := func(app, proc, text, want string) {
		t.Helper()
		if got := from(app, proc, text).Text(); string(got) != want {
			t.Errorf("%s[%s]: %s: want %q, got %q", app, proc, text, want, got)
		}
	}
	f("heroku", "web.1", "- Starting", "Starting")
	f("heroku", "web.1", `[sd x="y"] Starting`, "Starting")
	f("heroku", "web.1", "[sd Starting", "[sd Starting")
	f("heroku", "web.1", "[sd]", "[sd]")
	f("heroku", "web.1", "[sd]Starting", "[sd]Starting")
	f("heroku", "web.1", "-Starting", "-Starting")
	f("app", "web.1", "- Gracefully stopping", "- Gracefully stopping")
	f("app", "web.1", "[main] stopping", "[main] stopping")
	f("app", "slug-compiler", "- done", "- done")
}

func TestFaultNames(t *testing.T) {
	seen := map[string]bool{}
	for f := range Fault(FaultCount) {
		if s := f.String(); seen[s] || strings.ToLower(s) != s || (s == "") != (f == FaultNone) {
			t.Errorf("fault %d is called %q", f, s)
		} else {
			seen[s] = true
		}
	}
	if got := Fault(FaultCount).String(); got != "unknown" {
		t.Errorf("a fault out of range is called %q", got)
	}
}
