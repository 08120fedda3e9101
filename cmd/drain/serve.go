package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"

	"drain/internal/config"
	"drain/internal/daemon"
)

func runServe(args []string, sys system) int {
	fs, file := flags("serve", sys)
	if code := parseFlags(fs, args, 0); code >= 0 {
		return code
	}
	cfg, _, err := readConfig(*file, sys)
	if err != nil {
		fmt.Fprintln(sys.stderr, err)
		return exitFailed
	}
	env, err := config.LoadEnv(sys.getenv, os.ReadFile)
	if err != nil {
		fmt.Fprintln(sys.stderr, err)
		return exitFailed
	}
	logger := newLogger(env, sys.stderr)
	limitMemory(os.DirFS("/"), sys.getenv, debug.SetMemoryLimit, logger)
	d, err := daemon.New(daemon.Options{
		Config: cfg, Env: env, Version: version, Log: logger,
		ReadConfig: func() (*config.Config, error) {
			cfg, _, err := readConfig(*file, sys)
			return cfg, err
		},
		ReadEnv: func() (config.Env, error) { return config.LoadEnv(sys.getenv, os.ReadFile) },
	})
	if err != nil {
		fmt.Fprintf(sys.stderr, "drain: %v\n", err)
		return exitFailed
	}

	super, err := newSupervisor(sys.getenv, logger)
	if err != nil {
		fmt.Fprintf(sys.stderr, "drain: %v\n", errors.Join(err, d.Stop(context.Background())))
		return exitFailed
	}
	defer super.close()

	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)
	d.Start()
	super.started(d.Alive)
	leaveStartBehind(logger)
	if err := untilStopped(d, signals, super); err != nil {
		fmt.Fprintf(sys.stderr, "drain: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// untilStopped serves until a signal says to stop, or the daemon can't go on. The first signal
// drains; a second one ends at once.
func untilStopped(d *daemon.Daemon, signals <-chan os.Signal, super *supervisor) error {
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGHUP {
				super.reload(d.Reload)
				continue
			}
		case <-d.Done():
		}
		break
	}
	super.stopping()
	ctx, abort := context.WithCancel(context.Background())
	defer abort()
	stopped := make(chan error, 1)
	go func() { stopped <- d.Stop(ctx) }()
	for {
		select {
		case err := <-stopped:
			if d.Err() != nil {
				return d.Err()
			}
			return err
		case s := <-signals:
			if s != syscall.SIGHUP {
				return fmt.Errorf("aborted by a second signal (%v)", s)
			}
		}
	}
}

// newLogger writes JSON, or text where a person reads.
func newLogger(env config.Env, w io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(env.LogLevel)
	if err != nil || env.LogLevel == "" {
		level = zerolog.InfoLevel // LoadEnv has checked the name
	}
	f, isFile := w.(*os.File)
	terminal := isFile && isatty.IsTerminal(f.Fd())
	if env.LogFormat == "text" || env.LogFormat == "" && terminal {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: !terminal}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}
