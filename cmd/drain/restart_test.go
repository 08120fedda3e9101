package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
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
	"drain/internal/simulator/slack"
	"drain/rules"
)

// stage is a simulated Heroku and Slack, and a daemon that can be started on it again and again.
type stage struct {
	sim *simulator.Simulator
	cfg *config.Config
	env config.Env
}

func newStage(t *testing.T, pace int) *stage {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Speed: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	s := &stage{sim: sim, cfg: &config.Config{
		Apps: map[string]config.App{"enketo": {Redis: map[string]budget.Redis{"ENKETO_REDIS_MAIN": {PerDyno: map[string]int{"web": 26}}}}},
		Policies: []scale.Policy{{
			Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Mode: scale.Automatic,
		}},
	}}
	s.cfg.Policies[0].SetDefaults()
	for _, r := range rules.Builtin() {
		s.cfg.Rules = append(s.cfg.Rules, r.Faster(pace))
	}
	s.env = config.Env{
		Listen: "127.0.0.1:0", DrainPassword: "p4ss", Ledger: filepath.Join(t.TempDir(), "ledger"),
		HerokuAPIKey: config.Secret(sim.APIKey()), HerokuAPIURL: sim.APIURL(),
		SlackBotToken: config.Secret(sim.SlackToken()), SlackChannel: sim.SlackChannel(), SlackAPIURL: sim.SlackURL(),
	}
	return s
}

func (s *stage) start(t *testing.T, pace int) *daemon.Daemon {
	t.Helper()
	d, err := daemon.New(daemon.Options{Config: s.cfg, Env: s.env, Pace: pace, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	return d
}

func stop(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	if err := d.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// take hands the daemon a delivery as ingest does.
func take(d *daemon.Daemon, own bool, lines ...string) {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(frame(time.Now(), l))
	}
	d.Take(&ingest.Delivery{App: "enketo", Own: own, Body: []byte(b.String()), At: time.Now(), MsgCount: len(lines)})
}

const full = "app heroku-redis source=ENKETO_REDIS_MAIN addon=redis-x sample#active-connections=38 sample#max-connections=38"

// A figure under the shared password raises the alert, and never moves a dyno.
func TestTheSharedPasswordNeverMovesADyno(t *testing.T) {
	const pace = 500 // the five minutes of grace are 600 ms
	s := newStage(t, pace)
	d := s.start(t, pace)
	// At this pace the message is updated more often than Slack allows; what is left to tell at the
	// stop is of no matter here.
	defer func() { _ = d.Stop(context.Background()) }()
	last := func() scale.Decision {
		all := d.Decisions()
		if len(all) == 0 {
			return scale.Decision{}
		}
		return all[len(all)-1]
	}
	until(t, func() bool {
		take(d, false, full) // again and again: without a figure the incident is over 600 ms later
		return last().Why == scale.GuardUntrusted && len(d.Incidents()) == 1
	})
	if web := s.sim.Formation()["web"]; web != 4 {
		t.Errorf("web is at %d, want 4", web)
	}
	until(t, func() bool { // the same under the app's own password
		take(d, true, full)
		return s.sim.Formation()["web"] == 1
	})
}

// One message for one incident, whatever happens to the process in between: a clean restart, and an
// end that falls into the time it was down.
func TestARestartTellsNothingTwice(t *testing.T) {
	const pace = 100 // an R14 is over after 3 s + 3 s
	s := newStage(t, pace)
	d := s.start(t, pace)
	take(d, true, "heroku web.1 Error R14 (Memory quota exceeded)")
	until(t, func() bool { return len(s.sim.Messages()) > 0 })
	stop(t, d)

	d = s.start(t, pace)
	until(t, func() bool { return len(d.Incidents()) == 1 })
	stop(t, d)

	time.Sleep(7 * time.Second) // it ends while nobody looks
	d = s.start(t, pace)
	defer stop(t, d)
	until(t, func() bool {
		m := slices.DeleteFunc(s.sim.Messages(), func(m slack.Message) bool { return m.Thread != "" })
		return len(m) == 1 && strings.Contains(strings.Join(m[0].Versions[len(m[0].Versions)-1].Shown, " "), "Resolved")
	})
	until(t, func() bool { return len(d.Incidents()) == 0 })
}

// frame is "APPNAME PROCID text" as Logplex frames it.
func frame(at time.Time, line string) string {
	app, rest, _ := strings.Cut(line, " ")
	proc, text, _ := strings.Cut(rest, " ")
	f := fmt.Sprintf("<134>1 %s host %s %s - %s\n", at.UTC().Format(time.RFC3339Nano), app, proc, text)
	return fmt.Sprintf("%d %s", len(f), f)
}
