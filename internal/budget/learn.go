package budget

import (
	"maps"
	"slices"
	"time"
)

// settle is how long after a change of quantity, a release or a dyno's change of state a sample may be
// learnt from. Dynos boot for up to a minute and stop for 30 s, and meanwhile the figure belongs to
// neither formation. With preboot the old dynos say so when they go.
const settle = 2 * time.Minute

// Restless takes that a dyno started, stopped or crashed: what the add-ons say just after is of a formation
// in between.
func (b *Budget) Restless(at time.Time) {
	if at.After(b.changed) {
		b.changed = at
	}
}

// Released takes that the app was released. What a dyno takes may be another number from now on.
func (b *Budget) Released(at time.Time) {
	b.Restless(at)
	for _, a := range b.addons {
		if n := len(a.stays); n > 0 && a.stays[n-1].Release == b.release {
			b.release++ // one deploy is several lines, and but one release
			return
		}
	}
}

// learn takes the newest sample of a, if the formation is settled and wholly known.
func (b *Budget) learn(a *addon) {
	limit, _ := a.limit()
	if !a.last.Own || limit == 0 || a.last.At.Sub(b.changed) < settle/b.pace || len(b.dynos) == 0 || !b.knowsTypesOf(a) {
		return
	}
	n := len(a.stays)
	if n == 0 || !a.stays[n-1].goesOn(b.dynos, b.release, limit, a.last.At) {
		a.stays = append(slices.DeleteFunc(a.stays, func(s *stay) bool { return !s.tells() }), &stay{
			Dynos: maps.Clone(b.dynos), Release: b.release, Limit: limit, From: a.last.At, Every: 1,
		})
		n = len(a.stays)
	}
	s := a.stays[n-1]
	s.add(a.last.Used, a.atLeast(saturated), a.last.At)
	a.outdated = true
	if s.Count == fewestReadings {
		a.stays = pruned(a.stays, a.last.At)
	}
	// Worth writing down where it tells something new, and not each minute.
	if s.Count == fewestReadings || s.Count%60 == 0 {
		b.unsaved = true
	}
}

// knowsTypesOf says whether the quantity is known of every process type that a's stays tell of. After a
// restart it isn't until each was heard of.
func (b *Budget) knowsTypesOf(a *addon) bool {
	if len(a.stays) == 0 {
		return true
	}
	for process := range a.stays[len(a.stays)-1].Dynos {
		if _, known := b.dynos[process]; !known {
			return false
		}
	}
	return true
}

// appeared takes that a process type is heard of for the first time. Where it has dynos they were there
// unseen: what was learnt without them is worth nothing.
func (b *Budget) appeared(process string, quantity int) {
	if quantity == 0 {
		return // Heroku starts a new type at 0, and so it was
	}
	for _, a := range b.addons {
		if n := len(a.stays); n == 0 {
			continue
		} else if _, known := a.stays[n-1].Dynos[process]; !known {
			a.stays, a.outdated = nil, true
		}
	}
}

// model is what a's stays tell, made when it is needed.
func (a *addon) model() *model {
	if a.outdated {
		a.learnt, a.outdated = newModel(a.stays), false
	}
	return a.learnt
}
