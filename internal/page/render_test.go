package page

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/budget"
	"drain/internal/scale"
)

var update = flag.Bool("update", false, "write what is rendered as what is wanted")

// views are the states of the page, by the name of the file that holds what they look like.
func views() map[string]View {
	redis := func(used, have, fits int) budget.Snapshot {
		return budget.Snapshot{Dynos: map[string]int{"web": have}, Addons: []budget.Addon{{
			Addon: "redis-x", Attachment: "REDIS", Used: used, Limit: 38, At: noon, Saturated: used >= 37,
			PerDyno: map[string]budget.PerDyno{"web": {Connections: 26, PlusMinus: 1.4, From: budget.Learnt}},
			Fits:    map[string]int{"web": fits}, Lines: map[string]string{"web": "web 4 × 26 = 104 of 38; 1 fits"},
			Need: &budget.Need{Fits: have <= fits, Deploy: 208, Plan: "heroku-redis:premium-2"},
		}}}
	}
	fired := alert.Incident{
		ID: "i1", App: "enketo", State: alert.Firing, Severity: alert.Critical, Began: noon.Add(-3 * time.Minute), Flaps: 1,
		Alerts: []alert.Alert{{
			Rule: "redis-connections-exhausted", Key: "redis-x", State: alert.Firing, Severity: alert.Critical,
			Summary: "Redis REDIS is out of connections", Figure: "38 of 38 connections",
			Next: []string{"Fewer dynos: `heroku ps:scale web=1 -a enketo`"}, Evidence: []string{"<script>alert(1)</script>"}, Details: []string{"web 4"},
		}},
		Actions:      []string{"web 4 → 1: done"},
		Deliveries:   []alert.Delivery{{Notifier: "slack", Error: "channel_not_found"}},
		Acknowledged: alert.Acknowledgement{By: "jo", At: noon},
	}
	over := fired
	over.ID, over.State, over.Ended = "i0", alert.Resolved, noon.Add(-time.Minute)
	over.Alerts = []alert.Alert{{Rule: "r", State: alert.Resolved, Summary: "it was bad"}}
	quiet := fired
	quiet.Silenced, quiet.Actions, quiet.Deliveries = "silenced until 13:00 by jo: <b>we</b> know", nil, nil
	return map[string]View{
		"empty": {Now: noon, Version: "v1", Self: Self{Since: noon, Refused: []Refusal{{"password", 3}, {"path", 12}, {"too_large", 1}}}, Holds: []string{"ADMIN_PASSWORD is not set"}},
		"fine":  {Now: noon, Self: Self{Since: noon, Lines: 12.34, Delay: 1500 * time.Millisecond, CPU: 2345 * time.Nanosecond}, Apps: []App{{Name: "enketo", Last: noon, Budget: redis(26, 1, 3)}}},
		"incident": {
			Now: noon, Apps: []App{{Name: "enketo", Last: noon, Severity: alert.Critical, Budget: redis(38, 4, 1)}, {Name: "shop", Last: noon.Add(-time.Hour), Silent: true}},
			Incidents: []alert.Incident{fired}, Past: []alert.Incident{over}, MoreApps: []Count{{"silent", 2}, {"fine", 1234}},
			Decisions: []scale.Decision{{At: noon, App: "enketo", Policy: "shed-web", Verdict: scale.Done, Text: "web 4 → 1"}},
			Self:      Self{Since: noon, Lost: 1, Duplicates: 2},
		},
		"helped": {
			Now: noon, Apps: []App{{Name: "enketo", Last: noon, Severity: alert.Critical}}, MoreApps: []Count{{"fine", 1}}, Incidents: []alert.Incident{fired},
			Decisions: []scale.Decision{{At: noon, App: "enketo", Rule: "redis-connections-exhausted", Policy: "shed-web", Verdict: scale.Worked, Text: "web 4 → 1 worked"}},
		},
		"plots": {Now: noon, Apps: []App{{Name: "enketo", Last: noon}}, Chosen: "enketo", History: pastHours(), Forecasts: leak(time.Hour)},
		"found": {Now: noon, Found: &Found{Text: `a"&b`, Apps: []App{{Name: "enketo", Last: noon}}, More: []Count{{"fine", 1}}}},
		"lost":  {Now: noon, Apps: []App{{Name: "enketo", Last: noon}}, Found: &Found{Text: "x"}},
		"bare":  {Now: noon, Apps: []App{{Name: "late", Last: noon}}, Chosen: "late"},
		"over":  {Now: noon, Apps: []App{{Name: "enketo", Last: noon}}, Incidents: []alert.Incident{over}},
		"silenced": {
			Now: noon, Apps: []App{{Name: "enketo", Last: noon, Severity: alert.Critical}}, Incidents: []alert.Incident{quiet},
			Silences: []silence.Silence{{ID: "S1", Matchers: silence.Matchers{"app": "enketo"}, Ends: noon.Add(time.Hour), By: "jo", Comment: "<b>we</b> know"}},
			Form:     Form{Matchers: `app="x"`, For: "never", By: "jo", Error: "for: is not a duration"},
		},
		"blind": {
			Now: noon, Apps: []App{{Name: "enketo", Last: noon, Blind: []string{"Memory: `heroku labs:enable log-runtime-metrics`"}}, {Name: "drain", OwnLog: true, Last: noon}, {Name: "new"}},
			Unclaimed:  []Token{{"d.1<", 3, noon, true}, {"", 1, noon, false}},
			MoreTokens: 3,
			Claimed:    []Claimed{{"d.2<", "shop", noon, ""}, {"d.3", "shop", noon, "enketo"}},
			Claim:      Claim{Token: "d.1<", App: `a"b`, Error: "a\"b is not a Heroku app's name"},
			Debug:      Debug{Until: noon.Add(time.Minute), Batches: []Delivery{{noon, "enketo", []string{"app[web.1]: <b>hello"}, 3}}},
		},
	}
}

func render(t *testing.T, v *View) string {
	t.Helper()
	r, err := NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Page(&b, v); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), r.Build(), "BUILD")
}

func TestStatesOfThePage(t *testing.T) {
	for name, v := range views() {
		got := render(t, &v)
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got), -update writes it:\n%s", name, diff)
		}
	}
}

// Nothing on the page needs what its Content-Security-Policy forbids, and no text of others is markup.
func TestNothingInline(t *testing.T) {
	for name, v := range views() {
		got := render(t, &v)
		for _, never := range []string{"style=", "<style", "<script>", "<b>", "javascript:", "onclick", "http://", "https://"} {
			if strings.Contains(got, never) {
				t.Errorf("%s: %q is on the page", name, never)
			}
		}
	}
}

// The parts are what the page has in their places.
func TestSectionsAreThoseOfThePage(t *testing.T) {
	r, err := NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range views() {
		whole := render(t, &v)
		parts, err := r.Sections(&v)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if !strings.Contains(whole, `id="`+p.ID+`"`) || !strings.Contains(whole, p.HTML) {
				t.Errorf("%s: the page has no %s like\n%s", name, p.ID, p.HTML)
			}
		}
	}
}

func TestAssets(t *testing.T) {
	r, err := NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	f := func(path, tag string, status int, media string) {
		t.Helper()
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		r.Assets().ServeHTTP(w, req)
		if got := w.Header().Get("Content-Type"); w.Code != status || !strings.HasPrefix(got, media) {
			t.Errorf("%s: %d %s, want %d %s", path, w.Code, got, status, media)
		}
	}
	f("/page.css", "", 200, "text/css")
	f("/page.js", "", 200, "text/javascript")
	f("/icon.svg", "", 200, "image/svg+xml")
	f("/page.css", `"`+r.Build()+`"`, 304, "")
	f("/page.css", `"another"`, 200, "text/css")
	f("/page.html", "", 404, "")
	f("/../doc.go", "", 404, "")
}
