package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"drain/alert"
)

var update = flag.Bool("update", false, "write the golden files")

var began = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

func redis() alert.Incident {
	return alert.Incident{
		ID: "enketo/redis-connections/d5h2kq3n0s1c", App: "enketo", Cause: "redis-connections",
		State: alert.Firing, Severity: alert.Critical, Began: began,
		Alerts: []alert.Alert{{
			App: "enketo", Cause: "redis-connections", Rule: "redis-connections-exhausted", Key: "ENKETO_REDIS_MAIN",
			Severity: alert.Critical, State: alert.Firing, Since: began, At: began, Value: 1,
			Summary: "Redis ENKETO_REDIS_MAIN has no connections left: 38 of 38",
			Details: []string{
				"web 4 × 26 = 104 of 38; 1 fits",
				"Next: heroku ps:scale web=1 -a enketo, or heroku addons:upgrade ENKETO_REDIS_MAIN heroku-redis:premium-2 (200 connections)",
			},
			Evidence: []string{"sample#active-connections=38 sample#max-connections=38 <!channel> & ```friends```"},
		}},
		Actions: []string{"Scaled web from 4 to 1: 26 of 38 connections will be used."},
	}
}

func storm() alert.Incident {
	inc := alert.Incident{
		ID: "enketo/memory/d5h2kq3n0s1d", App: "enketo", Cause: "memory",
		State: alert.Firing, Severity: alert.Critical, Began: began,
	}
	inc.Alerts = append(inc.Alerts, alert.Alert{
		Rule: "memory-quota-vastly-exceeded", Key: "worker.1", Severity: alert.Critical, State: alert.Firing,
		Summary: "worker.1 uses more than twice its memory quota", Evidence: []string{"Error R15 (Memory quota vastly exceeded)"},
	})
	for i := range 20 {
		inc.Alerts = append(inc.Alerts, alert.Alert{
			Rule: "memory-quota-exceeded", Key: fmt.Sprint("web.", i+1), Severity: alert.Warning, State: alert.Firing,
			Summary: "web uses more than its memory quota", Evidence: []string{"Error R14 (Memory quota exceeded)"},
			Details: []string{"512 MB of 512 MB", fmt.Sprintf("web.%d: 540 MB", i+1)},
		})
	}
	inc.Alerts = append(inc.Alerts, alert.Alert{
		Rule: "memory-quota-exceeded", Key: "run.1", State: alert.Resolved, Summary: "run uses more than its memory quota",
	}, alert.Alert{Rule: "memory-forecast", Key: "web.3", State: alert.Resolved, Summary: "web.3 will reach its quota"})
	return inc
}

func resolved() alert.Incident {
	inc := redis()
	inc.State, inc.Ended = alert.Resolved, began.Add(12*time.Minute+3*time.Second)
	inc.Alerts[0].State = alert.Resolved
	inc.Actions = append(inc.Actions, "Redis has room again: 26 of 38 connections.")
	return inc
}

func TestGolden(t *testing.T) {
	for name, m := range map[string]message{
		"firing":         render(redis(), full),
		"resolved":       render(resolved(), full),
		"storm":          render(storm(), full),
		"storm-brief":    render(storm(), brief),
		"resolved-plain": render(resolved(), plain),
		"bare":           render(alert.Incident{ID: "a/b/c", App: "a", Cause: "b", State: alert.Firing, Severity: alert.Info, Began: began}, full),
		"warning": render(alert.Incident{
			ID: "a/b/c", App: "a", Cause: "b", State: alert.Firing, Severity: alert.Warning, Began: began,
			Alerts: []alert.Alert{{Rule: "request-timeouts", Severity: alert.Warning, State: alert.Firing, Summary: "12 requests timed out in 5 min, 3 %"}},
		}, full),
	} {
		t.Run(name, func(t *testing.T) {
			got := encode(t, m)
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// encode is what Slack gets, readable.
func encode(t *testing.T, m message) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"text": m.text, "blocks": m.head, "attachments": []any{m.body}})
	if err != nil {
		t.Fatal(err)
	}
	var parts any // once more, since slack-go's own encoders escape < and >
	if err := json.Unmarshal(raw, &parts); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(parts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

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
			State:   rapid.SampledFrom([]alert.State{alert.Firing, alert.Resolved}).Draw(t, "state"),
			Summary: nasty.Draw(t, "summary"), Details: rapid.SliceOfN(nasty, 0, 30).Draw(t, "details"), Evidence: rapid.SliceOfN(nasty, 0, 12).Draw(t, "evidence"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		inc := alert.Incident{
			ID: nasty.Draw(t, "id"), App: nasty.Draw(t, "app"), Cause: nasty.Draw(t, "cause"), Severity: nasty.Draw(t, "severity"),
			State: rapid.SampledFrom([]alert.State{alert.Firing, alert.Resolved}).Draw(t, "state"),
			Began: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "began"), 0), Ended: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "ended"), 0),
			Alerts: rapid.SliceOfN(alerts, 0, 30).Draw(t, "alerts"), Actions: rapid.SliceOfN(nasty, 0, 10).Draw(t, "actions"),
		}
		for _, l := range []length{full, brief, plain} {
			if wrong := beyondLimits(render(inc, l)); wrong != "" {
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
				})
				inc.Actions = append(inc.Actions, n+s)
			}
			for _, l := range []length{full, brief, plain} {
				if wrong := beyondLimits(render(inc, l)); wrong != "" {
					t.Errorf("%q: %s", piece, wrong)
				}
			}
		}
	}
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

// unsafe finds what Slack would take for markup, other than our own dates and fences.
func unsafe(text string) string {
	if !utf8.ValidString(text) {
		return fmt.Sprintf("invalid UTF-8: %q", text)
	}
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
