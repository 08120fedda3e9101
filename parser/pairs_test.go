package parser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func pairsOf(text string) (pairs []string) {
	for key, value := range Pairs([]byte(text)) {
		pairs = append(pairs, string(key), string(value))
	}
	return pairs
}

func TestPairs(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, pairsOf(text)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
	f("")
	f("   ")
	f("at=info", "at", "info")
	f("at=info status=200", "at", "info", "status", "200")
	f("  at=info   status=200  ", "at", "info", "status", "200")

	// Empty values.
	f("dyno= connect= service=", "dyno", "", "connect", "", "service", "")
	f(`fwd="" dyno=web.1`, "fwd", "", "dyno", "web.1")

	// Quotes.
	f(`path="/api/Schlachter 1951/books" host=h`, "path", "/api/Schlachter 1951/books", "host", "h")
	f(`fwd="203.0.113.1, 203.0.113.2" dyno=web.1`, "fwd", "203.0.113.1, 203.0.113.2", "dyno", "web.1")
	f(`desc="a=b c=d" x=y`, "desc", "a=b c=d", "x", "y")
	f(`path="/say \"hi\" there" x=y`, "path", `/say \"hi\" there`, "x", "y")
	f(`path="/back\\" x=y`, "path", `/back\\`, "x", "y")
	f(`path="/say"hi"" x=y`, "path", `/say"hi"`, "x", "y")
	f(`path="/a`, "path", "/a")
	f(`path="/a x=y`, "path", "/a x=y")
	f(`path="`, "path", "")
	f(`path="\`, "path", `\`)
	f(`path="/a\" x=y`, "path", `/a\" x=y`)

	// Unquoted, as in 2014.
	f(`path=/a?b=c&d="e" host=h`, "path", `/a?b=c&d="e"`, "host", "h")

	// No pairs, and pairs among words.
	f("Stopping all processes with SIGTERM")
	f("- at=info", "at", "info")
	f("took=3 ms path=/ done", "took", "3", "path", "/")
	f("=x a=b", "a", "b")
	f("a = b")
	f("a==b", "a", "=b")

	// Each of the same name.
	f("a=1 a=2", "a", "1", "a", "2")
}

func TestPairsStop(t *testing.T) {
	for key := range Pairs([]byte("a=1 b=2")) {
		if string(key) == "b" {
			t.Error("it went on after break")
		}
		break
	}
}

// What is written as pairs is read as pairs.
func TestPairsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var want []string
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			key := rapid.StringMatching(`[a-z_#-]{1,8}`).Draw(t, "key")
			value := rapid.StringMatching(`[a-z/=?.]{0,8}`).Draw(t, "value")
			text.WriteString(key + "=")
			if rapid.Bool().Draw(t, "quoted") {
				value += rapid.SampledFrom([]string{"", " x", ` \"x`, `"x`, ", b=c"}).Draw(t, "more")
				text.WriteString(`"` + value + `" `)
			} else {
				text.WriteString(value + " ")
			}
			want = append(want, key, value)
		}
		if diff := cmp.Diff(want, pairsOf(text.String())); diff != "" {
			t.Fatalf("%s (-want +got)\n%s", text.String(), diff)
		}
	})
}
