package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
			Figure:  "38 of 38 connections", Peak: 1, PeakFigure: "38 of 38 connections",
			Details: []string{"web 4 × 26 = 104 of 38; 1 fits", "v12 was released 20 min before"},
			Next: []string{
				"Fewer dynos: `heroku ps:scale web=1 -a enketo`",
				"Or a larger plan: `heroku addons:upgrade ENKETO_REDIS_MAIN heroku-redis:premium-2 -a enketo` (198 connections)",
			},
			Requests: []string{"8b4fa2e5-1f6c-4a3c-9a77-2f1d2c3b4a5f"},
			Evidence: []string{"sample#active-connections=38 sample#max-connections=38 <!channel> & ```friends```"},
		}},
		Actions: []string{"Scaled web from 4 to 1: 26 of 38 connections will be used."},
		Links: []alert.Link{
			{Text: "drain", URL: "https://drain.example/?a=1&b=2"}, {Text: "Heroku", URL: "https://dashboard.heroku.com/apps/enketo"},
		},
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

func flapping() alert.Incident {
	inc := redis()
	inc.Flaps, inc.Quiet = 3, began.Add(time.Hour)
	inc.Alerts[0].State = alert.Resolved
	return inc
}

func changes() []alert.Change {
	return []alert.Change{
		{N: 1, At: began, Text: redis().Alerts[0].Summary, Evidence: redis().Alerts[0].Evidence, Requests: redis().Alerts[0].Requests},
		{N: 2, At: began.Add(time.Minute), Text: "Scaled web from 4 to 1: 26 of 38 connections will be used."},
	}
}

func TestGolden(t *testing.T) {
	for name, m := range map[string]message{
		"firing":         render(redis(), full, true),
		"webhook":        render(redis(), full, false),
		"flapping":       render(flapping(), full, true),
		"reply":          renderReply(redis(), changes(), 0, full),
		"reply-plain":    renderReply(redis(), changes(), 2, plain),
		"resolved":       render(resolved(), full, true),
		"storm":          render(storm(), full, true),
		"storm-brief":    render(storm(), brief, true),
		"resolved-plain": render(resolved(), plain, true),
		"bare":           render(alert.Incident{ID: "a/b/c", App: "a", Cause: "b", State: alert.Firing, Severity: alert.Info, Began: began}, full, true),
		"warning": render(alert.Incident{
			ID: "a/b/c", App: "a", Cause: "b", State: alert.Firing, Severity: alert.Warning, Began: began,
			Alerts: []alert.Alert{{Rule: "request-timeouts", Severity: alert.Warning, State: alert.Firing, Summary: "12 requests timed out in 5 min, 3 %"}},
		}, full, true),
	} {
		golden(t, name, m)
	}
}

// golden compares a message with the file that holds what it looks like.
func golden(t *testing.T, name string, m message) {
	t.Helper()
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
		t.Errorf("%s (-want +got):\n%s", name, diff)
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
