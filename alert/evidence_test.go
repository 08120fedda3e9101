package alert

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEvidence(t *testing.T) {
	f := func(want string, each ...[]string) {
		t.Helper()
		var got []string
		for _, l := range Evidence(each...) {
			if l.Hit {
				l.Text = "> " + l.Text
			}
			got = append(got, l.Text)
		}
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("%q\n got %q\nwant %q", each, s, want)
		}
	}
	many := func(prefix string, n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprint(prefix, i))
		}
		return all
	}
	f("")
	f("", nil, []string{})
	f("> a\nb\nc", []string{"a", "b", "c"})
	f("> a\nb\n> c", []string{"a", "b"}, []string{"c", "b"})
	f("> a\n> b\nc", []string{"a", "b"}, []string{"b", "c", "a"}) // around the first, it is still a hit
	f(strings.Join(append([]string{"> a0"}, append(many("a", 9)[1:], "> b0")...), "\n"), many("a", 12), many("b", 5))
	f("> "+strings.Join(many("a", 10), "\n> "), [][]string{
		{"a0", "x"}, {"a1"}, {"a2"}, {"a3"}, {"a4"}, {"a5"}, {"a6"}, {"a7"}, {"a8"}, {"a9"}, {"a10"},
	}...)
}

// Whatever the log says, a line is one line of valid text, within its bytes, and without what is secret, also where
// it would be cut in the middle of that.
func TestEvidenceLines(t *testing.T) {
	r := NewRedactor(regexp.MustCompile(`cust-[0-9]{8}`))
	f := func(want string, in ...string) {
		t.Helper()
		if got := strings.Join(r.evidence(in), "|"); got != want {
			t.Errorf("%.40q\n got %q\nwant %q", in, got, want)
		}
	}
	long := strings.Repeat("x", 505)
	f("a|b", "a", "b", "a", "a ")
	f("a b", "a\nb")
	f("a\uFFFDb", "a\xffb")
	f(long+" [redac", long+" cust-12345678 and more") // the pattern matches the whole only
	f(long+"жжж", long+"жжжжж")
	f("[redacted]", "jo@mail.example", "jane@mail.example")
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range r.evidence([]string{rapid.String().Draw(t, "text") + rapid.StringN(0, 600, -1).Draw(t, "more")}) {
			if len(s) > maxLine || !utf8.ValidString(s) || strings.Contains(s, "\n") {
				t.Fatalf("%d bytes: %q", len(s), s)
			}
		}
	})
}

// What was told beside the message is not told again; a hit is, where there is more around it.
func TestEvidenceIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slack := newThreaded()
		d := run(t, Options{Notifiers: []Notifier{slack}})
		said := func(lines ...string) func(*Alert) { return func(a *Alert) { a.Evidence = lines } }
		d.fire("web.1", said(" [R14]", " [GET /]"))
		after(time.Minute)
		d.fire("web.2", said(" [R14]", " [GET /]"))
		after(time.Minute)
		d.fire("web.3", said(" [R14]", " [GET /]", " [GET /a]"))
		after(time.Minute)
		wantStory(t, slack.story(), `
			0s 1: web.1 is over its quota [R14] [GET /]
			1m0s 1: web.2 is over its quota
			2m0s 1: web.3 is over its quota [R14] [GET /a]`)
		_ = d.end()
	})
}

// An incident holds ten lines, and of each further alert its own; an alert that fires again takes its own place.
func TestEvidenceHeld(t *testing.T) {
	f := func(want string, lines int, keys ...int) {
		t.Helper()
		d := New(Options{})
		for _, key := range keys {
			a := Alert{App: "a", Cause: "c", Rule: "r", Key: fmt.Sprintf("%02d", key), State: Firing, Evidence: []string{"hit"}}
			for n := range lines - 1 {
				a.Evidence = append(a.Evidence, fmt.Sprint("around ", n))
			}
			d.Send(a)
		}
		var got strings.Builder
		for _, a := range d.Open()[0].Alerts {
			fmt.Fprint(&got, len(a.Evidence))
		}
		if got.String() != want {
			t.Errorf("%d lines each of %v: %s are held, want %s", lines, keys, &got, want)
		}
	}
	f("442", 4, 0, 1, 2)
	f("442", 4, 0, 1, 2, 0)
	f("1111111111111", 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	f("3331111111111", 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
}
