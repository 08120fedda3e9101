package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
	"drain/internal/ingest"
	"drain/internal/simulator"
)

//go:embed demo.yaml
var demoConfig []byte

// play is what a demo needs to know.
type play struct {
	config *config.Config
	pace   int           // how many times faster than Heroku
	rush   time.Duration // from the start to the survey's begin
	most   time.Duration // the story is over by then, or something is wrong
	keep   bool          // go on after the story
	log    zerolog.Logger
	tell   *teller
}

func runDemo(args []string, sys system) int {
	fs, _ := flags("demo", sys)
	keep := fs.Bool("keep", false, "go on after the story, with the page open, until Ctrl-C")
	verbose := fs.Bool("v", false, "print the daemon's own log to stderr")
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	cfg, err := config.Parse("demo.yaml", demoConfig)
	if err != nil {
		fmt.Fprintln(sys.stderr, err)
		return exitFailed
	}
	p := play{
		config: cfg, pace: 10, rush: 6 * time.Second, most: 85 * time.Second,
		keep: *keep, log: zerolog.Nop(), tell: newTeller(sys.stdout),
	}
	if *verbose {
		p.log = newLogger(config.Env{}, sys.stderr)
	}
	p.tell.config(demoConfig)
	if err := demo(ctx, p); err != nil {
		p.tell.end()
		fmt.Fprintf(sys.stderr, "drain demo: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// demo runs the real daemon in automatic mode against a simulated Heroku, and tells what happens.
func demo(ctx context.Context, p play) (err error) {
	dir, err := os.MkdirTemp("", "drain-demo-")
	if err != nil {
		return fmt.Errorf("a place for the ledger: %w", err)
	}
	defer os.RemoveAll(dir)
	sim, err := simulator.New(simulator.Options{Speed: float64(p.pace), Seed: 1, OnEvent: func(ev simulator.Event) {
		p.tell.say(fromApp, ev.Text)
	}})
	if err != nil {
		return err
	}
	password := rand.Text()
	d, err := daemon.New(daemon.Options{
		Config: p.config, Version: version, Log: p.log, Pace: p.pace,
		Env: config.Env{
			Listen: "127.0.0.1:0", DrainPassword: config.Secret(password), Ledger: filepath.Join(dir, "ledger"),
			HerokuAPIKey: config.Secret(sim.APIKey()), HerokuAPIURL: sim.APIURL(),
			SlackBotToken: config.Secret(sim.SlackToken()), SlackChannel: sim.SlackChannel(), SlackAPIURL: sim.SlackURL(),
		},
	})
	if err != nil {
		return errors.Join(err, sim.Close())
	}
	running, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(running) }()
	d.Start()
	defer func() {
		err = errors.Join(err, d.Stop(context.Background()))
		end()
		err = errors.Join(err, <-ended)
	}()

	app := sim.App()
	if _, err := sim.Attach("http://drain:" + ingest.AppPassword(password, app) + "@" + d.Addr() + "/logs/" + app); err != nil {
		return err
	}
	s := &story{play: p, sim: sim, daemon: d}
	s.open()
	if err := s.run(ctx); err != nil {
		return err
	}
	s.close()
	if p.keep {
		p.tell.say(fromDemo, "going on; the page is http://"+d.Addr()+"/ (Ctrl-C ends it)")
		<-ctx.Done()
	}
	return nil
}
