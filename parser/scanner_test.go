package parser

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// frame puts the length in front of a line.
func frame(line string) string { return strconv.Itoa(len(line)) + " " + line }

// app is an app's line with the text msg.
func app(msg string) string { return "<190>1 2026-11-22T20:00:00Z host app web.1 - " + msg }

// scan lists what a Scanner makes of a body: texts, with the fault in front of a bad line's.
func scan(body string) (lines []string) {
	s := NewScanner([]byte(body))
	for s.Scan() {
		if l := s.Line(); l.Fault == FaultNone {
			lines = append(lines, string(l.Msg))
		} else {
			lines = append(lines, l.Fault.String()+"!"+string(l.Msg))
		}
	}
	return lines
}

func TestScanFrames(t *testing.T) {
	f := func(body string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, scan(body)); diff != "" {
			t.Errorf("body %q (-want +got)\n%s", body, diff)
		}
	}
	one, two := app("one"), app("two")

	f("")
	f(" \n\r\n\t")
	f(frame(one), "one")

	// By length, with or without a newline, whatever is inside.
	f(frame(one+"\n")+frame(two+"\n"), "one", "two")
	f(frame(one)+frame(two), "one", "two")
	f(frame(app("2 <"))+frame(two), "2 <", "two")
	f(frame(app("a\nb\n"))+frame(two), "a\nb", "two")
	f(frame(app("a\r\n")), "a")
	f(frame(app("a\n\n")), "a\n")
	f(frame(app("µs"))+frame(two), "µs", "two")
	f(frame(app("\xff\x00\x1b"))+frame(two), "\xff\x00\x1b", "two")
	cut := strings.Repeat("a", 9999) + "µ"[:1] // Logplex cuts at 10 000 bytes, whatever stands there
	f(frame(app(cut))+frame(two), cut, "two")

	// Whitespace between frames.
	f("\n\n"+frame(one)+"\r\n \t"+frame(two)+"\n\n\n", "one", "two")

	// A bad line costs only itself.
	f(frame("nonsense")+frame(two), "priority!nonsense", "two")
	f(frame("\n")+frame(two), "empty!", "two")
	f(frame("  ")+frame(two), "empty!  ", "two")
	f("0 "+frame(two), "empty!", "two")

	// A bad length ends the body.
	f("xyz "+one+frame(two), "length!xyz "+one+frame(two))
	f(frame(one)+"-5 "+two, "one", "length!-5 "+two)
	f("<190>1 x", "length!<190>1 x")
	f("5", "truncated!5")
	f("5\nabcde", "length!5\nabcde")
	f("05 abcde", "length!05 abcde")
	f("1234567890 abc", "length!1234567890 abc")
	f("18446744073709551620 abc", "length!18446744073709551620 abc")

	// A body that ends too early keeps what is there, and ends.
	f(frame(one)+frame(two)[:len(two)+1], "one", "truncated!t")
	f("999 "+one, "truncated!one")
	f("999 nonsense", "truncated!nonsense")
	f("999999999 ", "truncated!")

	// Longer lines than Logplex sends.
	long := strings.Repeat("x", MaxFrame-len(app("")))
	f(frame(app(long))+frame(two), long, "two")
	f(frame(app(long+"x"))+frame(two), "oversize!"+app(long), "two")
}

func TestScannerCounts(t *testing.T) {
	body := []byte("\n" + frame(app("one")) + "  " + frame("bad") + "oops")
	s := NewScanner(body)
	var offsets []int
	for s.Scan() {
		offsets = append(offsets, s.Offset())
	}
	want := []int{1, bytes.Index(body, []byte("3 bad")), bytes.Index(body, []byte("oops"))}
	if diff := cmp.Diff(want, offsets); diff != "" {
		t.Errorf("offsets (-want +got)\n%s", diff)
	}
	if s.Frames() != 3 {
		t.Errorf("frames: want 3, got %d", s.Frames())
	}
	if s.Scan() || s.Frames() != 3 {
		t.Error("a frame after the last")
	}

	s.Reset([]byte(frame(app("two"))))
	if s.Frames() != 0 || !s.Scan() || string(s.Line().Msg) != "two" || s.Scan() {
		t.Error("Reset did not start anew")
	}
	var zero Scanner
	if zero.Scan() {
		t.Error("the zero Scanner has a frame")
	}
}

// A body cut anywhere gives all its whole frames, then at most one fault.
func TestScanTruncated(t *testing.T) {
	var body string
	var ends []int
	for _, line := range mixed {
		body += frame(line)
		ends = append(ends, len(body))
	}
	for cut := range len(body) + 1 {
		whole := 0
		for whole < len(ends) && ends[whole] <= cut {
			whole++
		}
		partial := cut > 0 && (whole == 0 || ends[whole-1] < cut)

		s := NewScanner([]byte(body[:cut]))
		for i := range whole {
			if !s.Scan() || s.Line().Fault != FaultNone {
				t.Fatalf("cut at %d: frame %d: fault %q", cut, i, s.Line().Fault)
			}
		}
		if got := s.Scan(); got != partial {
			t.Fatalf("cut at %d: want another line: %t, got %t", cut, partial, got)
		}
		l := s.Line()
		if partial && (l.Fault != FaultTruncated || l.Kind != KindOther || l.Code != nil || len(l.Samples) != 0) {
			t.Fatalf("cut at %d: want an empty truncated line, got %q %s %q", cut, l.Fault, l.Kind, l.Code)
		}
		if s.Scan() {
			t.Fatalf("cut at %d: a line after the last", cut)
		}
	}
}

func TestScanAnyFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body strings.Builder
		var want []string
		for i := range rapid.IntRange(0, 20).Draw(t, "frames") {
			msg := string(rapid.SliceOf(rapid.Byte()).Draw(t, fmt.Sprint("msg", i)))
			body.WriteString(rapid.StringMatching(`[ \n\r\t]{0,2}`).Draw(t, "space"))
			body.WriteString(frame(app(msg)))
			want = append(want, string(trimNewline([]byte(app(msg)))[len(app("")):]))
		}
		if diff := cmp.Diff(want, scan(body.String())); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}
