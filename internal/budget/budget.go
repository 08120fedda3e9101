package budget

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Bounds of what one Budget holds. Names come from log lines, so without them a sender could make
// it grow.
const (
	maxAddons    = 32
	maxProcesses = 64
)

// Unbounded is what Fits answers for a process type that takes no connections.
const Unbounded = math.MaxInt

// Sample is one metric line of an add-on.
type Sample struct {
	Addon      string // the add-on's name; empty in old lines
	Attachment string // what the app calls it, e.g. ENKETO_REDIS_MAIN
	Used       int    // connections
	Limit      int    // connections; 0 where the line doesn't say
	At         time.Time
	Own        bool // delivered under the app's own password
}

// Budget is the connection budget of one app.
type Budget struct {
	redis   map[string]Redis     // by attachment
	addons  []*addon             // in the order they were heard of
	dynos   map[string]int       // by process type; a type not heard of isn't there
	told    map[string]time.Time // by process type: when its quantity was last set
	whole   bool                 // the platform told the whole formation
	heard   map[dyno]heard       // until then
	changed time.Time            // when a quantity or a dyno's state last changed
	pace    time.Duration        // what this package's times are divided by
	release int                  // counts releases that something was learnt in
	grown   *Growth              // the newest; nil: none was seen
	unsaved bool                 // what was learnt isn't all in the ledger

	listening, newest time.Time // when a dyno was first heard, and last; zero: none was
	swept             time.Time // when those that are silent for too long were last looked for
}

// New returns a Budget with the owner's settings by attachment name, which may be nil. It keeps the
// map and only reads it.
func New(redis map[string]Redis) *Budget {
	b := &Budget{dynos: map[string]int{}, told: map[string]time.Time{}, heard: map[dyno]heard{}, pace: 1}
	b.Configure(redis)
	return b
}

// Faster has b, which it returns, reckon with a platform whose rhythms run n times as fast, at least once.
func (b *Budget) Faster(n int) *Budget {
	b.pace = time.Duration(max(1, n))
	return b
}

// Configure replaces the owner's settings. What was seen and learnt stays.
func (b *Budget) Configure(redis map[string]Redis) {
	b.redis = redis
	for _, attachment := range slices.Sorted(maps.Keys(redis)) {
		b.find("", attachment)
	}
	for _, a := range b.addons {
		a.configured = redis[a.attachment]
	}
}

// Limit returns what is known of an add-on's limit, 0 if nothing is.
func (b *Budget) Limit(addon, attachment string) int {
	if a := b.known(addon, attachment); a != nil {
		limit, _ := a.limit()
		return limit
	}
	return b.redis[attachment].Limit
}

// Memory returns how much an add-on may hold, in bytes: its plan's, else that of the plan whose limit of
// connections it logs. It is 0 where neither tells.
func (b *Budget) Memory(addon, attachment string) int64 {
	a := b.known(addon, attachment)
	switch {
	case a == nil:
		return 0
	case a.memory > 0:
		return a.memory
	}
	if a.sized.connections != a.last.Limit {
		a.sized = size{a.last.Limit, memoryAt(a.last.Limit)}
	}
	return a.sized.memory
}

// known returns an add-on that was heard of, nil if it wasn't.
func (b *Budget) known(name, attachment string) *addon {
	for _, a := range b.addons {
		if a.name == name || a.name == "" && a.attachment == attachment {
			return a
		}
	}
	return nil
}

// trustedFor is how long a figure under the app's own password is not displaced by one of another
// delivery: a second drain of the same app would take the evidence away.
const trustedFor = 3 * time.Minute

// Observe takes an add-on's figures. The caller cuts a time in the future to the time of receipt:
// the newest sample counts, and one from tomorrow would hide all of today's.
func (b *Budget) Observe(s Sample) {
	a := b.find(s.Addon, s.Attachment)
	if a == nil || s.At.Before(a.last.At) || a.last.Own && !s.Own && s.At.Sub(a.last.At) < trustedFor/b.pace {
		return
	}
	a.last = s
	b.learn(a)
}

// Dynos takes the quantity that a process type was set to at that time.
func (b *Budget) Dynos(process string, quantity int, at time.Time) {
	b.have(process, quantity, at)
	if _, known := b.dynos[process]; known {
		b.told[process] = at
	}
}

// have takes that a process type has that quantity since that time at the latest.
func (b *Budget) have(process string, quantity int, at time.Time) {
	have, known := b.dynos[process]
	switch {
	case known && have == quantity, !known && len(b.dynos) >= maxProcesses:
		return
	case !known:
		b.appeared(process, quantity)
	case quantity > have:
		b.grown = &Growth{Process: process, From: have, To: quantity, At: at}
	}
	b.dynos[process] = quantity
	b.Restless(at)
}

// skew is how far the clocks of the platform and of those who ask it may be apart.
const skew = 2 * time.Second

// Formation takes the whole formation that the platform was asked for at that time: a process type that
// isn't in it is no more. A quantity that was set since stays: the answer may be older, and would take the
// change back and show it made again.
func (b *Budget) Formation(dynos map[string]int, asked time.Time) {
	b.whole, b.heard = true, nil // who was heard is of no account from now on
	older := func(process string) bool { return asked.Before(b.told[process].Add(skew / b.pace)) }
	for process, quantity := range dynos {
		if !older(process) {
			b.have(process, quantity, asked)
		}
	}
	for process := range b.dynos {
		if _, there := dynos[process]; !there && !older(process) {
			b.have(process, 0, asked)
		}
	}
}

// Plan takes an add-on's plan, e.g. "heroku-redis:premium-0". One that isn't known changes nothing.
func (b *Budget) Plan(name, attachment, plan string) {
	size, known := sizeOf(plan)
	if a := b.find(name, attachment); a != nil && known {
		a.plan, a.memory = size.connections-reserved, size.memory
	}
}

// Fits returns the largest quantity of process that fits every add-on, given the present quantities
// of the other types. ok is false where that isn't known: nothing is known of any add-on, or of the
// quantity of another type, or the
// ones that are known leave room while another, of which it isn't known what a dyno takes, is full.
// Where that was learnt n is by the careful end of its interval, and what is too uncertain to tell isn't
// known.
func (b *Budget) Fits(process string) (n int, ok bool) {
	n, blind, f := Unbounded, false, b.present()
	for _, a := range b.addons {
		switch fits, known := a.fits(process, f); {
		case known:
			n, ok = min(n, fits), true
		case a.atLeast(headroomTenths * 10):
			blind = true
		}
	}
	if !ok || blind && n >= f.dynos[process] {
		return 0, false
	}
	return n, true
}

// find returns the add-on of that name, else the one of that attachment whose name wasn't heard
// yet, else a new one. It is nil where there is no room.
func (b *Budget) find(name, attachment string) *addon {
	for _, a := range b.addons {
		if name != "" && a.name == name || (name == "" || a.name == "") && a.attachment == attachment {
			if a.name == "" {
				a.name = name
			}
			return a
		}
	}
	if len(b.addons) >= maxAddons {
		return nil
	}
	a := &addon{name: name, attachment: attachment, configured: b.redis[attachment]}
	b.addons = append(b.addons, a)
	return a
}
