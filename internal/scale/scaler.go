package scale

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Shelf is where actions and wanted formations are kept. It is safe for concurrent use.
type Shelf interface {
	Put(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error
	Each(ctx context.Context, fn func(key string, value []byte) error) error
}

// Options are what a Scaler needs. Actions, Formations and Evidence must be set.
type Options struct {
	Policies   []Policy // with their defaults set
	Platform   Platform // nil: there is no access, and every decision says so
	Actions    Shelf
	Formations Shelf  // what is to be restored
	Durable    bool   // Actions survives a restart; without it every policy is a dry run
	MayAct     bool   // this process is the one that acts
	Timing     Timing // the zero value is DefaultTiming

	// Hold takes the sole right to act on an app, among all processes that might, until release is
	// called. The context it returns is ctx, and ends before the right is another's. It fails while
	// another has it. nil: there is no other process.
	Hold func(ctx context.Context, app string) (held context.Context, release func(), err error)

	// Upgrade returns what the ledger knows of the app's last upgrade, zero if there was none. nil: it
	// is never asked.
	Upgrade func(ctx context.Context, app string) (Upgrade, error)

	// Evidence returns what is known of app's connections, and how many dynos of process fit. What is
	// returned must not change any more.
	Evidence func(app, process string) Evidence
	// Formed is given each formation that is read, the quantity of each process type, and when it was asked
	// for: what is known to have changed since then isn't in it. It may be nil.
	Formed func(app string, formation map[string]int, asked time.Time)
	// Tell is given every Decision that says something new, in order for each app. It must not
	// block. It may be nil.
	Tell func(Decision)

	Log        zerolog.Logger
	Registerer prometheus.Registerer // nil: no metrics are registered
}

// Request says that a rule started or ceased to fire for an app.
type Request struct {
	App    string
	Rule   string
	Cause  string
	Firing bool
	At     time.Time // since when it fires, or when it ceased to
}

// Scaler acts on firing rules. New makes one, Run does its work.
type Scaler struct {
	o       Options // set by New, then read only, but for Policies
	started time.Time
	metrics *metrics
	ring    ring
	wake    chan struct{} // cap 1; a token means that Run has something to do

	mu       sync.Mutex
	policies []Policy        // guarded by mu; replaced, never changed
	apps     map[string]*app // guarded by mu
	ceased   bool            // guarded by mu; nothing is begun any more
	loaded   bool            // guarded by mu; the ledger's actions are in apps
	unsaved  []Action        // guarded by mu; others' changes that the ledger doesn't hold yet
}

// New returns a Scaler that counts its start from now. It makes no call. It fails if an option is
// missing or a metric of its name is registered already.
func New(o Options) (*Scaler, error) {
	if o.Actions == nil || o.Formations == nil || o.Evidence == nil {
		return nil, errors.New("scale: Options.Actions, Options.Formations and Options.Evidence must be set")
	}
	if o.Timing == (Timing{}) {
		o.Timing = DefaultTiming()
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("scale: %w", err)
	}
	s := &Scaler{
		o: o, started: time.Now(), metrics: m, wake: make(chan struct{}, 1),
		policies: o.Policies, apps: map[string]*app{},
	}
	s.o.Log = o.Log.With().Str("component", "scale").Logger()
	s.metrics.policies(o.Policies)
	return s, nil
}

// Request takes a rule's newest state for an app.
func (s *Scaler) Request(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[r.App]
	switch {
	case r.Firing:
		a = s.app(r.App)
		a.firing[r.Rule] = r
		s.relapse(a)
	case a != nil:
		if _, fired := a.firing[r.Rule]; fired {
			a.calm[r.Rule] = time.Now()
		}
		delete(a.firing, r.Rule)
		s.forget(a)
	}
	s.rouse(a)
}

// Nudge says that the app's Evidence is newer than before. It costs next to nothing for an app that
// nothing is to be decided of.
func (s *Scaler) Nudge(appName string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Only the app's goroutine waits for Evidence. One that is yet to start decides at once, by the newest.
	if a := s.apps[appName]; a != nil && a.busy {
		a.nudged = true
		token(a.poke)
	}
}

// Scaled takes one process type of a "Scaled to" line, at being the line's time. It is ours if its
// type and quantity are those of an action of ours at about that time; any other is somebody else's
// and holds actions for Timing.Foreign. Lines of apps without a policy are ignored.
func (s *Scaler) Scaled(appName, process string, quantity int, at time.Time) (ours bool) {
	if now := time.Now(); at.After(now) {
		at = now
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.governed(appName) {
		return false
	}
	return s.app(appName).line(s, process, quantity, at)
}

// Released says that a release or deploy of the app was heard of, at being the line's time.
func (s *Scaler) Released(appName string, at time.Time) {
	if now := time.Now(); at.After(now) {
		at = now
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.governed(appName) {
		return
	}
	if a := s.app(appName); at.After(a.released) {
		a.released = at
	}
}

// Replace puts other policies, with their defaults set, in place of those there are. An action
// under way goes on. What a policy was to restore that is gone, or doesn't any more, is given up and told.
func (s *Scaler) Replace(policies []Policy) {
	s.metrics.policies(policies)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies = policies
	for _, a := range s.apps {
		s.forget(a)
		s.rouse(a)
	}
}

// Cease has nothing begun any more. An action under way goes on, and what is to be restored is left to the
// next process.
func (s *Scaler) Cease() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ceased = true
	for _, a := range s.apps {
		s.rouse(a)
	}
}

func (s *Scaler) hasCeased() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ceased
}

// Decisions returns the last 1000, oldest first.
func (s *Scaler) Decisions() []Decision { return s.ring.all() }

// app returns the state of an app, which it makes if there is none. The caller holds mu.
func (s *Scaler) app(name string) *app {
	a := s.apps[name]
	if a == nil {
		a = newApp(name)
		s.apps[name] = a
	}
	return a
}

// forget drops an app that nothing is to be remembered of, since apps come and go. One that was acted
// on is remembered, as a policy for it may come back. The caller holds mu.
func (s *Scaler) forget(a *app) {
	if !a.busy && !a.unclear && len(a.firing) == 0 && len(a.actions) == 0 && len(a.wanted) == 0 && !s.governed(a.name) {
		delete(s.apps, a.name)
		s.metrics.forget(a.name)
	}
}

// relapse notes which of the incidents that something was shed in have come back. The caller holds mu.
func (s *Scaler) relapse(a *app) {
	for _, w := range a.wanted {
		if p, _ := s.restorer(&w.Wanted); p != nil {
			if r, fires := a.firing[p.On]; fires {
				w.relapse(r.At)
			}
		}
	}
}

// governed says whether any policy is for the app. The caller holds mu.
func (s *Scaler) governed(name string) bool {
	for i := range s.policies {
		if s.policies[i].App == name {
			return true
		}
	}
	return false
}

// rouse makes the app's goroutine look again, or Run start one. The caller holds mu.
func (s *Scaler) rouse(a *app) {
	if a == nil {
		return
	}
	token(a.poke)
	token(s.wake)
}

// token leaves one in c. Without room there is one already, which says the same.
func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
