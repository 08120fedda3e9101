package parser

import (
	"strings"
	"testing"
)

// requests are router lines, with what stands between their pairs in all lengths that matter.
func requests() []string {
	lines := []string{usual[0], usual[1], usual[3]}
	for n := range 70 {
		x := strings.Repeat("x", n)
		for _, change := range []struct{ old, new string }{
			{`path="/"`, `path="/` + x + `"`},
			{`path="/"`, `path="` + x[min(1, n):] + `"`},
			{`host=a`, `host=` + x},
			{`host=a`, `host=` + x + " status=500 "},
			{`fwd="1.2.3.4"`, `fwd="` + x + `"`},
			{`web.1`, `web.` + x[:n/4]},
			{`GET`, x[:n/4]},
			{`=0ms`, `=` + strings.Repeat("1", n/6) + `ms`},
			{`=3ms`, `=` + strings.Repeat("9", n/6) + `ms`},
			{`=200`, `=` + strings.Repeat("2", n/6)},
			{`bytes=0`, `bytes=` + strings.Repeat("8", n/6)},
		} {
			lines = append(lines, strings.Replace(usual[0], change.old, change.new, 1))
		}
	}
	return lines
}

func TestRequestsOfAllLengths(t *testing.T) {
	for _, line := range requests() {
		if diff := unlikeGeneral([]byte(frame(line) + frame(usual[0]))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A path may be longer than what is looked at at once.
func TestRequestsAreCut(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't cut them")
	}
	for n := range 200 {
		line := strings.Replace(usual[0], `path="/"`, `path="/`+strings.Repeat("x", n)+`"`, 1)
		s := NewScanner([]byte(frame(line) + frame(line) + strings.Repeat(" ", 150)))
		if s.Scan(); !s.Scan() || !s.cut.request {
			t.Errorf("it isn't: %s", line)
		}
	}
}

// A byte that is another, or missing, or one too many, changes what a line says as it does for the
// general scan.
func TestRequestsDiffer(t *testing.T) {
	from := strings.Index(usual[0], "router - ")
	for _, line := range requests()[:3] {
		for at := from; at < len(line); at++ {
			for _, piece := range []string{"", " ", `"`, `\`, "=", "0", "x", string(line[at]) + `\`, string(line[at]) + " ", string(line[at]) + `"`} {
				if diff := unlikeGeneral([]byte(frame(line[:at]+piece+line[at+1:]) + frame(usual[0]))); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	}
}

// Nothing of an error is left in the next request.
func TestRequestsAfterErrors(t *testing.T) {
	for _, pairs := range []string{`code=H12 desc="x y" `, `code=H12 `, `desc="x y" `, `code=H12 desc="" `, `sock=client `, ``} {
		line := strings.Replace(usual[0], "at=info ", "at=error "+pairs, 1)
		if diff := unlikeGeneral([]byte(frame(line) + frame(usual[0]) + frame(line) + frame(usual[8]) + frame(line) + frame(usual[0]))); diff != "" {
			t.Error(diff)
		}
	}
}

// The parts of a line may stand in another place, or not at all.
func TestRequestsCut(t *testing.T) {
	words := strings.SplitAfter(usual[0], " ")
	for i := range words {
		for j := range words {
			line := strings.Join(words[:i], "") + strings.Join(words[min(i+j, len(words)):], "")
			if diff := unlikeGeneral([]byte(frame(line) + frame(usual[0]))); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}
