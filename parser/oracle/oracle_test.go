// Package oracle holds the parser against two others, where these are right: heroku/x, Heroku's own, and
// leodido/go-syslog, a machine made from RFC 5424's grammar. It is a module of its own, so that neither
// is a dependency of the daemon.
package oracle

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/heroku/x/logplex/encoding"
	"github.com/leodido/go-syslog/v4/rfc5424"
	"pgregory.net/rapid"

	"drain/parser"
)

// header is what all parsers read of a line.
type header struct {
	Pri                       int
	Time                      time.Time
	Host, App, Proc, ID, Text string
}

// The grammar of the lines that Logplex writes. Outside it heroku/x is laxer in places (an empty name, a
// PRI in the middle of a word, an hour of one digit, a comma for the point), and stricter in others.
// Years are those the parser knows.
var grammar = regexp.MustCompile(`^<(0|[1-9][0-9]{0,2})>1 ((?:19[7-9]|20[0-9]|21[0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+) (?s:.*)$`)

// ours is what the parser says; of the MSGID it says nothing.
func ours(line []byte) (header, bool) {
	s := parser.NewScanner(fmt.Appendf(nil, "%d %s", len(line), line))
	s.Scan()
	l := s.Line()
	return header{l.Pri, l.Time(), string(l.Host), string(l.App), string(l.Proc), "", string(l.Msg)}, l.Fault == parser.FaultNone
}

func herokus(line []byte) (header, bool) {
	m, err := encoding.Decode(line, false)
	text := strings.TrimSuffix(m.Message, "\n")
	if len(text) < len(m.Message) {
		text = strings.TrimSuffix(text, "\r") // the parser takes one newline off; heroku/x none
	}
	return header{int(m.Priority), m.Timestamp.UTC(), m.Hostname, m.Application, m.Process, "", text}, err == nil
}

// differ tells how the parser and heroku/x differ about a line of the grammar.
func differ(line []byte) string {
	got, ok := ours(line)
	want, wantOK := herokus(line)
	if want.Time.Equal(time.Unix(0, 0)) {
		want.Time = time.Time{} // the parser has no other word for "none"
	}
	if ok != wantOK {
		return fmt.Sprintf("%q: taken %v, heroku/x %v", line, ok, wantOK)
	}
	if ok && got != want {
		return fmt.Sprintf("%q (-heroku/x +parser)\n%s", line, cmp.Diff(want, got))
	}
	return ""
}

// known reports whether heroku/x is not to be asked: a PRI beyond its uint8; frames beyond its longest;
// and a capture's lines without a HOSTNAME, which the parser reads one field further left.
func known(line []byte) bool {
	m := grammar.FindSubmatch(line)
	if m == nil || len(line) > encoding.MaxFrameLength {
		return true
	}
	pri, _ := strconv.Atoi(string(m[1]))
	host, proc := string(m[3]), string(m[5])
	return pri > 255 || proc == "-" && (host == "app" || host == "heroku")
}

func FuzzHeader(f *testing.F) {
	for _, line := range lines(f) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if known(line) {
			return
		}
		if diff := differ(line); diff != "" {
			t.Fatal(diff)
		}
	})
}

// lines are some of each form.
func lines(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for _, stamp := range []string{"2026-11-22T20:00:02.898551+00:00", "2026-11-22T20:00:02Z", "1999-02-29T20:00:02.8-07:30", "2000-02-29T23:59:59.123456789+23:59", "2026-11-22T24:00:00Z", "2026-11-22T20:00:60Z"} {
		for _, rest := range []string{"host app web.1 - x", "d.0 heroku router - at=info status=200\n", "host heroku web.1 -  \r\n", "- - - - - x", "h a p i m\nn"} {
			out = append(out, "<158>1 "+stamp+" "+rest)
		}
	}
	return out
}

// Each line of the real bodies, up to the first that stops heroku/x: it can't go on after an error.
func TestRealBodies(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.logplex1")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d bodies, %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := encoding.NewDrainScanner(bytes.NewReader(body))
		got := parser.NewScanner(body)
		agreed := 0
		for want.Scan() {
			if !got.Scan() {
				t.Fatalf("%s: nothing after %d frames", file, agreed)
			}
			l, m := got.Line(), want.Message()
			if string(l.Proc) != m.Process || strings.TrimRight(m.Message, "\r\n") != string(bytes.TrimRight(l.Msg, "\r\n")) || !l.Time().Equal(m.Timestamp) {
				t.Errorf("%s, frame %d: %+v, heroku/x %+v", file, got.Frames(), l, m)
			}
			agreed++
		}
		t.Logf("%s: %d frames alike; heroku/x stopped with %v", filepath.Base(file), agreed, want.Err())
		if agreed == 0 {
			t.Errorf("%s: nothing was compared", file)
		}
	}
}

// What RFC 5424 allows, with the STRUCTURED-DATA that Logplex leaves out put in for go-syslog. It keeps
// to the RFC's lengths and its six digits of a fraction, so the lines do too.
func TestRFC5424(t *testing.T) {
	name := func(most int) *rapid.Generator[string] { return rapid.StringMatching(fmt.Sprintf("[!-~]{1,%d}", most)) }
	machine := rfc5424.NewMachine()
	rapid.Check(t, func(t *rapid.T) {
		want := header{
			Pri:  rapid.IntRange(0, 191).Draw(t, "pri"),
			Host: name(255).Draw(t, "host"), App: name(48).Draw(t, "app"), Proc: name(128).Draw(t, "proc"), ID: name(32).Draw(t, "id"),
			Text: rapid.StringMatching(`[^\x00-\x1f\x7f]{1,80}x`).Draw(t, "text"),
		}
		at := time.UnixMicro(rapid.Int64Range(100000e6, 4102444800e6).Draw(t, "time"))
		zone := time.FixedZone("", 60*rapid.IntRange(-12*60, 14*60).Draw(t, "zone"))
		stamp := at.In(zone).Format("2006-01-02T15:04:05.999999Z07:00")
		want.Time = at.UTC()
		head := fmt.Sprintf("<%d>1 %s %s %s %s %s ", want.Pri, stamp, want.Host, want.App, want.Proc, want.ID)

		m, err := machine.Parse([]byte(head + "- " + want.Text))
		if err != nil {
			t.Fatalf("go-syslog refuses %q: %v", head+"- "+want.Text, err)
		}
		msg := m.(*rfc5424.SyslogMessage)
		deref := func(s *string) string { // go-syslog has nil for "-"
			if s == nil {
				return "-"
			}
			return *s
		}
		theirs := header{int(*msg.Priority), msg.Timestamp.UTC(), deref(msg.Hostname), deref(msg.Appname), deref(msg.ProcID), deref(msg.MsgID), deref(msg.Message)}
		if diff := cmp.Diff(want, theirs); diff != "" {
			t.Fatalf("go-syslog (-want +got)\n%s", diff)
		}

		got, ok := ours([]byte(head + want.Text))
		if want.Proc == "-" && (want.Host == "app" || want.Host == "heroku") {
			return
		}
		want.ID = ""
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Fatalf("%q: taken %v (-go-syslog +parser)\n%s", head+want.Text, ok, diff)
		}
	})
}

// What is taken beyond the grammar, each for a reason: Logplex or a sender like it was seen to write it.
func TestBeyond(t *testing.T) {
	for _, line := range []string{
		"<158>1 2026-11-22T20:00:02Z host app web.1 -",          // an empty message without its space
		"<999>1 2026-11-22T20:00:02Z host app web.1 - x",        // nothing is judged by PRI
		"<158>1 - host app web.1 - x",                           // RFC 5424's way to say: no time
		"<174>1 2016-01-17T10:15:43Z app web.1 - no HOSTNAME",   // a capture of 2016
		"<1>1 2026-11-22T20:00:02Z host app web.1 - \x00\xff x", // any bytes
	} {
		if _, ok := ours([]byte(line)); !ok {
			t.Errorf("refused: %q", line)
		}
	}
}
