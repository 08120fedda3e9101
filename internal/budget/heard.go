package budget

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

const (
	// listenFor is how long dynos are listened to until those that spoke are taken for all. They tell of
	// their memory every 20 s where log-runtime-metrics is on; else one that is quiet may be missed.
	listenFor = 2 * time.Minute
	// silentFor is how long a dyno that runs can say nothing: Heroku restarts each within 24 h and 216 min
	// (Dev Center, "Dyno Restarts"), and says so.
	silentFor = 28 * time.Hour
	// lastWords is how long a dyno that was stopped may still be heard: its processes have 30 s to end.
	lastWords = time.Minute
	// maxHeard bounds the dynos of one app that are listened to.
	maxHeard = 500
)

// dyno is one of a formation, such as web.1.
type dyno struct {
	process string
	number  int
}

// heard is what the log said of a dyno last.
type heard struct {
	at      time.Time
	stopped bool // it went down then
}

// Listens says whether Heard is of any use: the platform hasn't told the formation, and there is a Redis.
func (b *Budget) Listens() bool { return !b.whole && len(b.addons) > 0 }

// Heard takes that a dyno spoke at that time, or was spoken of as one that runs. How many dynos a process
// type has is told from that, until the platform says it. Numbers that no formation has are ignored.
func (b *Budget) Heard(process string, number int, at time.Time) {
	h := b.heard[dyno{process, number}]
	if !h.stopped || at.Sub(h.at) >= lastWords/b.pace {
		b.Starting(process, number, at)
	}
}

// Starting takes that a dyno starts, or is up: it is heard at once, also where it was just stopped.
func (b *Budget) Starting(process string, number int, at time.Time) {
	if !b.Listens() || number < 1 || number > mostDynos {
		return
	}
	key := dyno{process, number}
	if _, known := b.heard[key]; !known {
		if len(b.heard) >= maxHeard && at.Sub(b.swept) >= listenFor/b.pace { // or each made-up name would go through all
			b.swept = at
			maps.DeleteFunc(b.heard, func(_ dyno, h heard) bool { return at.Sub(h.at) >= silentFor/b.pace })
		}
		if len(b.heard) >= maxHeard {
			return
		}
	}
	if b.listening.IsZero() || at.Sub(b.newest) >= silentFor/b.pace { // nobody spoke for so long: no log came
		b.listening = at
	}
	b.heard[key], b.newest = heard{at: at}, later(b.newest, at)
}

// Stopped takes that a dyno went down. What it says just after are its last words. The one before it runs,
// unless it is said to have stopped as well.
func (b *Budget) Stopped(process string, number int, at time.Time) {
	key, before := dyno{process, number}, dyno{process, number - 1}
	if _, known := b.heard[key]; !known {
		b.Starting(process, number, at) // it was there; or the one after it, if it stops next, would bring it back
	}
	if _, known := b.heard[key]; known {
		b.heard[key] = heard{at, true}
		if _, known := b.heard[before]; !known {
			b.Starting(process, number-1, at)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// formation is how many dynos of each process type there are, as far as it is known.
type formation struct {
	dynos map[string]int
	whole bool // a type that isn't in dynos has none; else it is unknown
}

// present is what the platform said, and what was heard of the types that it said nothing of. Heroku counts
// dynos from 1 and stops the last first: who hears web.4 has four.
func (b *Budget) present() formation {
	listened := b.newest.Sub(b.listening)
	if b.whole || listened < listenFor/b.pace {
		return formation{b.dynos, b.whole}
	}
	f := formation{maps.Clone(b.dynos), listened >= silentFor/b.pace}
	for _, d := range slices.SortedFunc(maps.Keys(b.heard), func(x, y dyno) int { return cmp.Compare(x.process, y.process) }) {
		have, known := f.dynos[d.process]
		if _, told := b.dynos[d.process]; told || !known && len(f.dynos) >= maxProcesses {
			continue
		}
		if h := b.heard[d]; !h.stopped && b.newest.Sub(h.at) < silentFor/b.pace {
			have = max(have, d.number)
		}
		f.dynos[d.process] = have
	}
	return f
}

// knows says whether the quantity of a process type is known.
func (f formation) knows(process string) bool {
	_, known := f.dynos[process]
	return known || f.whole
}

// quantity is what people are told of it.
func (f formation) quantity(process string) string {
	if !f.knows(process) {
		return "?"
	}
	return strconv.Itoa(f.dynos[process])
}

// missing are the process types, but one, that take connections of a and whose quantity isn't known.
func (a *addon) missing(f formation, but string) []string {
	var types []string
	if len(a.configured.PerDyno) == 0 {
		if m := a.model(); m != nil {
			types = slices.Clone(m.types)
		}
	}
	for process, each := range a.configured.PerDyno {
		if each > 0 {
			types = append(types, process)
		}
	}
	slices.Sort(types)
	return slices.DeleteFunc(types, func(process string) bool { return process == but || f.knows(process) })
}
