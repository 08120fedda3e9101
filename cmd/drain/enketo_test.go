package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/budget"
	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/ingest"
	"drain/internal/scale"
	"drain/internal/simulator"
	"drain/rules"
)

// enketo is the app of Enketo's guide: 4 web dynos of 8 workers, which take 26 connections on the main
// Redis and 18 on the cache, both premium-0; and a drain that may scale it.
type enketo struct {
	*simulator.Simulator
	daemon *daemon.Daemon
	log    *bytes.Buffer // to be read once the daemon has stopped
	stop   func()
}

func newEnketo(t *testing.T, pace int) *enketo {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Speed: float64(pace), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	fast := func(d time.Duration) time.Duration { return d / time.Duration(pace) }
	cfg := &config.Config{
		Apps: map[string]config.App{"enketo": {Redis: map[string]budget.Redis{
			"ENKETO_REDIS_MAIN":  {PerDyno: map[string]int{"web": 26}},
			"ENKETO_REDIS_CACHE": {PerDyno: map[string]int{"web": 18}},
		}}},
		Policies: []scale.Policy{{
			Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: scale.Automatic,
			Cooldown: fast(10 * time.Minute), PerHour: 9, Verify: fast(2 * time.Minute),
			Restore: scale.RestoreAutomatic, RestoreAfter: fast(3 * time.Minute),
		}},
	}
	cfg.Policies[0].SetDefaults()
	for _, r := range rules.Builtin() {
		cfg.Rules = append(cfg.Rules, r.Faster(pace))
	}
	e := &enketo{Simulator: sim, log: &bytes.Buffer{}}
	e.daemon, err = daemon.New(daemon.Options{
		Config: cfg, Log: zerolog.New(zerolog.SyncWriter(e.log)), Pace: pace,
		Env: config.Env{
			Listen: "127.0.0.1:0", DrainPassword: "p4ss", Ledger: filepath.Join(t.TempDir(), "ledger"),
			HerokuAPIKey: config.Secret(sim.APIKey()), HerokuAPIURL: sim.APIURL(),
			SlackBotToken: config.Secret(sim.SlackToken()), SlackChannel: sim.SlackChannel(), SlackAPIURL: sim.SlackURL(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	e.daemon.Start()
	e.stop = func() {
		if err := e.daemon.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		e.stop = func() {}
	}
	t.Cleanup(func() { e.stop() })
	if _, err := sim.Attach("http://drain:" + ingest.AppPassword("p4ss", "enketo") + "@" + e.daemon.Addr() + "/logs/enketo"); err != nil {
		t.Fatal(err)
	}
	return e
}

// drain runs a command as a person on another machine does.
func (e *enketo) drain(t *testing.T, args ...string) string {
	t.Helper()
	env := map[string]string{"HEROKU_API_KEY": e.APIKey(), "HEROKU_API_URL": e.APIURL(), "XDG_STATE_HOME": t.TempDir()}
	var out, failed bytes.Buffer
	code := run(args, system{func(name string) string { return env[name] }, strings.NewReader(""), &out, &failed})
	if code != exitOK {
		t.Fatalf("%q: exit %d\n%s%s", args, code, &out, &failed)
	}
	return out.String()
}

// decided waits for a decision.
func (e *enketo) decided(t *testing.T, what string, is func(d *scale.Decision) bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		all := e.daemon.Decisions()
		for i := range all {
			if is(&all[i]) {
				return
			}
		}
		if time.Now().After(deadline) {
			for _, d := range all {
				t.Logf("%s: %s", d.Verdict, d.Text)
			}
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// inOrder fails the test unless the parts are in the text in their order.
func inOrder(t *testing.T, where, text string, parts ...string) {
	t.Helper()
	at := 0
	for _, part := range parts {
		next := strings.Index(text[at:], part)
		if next < 0 {
			t.Fatalf("%s: %q is missing, or too early, in:\n%s", where, part, text)
		}
		at += next + len(part)
	}
}

// Enketo's story: out of connections, 4 dynos become 1, both Redis are upgraded, 1 becomes 4 again. The
// log, the decisions and the Slack messages each tell it.
func TestEnketoIsShedUpgradedAndRestored(t *testing.T) {
	t.Parallel()
	const pace = 50
	e := newEnketo(t, pace)
	e.Rush()
	e.decided(t, "shed", func(d *scale.Decision) bool { return d.Verb == scale.VerbScale && d.Verdict == scale.Worked })
	e.decided(t, "no room for more", func(d *scale.Decision) bool { return d.Why == scale.GuardRoom })
	for _, addon := range []string{"ENKETO_REDIS_MAIN", "ENKETO_REDIS_CACHE"} {
		out := e.drain(t, "upgrade", "-pace", fmt.Sprint(pace), "-yes", "-app", "enketo", "-daemon", "http://"+e.daemon.Addr(), addon, "premium-2")
		inOrder(t, "upgrade", out, "maintenance mode on", "web 1 → web 0", "all connections closed", "is on heroku-redis:premium-2", "→ web 1", "maintenance mode off", "done:")
	}
	e.decided(t, "all is restored", func(d *scale.Decision) bool {
		return d.Verb == scale.VerbRestore && d.Verdict == scale.Worked && d.To == 4
	})
	if web := e.Formation()["web"]; web != 4 {
		t.Errorf("web is at %d", web)
	}
	for deadline := time.Now().Add(time.Minute); len(e.daemon.Incidents()) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still: %+v", e.daemon.Incidents())
		}
	}

	// /api/v1/decisions
	resp, err := http.Get("http://" + e.daemon.Addr() + "/api/v1/decisions")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var decisions []scale.Decision
	if err := json.NewDecoder(resp.Body).Decode(&decisions); err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, d := range decisions {
		told += fmt.Sprintf("%s %s %s %d→%d: %s\n", d.Verb, d.Verdict, d.Why, d.From, d.To, d.Text)
	}
	inOrder(t, "decisions", told,
		"scale act  4→1: web 4 → 1: ENKETO_REDIS_MAIN has 38 of 38 connections (web 4 × 26 = 104 of 38; 1 fits)",
		"scale done  4→1: web 4 → 1 is done",
		"scale worked  4→1: web 4 → 1 worked: ENKETO_REDIS_MAIN has",
		"restore hold no_room 1→1: web stays at 1 of the 4 before the incident: web 1 × 26 = 26 of 38; 1 fits",
		"restore hold upgrade 1→1: web stays at 1 of the 4 before the incident: drain upgrade takes "+e.name(t, "ENKETO_REDIS_MAIN")+" to heroku-redis:premium-2",
		"restore hold upgrade 1→1: web stays at 1 of the 4 before the incident: drain upgrade takes "+e.name(t, "ENKETO_REDIS_CACHE")+" to heroku-redis:premium-2",
		"restore act  1→2: restoring web 1 → 2 (4 before the incident): web 1 × 26 = 26 of 198; 6 fit",
		"restore done  1→2", "restore worked  1→2", "restore act  2→3", "restore done  2→3", "restore worked  2→3",
		"restore act  3→4", "restore done  3→4", "restore worked  3→4: restoring web 3 → 4 holds: ENKETO_REDIS_",
	)
	if strings.Contains(told, "somebody else") || strings.Contains(told, string(scale.Dropped)) {
		t.Errorf("the upgrade is taken for a stranger:\n%s", told)
	}

	// Slack: one message and its thread for what was shed, one for what was to be restored.
	shed := e.told(t, "is out of connections")
	inOrder(t, "the message in Slack", shed.message, "enketo: resolved after", "is out of connections")
	inOrder(t, "its thread", shed.thread, "web 4 → 1: ENKETO_REDIS_MAIN has 38 of 38 connections", "web 4 → 1 is done", "web 4 → 1 worked", "Over:")
	restore := e.told(t, "fewer dynos than the 4 before the incident")
	inOrder(t, "the message of the restore", restore.message, "enketo: resolved after", "web runs with fewer dynos")
	inOrder(t, "its thread", restore.thread, "1 fits", "drain upgrade takes", "restoring web 1 → 2 (4 before the incident)", "web 1 → 2 is done",
		"restoring web 1 → 2 holds", "restoring web 2 → 3", "restoring web 3 → 4", "Over:")
	if shouted := e.about(t, "no web dynos", "5xx", "nothing has come", "timed out"); shouted != "" {
		t.Errorf("what the upgrade brought about was told: %s", shouted)
	}
	if wrong := e.Violations(); len(wrong) > 0 {
		t.Errorf("what Heroku or Slack would have refused: %q", wrong)
	}

	e.stop()
	inOrder(t, "log", e.log.String(), `"state":"firing"`, `"message":"web 4 → 1 is done"`, `"state":"resolved"`, `"why":"no_room"`,
		`"step":"close","message":"drain upgrade"`, `"step":"done"`, `"step":"close"`, `"step":"done"`,
		`"message":"web 1 → 2 is done"`, `"message":"web 2 → 3 is done"`, `"message":"web 3 → 4 is done"`, `"verdict":"worked"`)
	// What holds is decided beside the upgrade, maybe before its first step is logged.
	inOrder(t, "log", e.log.String(), `"why":"no_room"`, `"why":"upgrade"`, `"message":"web 1 → 2 is done"`)
}

// name is the add-on's own name, as the drain knows it.
func (e *enketo) name(t *testing.T, attachment string) string {
	t.Helper()
	resp, err := http.Get("http://" + e.daemon.Addr() + "/api/v1/budget")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var budgets map[string]budget.Snapshot
	if err := json.NewDecoder(resp.Body).Decode(&budgets); err != nil {
		t.Fatal(err)
	}
	for _, a := range budgets["enketo"].Addons {
		if a.Attachment == attachment {
			return a.Addon
		}
	}
	t.Fatalf("%s is not known: %+v", attachment, budgets)
	return ""
}

// incident is how Slack shows one: its message as it is now, and the replies in their order.
type incident struct{ message, thread string }

func (e *enketo) told(t *testing.T, about string) (inc incident) {
	t.Helper()
	all := e.Messages()
	for _, m := range all {
		if m.Thread != "" || !strings.Contains(strings.Join(m.Last().Shown, "\n"), about) {
			continue
		}
		if inc.message != "" {
			t.Errorf("there are two messages about %q", about)
		}
		inc.message = strings.Join(m.Last().Shown, "\n")
		for _, reply := range all {
			if reply.Thread == m.TS {
				inc.thread += strings.Join(reply.Last().Shown, "\n") + "\n"
			}
		}
	}
	if inc.message == "" {
		t.Fatalf("Slack has no message about %q", about)
	}
	return inc
}

// about returns the messages about any of these, in what they said at first.
func (e *enketo) about(t *testing.T, any ...string) (found string) {
	t.Helper()
	for _, m := range e.Messages() {
		text := strings.Join(m.Versions[0].Shown, "\n")
		for _, part := range any {
			if strings.Contains(text, part) {
				found += text + "\n"
			}
		}
	}
	return found
}
