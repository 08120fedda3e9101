package daemon

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"drain/internal/budget"
	"drain/internal/history"
	"drain/rules"
)

// app is what is known of one Heroku app. Its lock is held for the judging of one Observation at a
// time, never for a line, a call to the outside or another app.
type app struct {
	name string

	mu      sync.Mutex
	engine  *rules.Engine
	budget  *budget.Budget
	losses  rules.Losses
	past    past
	memory  footprints     // only where a policy restarts
	firing  map[string]int // by rule: for how many keys it fires
	last    time.Time      // receipt of the last delivery
	drains  heardDrains
	sight   sight
	hearing *hearing     // nil until there is a use for it
	history *history.App // nil: there is no room for another

	overgrown        string // the process type that has more dynos than fit since somebody added some; empty: none
	mayHaveOvergrown bool   // so it seems, by figures from before

	measured measurements  // of its add-ons
	events   []rules.Event // scratch
	quotes   []quote       // of the Events in hand; scratch
	own      atomic.Bool   // its log is our own: see self
	due      time.Time     // the deadline that the alarm knows of
	place    int           // in the alarm's heap; -1: none

	dropped   uint64            // hits and samples that the Engine had no room for, as counted
	droppedBy map[string]uint64 // … those of one rule's keys
}

// apps is every app heard from. Apps are never forgotten while the process lives: there are few,
// and a password is needed to make one.
type apps struct {
	mu   sync.RWMutex
	all  map[string]*app
	make func(name string) *app
}

// maxApps bounds the apps: whoever holds the password can name any.
const maxApps = 20_000

// get returns the app, made at its first delivery; nil if there are too many.
func (a *apps) get(name string) *app {
	a.mu.RLock()
	one := a.all[name]
	a.mu.RUnlock()
	if one != nil {
		return one
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if one = a.all[name]; one == nil && len(a.all) < maxApps {
		name = strings.Clone(name) // it is a view of a whole request's head
		one = a.make(name)
		a.all[name] = one
	}
	return one
}

// known returns the app if it was ever heard of, nil else.
func (a *apps) known(name string) *app {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.all[name]
}

// each calls fn for every app, by name.
func (a *apps) each(fn func(*app)) {
	a.mu.RLock()
	list := make([]*app, 0, len(a.all))
	for _, one := range a.all {
		list = append(list, one)
	}
	a.mu.RUnlock()
	slices.SortFunc(list, func(a, b *app) int { return strings.Compare(a.name, b.name) })
	for _, one := range list {
		fn(one)
	}
}
