package slack

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drain/alert"
)

// A reply is in the message's thread; a loud one is shown in the channel too.
func TestReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulated(t)
		n := botOf(t, s, s.Channel, inMemory{s})
		was := notify(t, n, redis(), alert.Receipt{})
		time.Sleep(time.Second)
		if err := n.Reply(t.Context(), redis(), was, changes(), 3); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := n.Reply(t.Context(), redis(), was, []alert.Change{{Text: "It is back.", Loud: true}}, 0); err != nil {
			t.Fatal(err)
		}
		m := s.Messages()
		if len(m) != 3 || m[1].Thread != was.TS || m[1].Broadcast || m[2].Thread != was.TS || !m[2].Broadcast {
			t.Fatalf("messages %+v", m)
		}
		if got := strings.Join(m[1].Last().Shown, "\n"); !strings.Contains(got, "3 earlier changes") || !strings.Contains(got, "03:05:05 Scaled web") ||
			!strings.Contains(got, "&lt;!channel&gt;") || !strings.Contains(got, "8b4fa2e5") {
			t.Errorf("the reply says %s", got)
		}
		if shown := strings.Join(m[0].Last().Shown, "\n"); strings.Contains(shown, "From the log") {
			t.Errorf("the log is in the message too: %s", shown)
		}
	})
}

// Ten lines of evidence fit, and what Slack finds too long goes out shorter.
func TestReplyShorter(t *testing.T) {
	many := alert.Change{Text: "It is worse."}
	for range 10 {
		many.Evidence = append(many.Evidence, strings.Repeat("x", 400)+string(rune('a'+len(many.Evidence))))
	}
	w := newWorkspace(t)
	was := notify(t, w.bot(), redis(), alert.Receipt{})
	if err := w.bot().Reply(t.Context(), redis(), was, []alert.Change{many}, 0); err != nil {
		t.Fatal(err)
	}
	w.failNth(1, "msg_blocks_too_long")
	if err := w.bot().Reply(t.Context(), redis(), was, []alert.Change{many}, 0); err != nil {
		t.Fatal(err)
	}
	if first, second := w.messages["1795316645.000002"], w.messages["1795316645.000003"]; !strings.Contains(string(first.Attachments), "xb") ||
		!strings.Contains(string(first.Attachments), "xf") || strings.Contains(string(second.Attachments), "xb") || !strings.Contains(string(second.Attachments), "worse") {
		t.Errorf("replies %s and %s", first.Attachments, second.Attachments)
	}
	w.fail(200, "", `{"ok":false,"error":"thread_not_found"}`)
	err := w.bot().Reply(t.Context(), redis(), was, []alert.Change{many}, 0)
	if _, retry := isRetry(err); err == nil || retry {
		t.Errorf("%v, want one that is final", err)
	}
}

func TestJoin(t *testing.T) {
	f := func(want string, keys ...string) {
		t.Helper()
		if got := join(": ", keys); got != want {
			t.Errorf("%q: %q, want %q", keys, got, want)
		}
	}
	f("")
	f("", "", "")
	f(": web.1", "web.1")
	f(": web.1, web.2", "web.2", "web.1")
	f(": web.1 to web.12, web.20, worker.1", "web.12", "web.1", "web.2", "web.3", "web.4", "web.5", "web.6", "web.7", "web.8", "web.9", "web.10", "web.11", "web.20", "worker.1")
	f(": REDIS, web.1 to web.3", "web.3", "REDIS", "web.2", "web.1")
	f(": web.01, web.02, web.3", "web.01", "web.02", "web.3")
	f(": a1b3 to a1b5", "a1b3", "a1b5", "a1b4")
}

func TestLink(t *testing.T) {
	f := func(text, url, want string) {
		t.Helper()
		if got := link(alert.Link{Text: text, URL: url}); got != want {
			t.Errorf("%q %q: %q, want %q", text, url, got, want)
		}
	}
	f("drain", "https://x.example/?a&b", "<https://x.example/?a&amp;b|drain>")
	f("a|b<c", "https://x.example/", "<https://x.example/|a b&lt;c>")
	f("", "http://x.example", "<http://x.example|link>")
	f("drain", "https://x.example/|evil>", "drain")
	f("drain", "https://x .example/", "drain")
	f("drain", "javascript:alert(1)", "drain")
	f("drain", "", "drain")
}
