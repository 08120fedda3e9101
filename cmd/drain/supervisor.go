package main

import (
	"context"
	"os"
	"sync"

	"github.com/rs/zerolog"

	"drain/internal/systemd"
)

// supervisor tells systemd, where it started us, what the daemon does. What it can't tell is logged
// and stops nothing.
type supervisor struct {
	manager  *systemd.Manager
	log      zerolog.Logger
	watching context.Context // from started to close
	end      context.CancelFunc
	watch    sync.WaitGroup
}

func newSupervisor(getenv func(string) string, log zerolog.Logger) (*supervisor, error) {
	manager, err := systemd.Open(getenv, os.Getpid())
	if err != nil {
		return nil, err
	}
	s := &supervisor{manager: manager, log: log}
	s.watching, s.end = context.WithCancel(context.Background())
	return s, nil
}

func (s *supervisor) tell(err error) {
	if err != nil {
		s.log.Error().Err(err).Str("component", "systemd").Msg("systemd was not told")
	}
}

// started says that the port is bound and served, and begins to give signs of life.
func (s *supervisor) started(alive func(context.Context) error) {
	s.tell(s.manager.Ready())
	s.watch.Go(func() { s.manager.Watch(s.watching, alive, s.tell) })
}

// reload's outcome is logged and counted by the daemon; with either it serves on.
func (s *supervisor) reload(reload func() error) {
	s.tell(s.manager.Reloading())
	_ = reload()
	s.tell(s.manager.Ready())
}

func (s *supervisor) stopping() { s.tell(s.manager.Stopping()) }

// close ends the signs of life: up to it, stopping may hang too.
func (s *supervisor) close() {
	s.end()
	s.watch.Wait()
	s.tell(s.manager.Close())
}
