package slack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"drain/alert"
)

// Whatever an incident says, its message is within every limit and nothing in it is markup.
func TestLimits(t *testing.T) {
	nasty := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.Custom(func(t *rapid.T) string {
			s := rapid.SampledFrom([]string{
				"<!channel>", "<@U123>", "<https://evil.example|click>", "```", "`", "&", "\"", "\\", "/", "\n", "😀", "ж", "*", "\x00", "\x1b[31m", "\xff", "a b ",
			}).Draw(t, "piece")
			return strings.Repeat(s, rapid.IntRange(0, 2000).Draw(t, "times"))
		}),
	)
	alerts := rapid.Custom(func(t *rapid.T) alert.Alert {
		return alert.Alert{
			Rule: nasty.Draw(t, "rule"), Key: nasty.Draw(t, "key"), Severity: nasty.Draw(t, "severity"),
			State:  rapid.SampledFrom([]alert.State{alert.Firing, alert.Resolved}).Draw(t, "state"),
			Figure: nasty.Draw(t, "figure"), PeakFigure: nasty.Draw(t, "peak"), Next: rapid.SliceOfN(nasty, 0, 10).Draw(t, "next"),
			Requests: rapid.SliceOfN(nasty, 0, 10).Draw(t, "requests"),
			Summary:  nasty.Draw(t, "summary"), Details: rapid.SliceOfN(nasty, 0, 30).Draw(t, "details"), Evidence: rapid.SliceOfN(nasty, 0, 12).Draw(t, "evidence"),
		}
	})
	changes := rapid.Custom(func(t *rapid.T) alert.Change {
		return alert.Change{
			Text: nasty.Draw(t, "text"), Evidence: rapid.SliceOfN(nasty, 0, 10).Draw(t, "evidence"),
			Requests: rapid.SliceOfN(nasty, 0, 10).Draw(t, "requests"),
		}
	})
	links := rapid.Custom(func(t *rapid.T) alert.Link {
		return alert.Link{Text: nasty.Draw(t, "text"), URL: rapid.SampledFrom([]string{"", "https://", "javascript:"}).Draw(t, "scheme") + nasty.Draw(t, "url")}
	})
	rapid.Check(t, func(t *rapid.T) {
		inc := alert.Incident{
			ID: nasty.Draw(t, "id"), App: nasty.Draw(t, "app"), Cause: nasty.Draw(t, "cause"), Severity: nasty.Draw(t, "severity"),
			State: rapid.SampledFrom([]alert.State{alert.Firing, alert.Resolved}).Draw(t, "state"),
			Began: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "began"), 0), Ended: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "ended"), 0),
			Alerts: rapid.SliceOfN(alerts, 0, 30).Draw(t, "alerts"), Asks: []alert.Ask{{ID: "a", Text: nasty.Draw(t, "ask")}}, Actions: rapid.SliceOfN(nasty, 0, 10).Draw(t, "actions"),
			Changes: rapid.SliceOfN(changes, 0, 50).Draw(t, "changes"), Links: rapid.SliceOfN(links, 0, 5).Draw(t, "links"),
			Flaps: rapid.IntRange(0, 9).Draw(t, "flaps"), Quiet: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "quiet"), 0),
		}
		for _, l := range []length{full, brief, plain} {
			if wrong := beyond(inc, l); wrong != "" {
				t.Fatal(wrong)
			}
		}
	})
}

// The same with everything as long as can be.
func TestLimitsWorstCase(t *testing.T) {
	for _, piece := range []string{"a ", "<", "&", "\"", "/", "`", "\n", "ж", "😀", "```", "<!channel>"} {
		for _, state := range []alert.State{alert.Firing, alert.Resolved} {
			s := strings.Repeat(piece, 5000)
			inc := alert.Incident{ID: s, App: s, Cause: s, Severity: s, State: state, Began: began, Ended: began.AddDate(9, 0, 0)}
			for i := range 40 {
				n := fmt.Sprint(i)
				inc.Alerts = append(inc.Alerts, alert.Alert{
					Rule: n + s, Key: n + s, Severity: s, State: state, Summary: n + s, Evidence: []string{n + s}, Details: []string{n + s, s + n},
					Figure: s, PeakFigure: s, Next: []string{n + s}, Requests: []string{n + s},
				})
				inc.Changes = append(inc.Changes, alert.Change{Text: n + s, Evidence: []string{n + s}, Requests: []string{n + s}})
				inc.Links = append(inc.Links, alert.Link{Text: n + s, URL: "https://" + s}, alert.Link{Text: n, URL: "https://" + n})
				inc.Actions = append(inc.Actions, n+s)
			}
			for _, l := range []length{full, brief, plain} {
				if wrong := beyond(inc, l); wrong != "" {
					t.Errorf("%q: %s", piece, wrong)
				}
			}
		}
	}
}

// beyond renders an incident in every way and says where it is over a limit.
func beyond(inc alert.Incident, l length) string {
	wrong := cmp.Or(beyondLimits(render(inc, l, true)), beyondLimits(render(inc, l, false)))
	if wrong == "" && len(inc.Changes) > 0 {
		wrong = beyondLimits(renderReply(inc, inc.Changes, 3, l))
	}
	return wrong
}

// beyondLimits checks a message as strictly as Slack does.
func beyondLimits(m message) string {
	if wrong := unsafe(m.text); wrong != "" {
		return "text: " + wrong
	}
	blocks := append(append([]slack.Block{}, m.head...), m.body.Blocks.BlockSet...)
	if len(blocks) > 50 {
		return fmt.Sprint(len(blocks), " blocks")
	}
	for _, b := range blocks {
		var text *slack.TextBlockObject
		limit := 3000
		switch b := b.(type) {
		case *slack.HeaderBlock:
			text, limit = b.Text, 150
		case *slack.SectionBlock:
			text = b.Text
		case *slack.ContextBlock:
			text = b.ContextElements.Elements[0].(*slack.TextBlockObject)
		}
		if n := utf8.RuneCountInString(text.Text); n == 0 || n > limit {
			return fmt.Sprintf("%s of %d characters: %q", b.BlockType(), n, text.Text)
		}
		if text.Type == slack.PlainTextType { // no markup there
			if !utf8.ValidString(text.Text) || strings.ContainsAny(text.Text, "<>") {
				return fmt.Sprintf("header: %q", text.Text)
			}
		} else if wrong := unsafe(text.Text); wrong != "" {
			return wrong
		}
	}
	raw, err := json.Marshal([]any{m.text, m.head, m.body})
	if err != nil {
		return err.Error()
	}
	total := 0
	for _, r := range string(raw) { // already escaped, but for what only some encoders escape
		switch {
		case r == '/':
			total += 2
		case r < utf8.RuneSelf:
			total++
		default:
			total += runeCost(r)
		}
	}
	if total >= 12_000 {
		return fmt.Sprintf("%d characters in all", total)
	}
	return ""
}

// ownLink is a link that we made: its URL can't end it.
var ownLink = regexp.MustCompile(`<https://[^<>|\s]*\|[^<>|]*>`)

// unsafe finds what Slack would take for markup, other than our own dates and fences.
func unsafe(text string) string {
	if !utf8.ValidString(text) {
		return fmt.Sprintf("invalid UTF-8: %q", text)
	}
	text = ownLink.ReplaceAllString(text, "link")
	if n := strings.Count(text, "```"); n != 0 && n != 2 {
		return fmt.Sprintf("%d fences: %q", n, text)
	}
	if n := strings.Count(text, "<") - strings.Count(text, "<!date^"); n != 0 {
		return fmt.Sprintf("%d unescaped <: %q", n, text)
	}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "&")
		if !found {
			return ""
		}
		if !strings.HasPrefix(after, "amp;") && !strings.HasPrefix(after, "lt;") && !strings.HasPrefix(after, "gt;") {
			return fmt.Sprintf("unescaped &: %q", text)
		}
		rest = after
	}
}
