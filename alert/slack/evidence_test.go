package slack

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"drain/alert"
)

// fromTheLog is the code block of a message, as Slack gets it.
func fromTheLog(t *testing.T, m message) string {
	t.Helper()
	var code []string
	for _, b := range m.body.Blocks.BlockSet {
		if s, ok := b.(*slack.SectionBlock); ok {
			if _, after, found := strings.Cut(s.Text.Text, fence+"\n"); found {
				code = append(code, strings.TrimSuffix(after, "\n"+fence))
			}
		}
	}
	return strings.Join(code, "\n--\n")
}

// The line that decided is marked where there are others, and none of them leaves the block.
func TestEvidenceShown(t *testing.T) {
	hit, around := "Error: no connection", []string{"GET /a <!channel>", "```", "  at pool.js:1"}
	one := append([]string{hit}, around...)
	f := func(want string, m message) {
		t.Helper()
		if diff := cmp.Diff(want, fromTheLog(t, m)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	warned := alert.Alert{Rule: "w", State: alert.Firing, Severity: alert.Warning, Since: began, Evidence: one}
	worse := alert.Alert{Rule: "c", State: alert.Firing, Severity: alert.Critical, Since: began.Add(time.Minute), Evidence: []string{"ERR max number of clients", hit}}
	over := alert.Alert{Rule: "o", State: alert.Resolved, Since: began, Evidence: []string{"long ago"}}
	want := "&gt; Error: no connection\n  GET /a &lt;!channel&gt;\n  ˋˋˋ\n    at pool.js:1\n&gt; ERR max number of clients"
	f(want, render(alert.Incident{State: alert.Firing, Alerts: []alert.Alert{worse, warned, over}}, full, false))
	f(want, renderReply(alert.Incident{}, []alert.Change{{Text: "a", Evidence: one}, {Text: "b", Evidence: worse.Evidence}}, 0, full))
	f(hit, renderReply(alert.Incident{}, []alert.Change{{Text: "a", Evidence: []string{hit}}}, 0, full))
}

// Ten lines of 512 bytes are all told in a thread.
func TestEvidenceWhole(t *testing.T) {
	var c alert.Change
	for i := range 10 {
		c.Evidence = append(c.Evidence, string(rune('a'+i))+strings.Repeat("x", 510)+string(rune('a'+i)))
	}
	c.Text = "It is worse."
	got := fromTheLog(t, renderReply(alert.Incident{}, []alert.Change{c}, 0, full))
	for _, line := range c.Evidence {
		if !strings.Contains(got, line) {
			t.Errorf("%.3s… is missing or cut:\n%s", line, got)
		}
	}
}
