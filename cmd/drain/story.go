package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"drain/internal/daemon"
	"drain/internal/scale"
	"drain/internal/simulator"
)

// story follows what the daemon and the simulator do, and tells it.
type story struct {
	play
	sim    *simulator.Simulator
	daemon *daemon.Daemon

	decisions int            // how many were told
	versions  map[string]int // of each Slack message, how many were told
	shed      *scale.Decision
}

var errCut = errors.New("interrupted")

func (s *story) open() {
	s.versions = make(map[string]int)
	used, limit := s.sim.Connections("ENKETO_REDIS_MAIN")
	s.tell.say(fromDemo, fmt.Sprintf("an Enketo app on Heroku: web %d, two premium-0 Redis; the main one has %d of %d connections",
		s.sim.Formation()["web"], used, limit))
	s.tell.say(fromDemo, "drain is attached to it, at http://"+s.daemon.Addr()+"/")
}

// run lets the story happen. It ends when Slack tells of the end of what it told of.
func (s *story) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.most, fmt.Errorf("the story was not over after %v", s.most))
	defer cancel()
	rush := time.NewTimer(s.rush)
	defer rush.Stop()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for !s.over() {
		select {
		case <-rush.C:
			s.sim.Rush()
		case <-look.C:
			s.look()
		case <-s.daemon.Done():
			return s.daemon.Err()
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), context.Canceled) {
				return errCut
			}
			return context.Cause(ctx)
		}
	}
	return s.judge()
}

// look tells what is new.
func (s *story) look() {
	all := s.daemon.Decisions()
	for ; s.decisions < len(all); s.decisions++ {
		d := all[s.decisions]
		if d.Verdict == scale.Done {
			s.shed = &d
		}
		s.tell.say(fromDrain, d.Text)
	}
	for _, m := range s.sim.Messages() {
		for n := s.versions[m.TS]; n < len(m.Versions); n++ {
			var before []string
			verb := "drain posts a message:"
			if m.Thread != "" {
				verb = "drain replies in its thread:"
			}
			if n > 0 {
				before, verb = m.Versions[n-1].Shown, "drain updates its message:"
			}
			s.tell.say(fromSlack, verb)
			for _, line := range news(before, m.Versions[n].Shown) {
				s.tell.say(fromSlack, "  "+line)
			}
		}
		s.versions[m.TS] = len(m.Versions)
	}
	used, limit := s.sim.Connections("ENKETO_REDIS_MAIN")
	s.tell.live(fmt.Sprintf("web %d · ENKETO_REDIS_MAIN %d of %d connections", s.sim.Formation()["web"], used, limit))
}

// posted counts the messages, without the replies in their threads.
func (s *story) posted() (n int) {
	for _, m := range s.sim.Messages() {
		if m.Thread == "" {
			n++
		}
	}
	return n
}

// news are the lines of now that did not stand in before.
func news(before, now []string) []string {
	had := make(map[string]bool)
	for _, text := range before {
		for line := range strings.Lines(text) {
			had[strings.TrimSpace(line)] = true
		}
	}
	var out []string
	for _, text := range now {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !had[line] {
				out = append(out, unmarked(line))
			}
		}
	}
	return out
}

// unmarked is a line of Slack's mrkdwn as people see it there: dates in words, no stars.
func unmarked(line string) string {
	for {
		before, rest, found := strings.Cut(line, "<!date^")
		_, rest, piped := strings.Cut(rest, "|")
		date, after, closed := strings.Cut(rest, ">")
		if !found || !piped || !closed {
			return strings.ReplaceAll(line, "*", "")
		}
		line = before + date + after
	}
}

// over says that dynos were shed and that every incident is over and told.
func (s *story) over() bool {
	return s.shed != nil && len(s.versions) > 0 && len(s.daemon.Incidents()) == 0
}

// judge says whether the story ended as it should.
func (s *story) judge() error {
	s.look()
	switch web := s.sim.Formation()["web"]; {
	case web != 1:
		return fmt.Errorf("web ended at %d, and 1 fits", web)
	case s.posted() != 1:
		return fmt.Errorf("%d Slack messages, and there was one incident", s.posted())
	}
	if wrong := s.sim.Violations(); len(wrong) > 0 {
		return fmt.Errorf("what Heroku or Slack would have refused: %s", strings.Join(wrong, "; "))
	}
	return nil
}

func (s *story) close() {
	s.tell.end()
	s.tell.say(fromDemo, fmt.Sprintf("that is what drain did: it saw Redis run out of connections, told Slack in one message, scaled %s from %d to %d since that fits, and said when it was over",
		s.shed.Process, s.shed.From, s.shed.To))
	next := "to attach an app of yours, read the README"
	if !s.keep {
		next = "to see the page and the metrics, run it with -keep; " + next
	}
	s.tell.say(fromDemo, next)
}
