package silence

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	labels := map[string]string{"app": "enketo", "rule": "memory-quota-exceeded", "severity": "warning", "dyno": "web.1"}
	f := func(m Matchers, want bool) {
		t.Helper()
		if got := m.Match(labels); got != want {
			t.Errorf("%v: %v, want %v", m, got, want)
		}
	}
	f(Matchers{"app": "enketo"}, true)
	f(Matchers{"app": "enket"}, false)
	f(Matchers{"app": "enketo", "rule": "memory-*"}, true)
	f(Matchers{"app": "enketo", "rule": "redis-*"}, false)
	f(Matchers{"dyno": "web.?"}, true)
	f(Matchers{"dyno": "web.??"}, false)
	f(Matchers{"addon": "*"}, true) // it has none, and any will do
	f(Matchers{"addon": "?*"}, false)
	f(Matchers{"severity": "War*"}, false)
}

// The same as the regular expression that says what a pattern means.
func TestGlobProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab.é*?")), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.RuneFrom([]rune("ab.é")), 0, 8, -1).Draw(t, "s")
		expr := strings.NewReplacer(`\*`, "(?s:.*)", `\?`, "(?s:.)").Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile(`\A` + expr + `\z`).MatchString(s)
		if got := glob(pattern, s); got != want {
			t.Fatalf("glob(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	})
}

// A pattern made to be slow is not.
func TestGlobCost(t *testing.T) {
	if glob(strings.Repeat("a*", maxPattern/2)+"b", strings.Repeat("a", 10_000)) {
		t.Error("it matches")
	}
}

func TestMatchersCheck(t *testing.T) {
	f := func(m Matchers, want ...string) {
		t.Helper()
		var got []string
		m.Check([]string{"team"}, func(name, wrong, _ string) { got = append(got, name+": "+wrong) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	f(Matchers{"app": "enketo", "rule": "*", "team": "x"})
	f(nil, ": names no alerts")
	f(Matchers{"ap": "x", "dyno": ""}, `ap: unknown label "ap"`, "dyno: is empty, and so would match alerts without it only")
	f(Matchers{"app": strings.Repeat("x", 257)}, "app: is longer than 256 bytes, or no text")
	if got, want := (Matchers{"rule": "memory-*", "app": "enketo"}).String(), "app=enketo, rule=memory-*"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
