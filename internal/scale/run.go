package scale

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// Run does the Scaler's work until ctx ends and what was under way is over: at most Timing.Call
// later, if the ledger answers. It returns nil. It is called once.
func (s *Scaler) Run(ctx context.Context) error {
	var apps sync.WaitGroup
	defer s.finish(ctx, &apps)
	for {
		kept := s.load(ctx) && s.save(ctx)
		for _, a := range s.idle() {
			apps.Go(func() { s.attend(ctx, a) })
		}
		var retry <-chan time.Time
		if !kept {
			retry = time.After(s.o.Timing.Retry)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-retry:
		}
	}
}

// finish waits for what is under way, and saves what was heard of since.
func (s *Scaler) finish(ctx context.Context, apps *sync.WaitGroup) {
	apps.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Timing.Call)
	defer cancel()
	for _, a := range s.unsure() {
		s.heed(ctx, a)
	}
	s.save(ctx)
	s.forgetLost(ctx)
}

// forgetLost takes out of the ledger what somebody else's change has made void.
func (s *Scaler) forgetLost(ctx context.Context) {
	var lost []string
	s.mu.Lock()
	for _, a := range s.apps {
		if a.unheard {
			continue // the next process finds out
		}
		for _, w := range a.wanted {
			if w.lost != "" {
				lost = append(lost, w.key())
			}
		}
	}
	s.mu.Unlock()
	for _, key := range lost {
		if err := s.o.Formations.Delete(ctx, key); err != nil {
			s.o.Log.Warn().Err(err).Str("wanted", key).Msg("the wanted formation can't be taken from the ledger")
		}
	}
}

// unsure are the apps in which somebody changed something, unless that was an upgrade.
func (s *Scaler) unsure() (out []*app) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		if a.unclear {
			out = append(out, a)
		}
	}
	return out
}

// idle returns the apps that need a goroutine and have none, and marks them as having one.
func (s *Scaler) idle() []*app {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*app
	for _, a := range s.apps {
		if !a.busy && (len(s.jobs(a)) > 0 || len(a.wanted) > 0 || a.unclear) {
			a.busy = true
			out = append(out, a)
		}
	}
	return out
}

// job is a policy whose rule fires, or that has something to restore.
type job struct {
	policy  *Policy
	request Request
	wanted  *Wanted // what to restore; nil while the rule fires
	undo    *Action // what to take back; nil otherwise
	yes     *Approval
}

// jobs returns what is to be decided for an app, in the policies' order. The caller holds mu.
func (s *Scaler) jobs(a *app) []job {
	var out []job
	if s.ceased {
		return nil
	}
	for i := range s.policies {
		p := &s.policies[i]
		if r, firing := a.firing[p.On]; firing && p.App == a.name {
			out = append(out, job{policy: p, request: r})
		}
	}
	return out
}

// load reads what was done before this process started, once. It returns whether that is known now.
func (s *Scaler) load(ctx context.Context) bool {
	s.mu.Lock()
	loaded := s.loaded
	s.mu.Unlock()
	if loaded {
		return true
	}
	var found []Action
	err := s.o.Actions.Each(ctx, func(key string, value []byte) error {
		var a Action
		if err := json.Unmarshal(value, &a); err != nil || a.App == "" {
			s.o.Log.Warn().Err(err).Str("key", key).Msg("an action in the ledger can't be read and is left out")
			return nil
		}
		found = append(found, a)
		return nil
	})
	wants, wantsErr := s.wants(ctx)
	if err = errors.Join(err, wantsErr); err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn().Err(err).Msg("past actions can't be read, nothing is done until they can")
		}
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, act := range found {
		a := s.app(act.App)
		switch {
		case !act.Foreign:
			a.put(act)
		case act.At.After(a.lastForeign().At):
			a.foreign = append(a.foreign, act)
		}
	}
	for _, w := range wants {
		a := s.app(w.App)
		kept := &wanted{Wanted: w}
		if last := a.lastForeign(); last.Process == w.Process {
			kept.line(last.To, last.At, 0)
		}
		a.wanted[w.Process] = kept
		s.relapse(a)
	}
	s.loaded = true
	for _, a := range s.apps {
		s.forget(a)
		s.rouse(a)
	}
	return true
}

// wants reads what is to be restored. Only the process that acts needs it.
func (s *Scaler) wants(ctx context.Context) (found []Wanted, err error) {
	if !s.o.MayAct {
		return nil, nil
	}
	err = s.o.Formations.Each(ctx, func(key string, value []byte) error {
		var w Wanted
		if err := json.Unmarshal(value, &w); err != nil || w.key() != key {
			s.o.Log.Warn().Err(err).Str("key", key).Msg("a wanted formation in the ledger can't be read and is left out")
			return nil
		}
		found = append(found, w)
		return nil
	})
	return found, err
}

// save puts others' changes in the ledger. It returns whether all are there.
func (s *Scaler) save(ctx context.Context) bool {
	for {
		s.mu.Lock()
		if len(s.unsaved) == 0 {
			s.mu.Unlock()
			return true
		}
		next := s.unsaved[0]
		s.mu.Unlock()
		if err := s.o.Actions.Put(ctx, next.key(), next.encode()); err != nil {
			if ctx.Err() == nil {
				s.o.Log.Warn().Err(err).Str("app", next.App).Msg("a change by somebody else can't be put in the ledger yet")
			}
			return false
		}
		s.mu.Lock()
		s.unsaved = s.unsaved[1:]
		s.mu.Unlock()
	}
}
