package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/scale"
	"drain/rules"
)

// The demo tells a new user that its durations are a tenth of the built-in ones.
func TestDemoConfigIsATenth(t *testing.T) {
	cfg, err := config.Parse("demo.yaml", demoConfig)
	if err != nil {
		t.Fatal(err)
	}
	var want []rules.Rule
	for _, r := range rules.Builtin() {
		if !slices.Contains(cfg.Disable, r.Name) {
			want = append(want, r.Faster(10))
		}
	}
	compiled := func(list []rules.Rule) []rules.Rule {
		set, err := rules.NewSet(list)
		if err != nil {
			t.Fatal(err)
		}
		return set.Rules()
	}
	if diff := cmp.Diff(compiled(want), compiled(cfg.Rules)); diff != "" {
		t.Error(diff)
	}
}

func TestExampleConfig(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(root, "deploy", "drain.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.Parse("deploy/drain.yaml", src); err != nil {
		t.Error(err)
	}
}

// The demo's story, faster still: the daemon and the simulator in one process, on ports of their own.
func TestExhaustionIsNoticedToldAndShed(t *testing.T) {
	const pace = 50
	cfg := &config.Config{
		Apps: map[string]config.App{"enketo": {Redis: map[string]budget.Redis{
			"ENKETO_REDIS_MAIN":  {PerDyno: map[string]int{"web": 26}},
			"ENKETO_REDIS_CACHE": {PerDyno: map[string]int{"web": 18}},
		}}},
		Policies: []scale.Policy{{
			Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"},
			Mode: scale.Automatic, Restore: scale.RestoreNever, Cooldown: 10 * time.Minute / pace, Verify: 5 * time.Minute / pace,
		}},
	}
	cfg.Policies[0].SetDefaults()
	for _, r := range rules.Builtin() {
		cfg.Rules = append(cfg.Rules, r.Faster(pace))
	}
	var out, log bytes.Buffer
	p := play{config: cfg, pace: pace, rush: time.Second, most: 80 * time.Second, log: zerolog.New(zerolog.SyncWriter(&log)), tell: newTeller(&out)}
	if err := demo(t.Context(), p); err != nil {
		t.Fatalf("%v\n%s\n%s", err, &out, &log)
	}
	story := out.String()
	at := -1
	for _, part := range []string{
		"the survey begins", "ENKETO_REDIS_MAIN is full: 38 of 38", "drain posts a message:",
		"is out of connections", "web 4 × 26 = 104 of 38; 1 fits", "web scaled from 4 to 1 by", "web 4 → 1 worked", "Resolved",
	} {
		next := strings.Index(story[at+1:], part)
		if next < 0 {
			t.Fatalf("%q is missing, or too early, in:\n%s", part, story)
		}
		at += 1 + next
	}
	if n := strings.Count(story, "drain posts a message:"); n != 1 {
		t.Errorf("%d messages, want 1:\n%s", n, story)
	}
	if strings.Contains(story+log.String(), "HRKU-") || strings.Contains(story+log.String(), "xoxb-") {
		t.Errorf("a secret is in the story or the log:\n%s\n%s", story, &log)
	}
}

func TestUnmarked(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := unmarked(in); got != want {
			t.Errorf("unmarked(%q) = %q, want %q", in, got, want)
		}
	}
	f("plain", "plain")
	f("*Bold* at <!date^1^{time}|12:00 UTC>, and <!date^2^{time}|13:00 UTC>.", "Bold at 12:00 UTC, and 13:00 UTC.")
	f("<!date^1", "<!date^1")
}
