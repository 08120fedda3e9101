package scale

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Upgrade is what is known of an app's last `drain upgrade`: it stops dynos, changes an add-on's plan,
// and starts as many again. What it sets is set for the owner, and no decision about how many dynos
// there should be. The zero value is none.
type Upgrade struct {
	Addon   string
	Plan    string         // the new one
	Stopped map[string]int // what it stops, and starts again, by process type
	Began   time.Time
	Told    time.Time // when it was last heard of
	Ended   time.Time // zero while it is under way
}

// underWay says whether u goes on. One that says nothing for longer than it can take is given up.
func (u *Upgrade) underWay(now time.Time, most time.Duration) bool {
	return !u.Began.IsZero() && u.Ended.IsZero() && now.Sub(u.Told) < most
}

// made says whether u set process to quantity at a time, by a clock that may differ from its own.
func (u *Upgrade) made(process string, quantity int, at time.Time, t *Timing) bool {
	n, stopped := u.Stopped[process]
	if !stopped || quantity != 0 && quantity != n || at.Before(u.Began.Add(-t.Echo)) {
		return false
	}
	return u.underWay(at, t.Upgrade) || !at.After(u.Ended.Add(t.Echo))
}

// ErrActing is the error for an upgrade that begins while an action is under way.
var ErrActing = errors.New("drain is acting on the app now; try again in a minute")

// Upgrade takes what an app's upgrade says of itself. The error is ErrActing where it may not begin now.
func (s *Scaler) Upgrade(appName string, u Upgrade) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.governed(appName) && s.apps[appName] == nil {
		return nil
	}
	a := s.app(appName)
	if a.acting && !a.upgrade.Began.Equal(u.Began) {
		return ErrActing
	}
	a.upgraded(s, u)
	s.rouse(a)
	return nil
}

// upgraded takes the newest of what is known, and back what was held to be somebody else's doing and
// is the upgrade's.
func (a *app) upgraded(s *Scaler, u Upgrade) {
	if a.upgrade.Began.Equal(u.Began) && u.Told.Before(a.upgrade.Told) {
		return
	}
	a.upgrade = u
	kept := a.foreign[:0]
	for _, c := range a.foreign {
		if !u.made(c.Process, c.To, c.At, &s.o.Timing) {
			kept = append(kept, c)
		}
	}
	a.foreign = kept
	for process, w := range a.wanted {
		switch n, stopped := u.Stopped[process]; {
		case stopped && n != w.From && n != w.To && u.Began.After(w.At):
			w.lostTo(n, u.Began) // it found what somebody had set, of which no line told
		case w.why == GuardForeign && u.made(process, w.other.quantity, w.other.at, &s.o.Timing):
			w.lost, w.why = "", ""
		}
	}
}

// heed asks the ledger for the app's upgrade. Until that is known nothing is done, and nothing that
// somebody else may have set is held against what is wanted.
func (s *Scaler) heed(ctx context.Context, a *app) (known bool) {
	var u Upgrade
	var err error
	if s.o.Upgrade != nil {
		u, err = s.o.Upgrade(ctx, a.name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.unheard = err != nil
	if err != nil {
		if ctx.Err() == nil {
			s.o.Log.Warn().Err(err).Str("app", a.name).Msg("whether an upgrade is under way can't be read")
		}
		return false
	}
	if s.o.Upgrade != nil {
		a.upgraded(s, u)
	}
	// A restart just after somebody's change must not end the hold.
	if last := a.lastForeign(); a.unclear && !last.At.IsZero() && len(s.unsaved) < maxActions {
		s.unsaved = append(s.unsaved, last)
		token(s.wake)
	}
	a.unclear = false
	return true
}

// upgrading holds while dynos are stopped for another plan.
func upgrading(_ *Policy, s *Situation) held {
	u := &s.Upgrade
	if !u.underWay(s.Now, s.Timing.Upgrade) {
		return held{}
	}
	return held{why: GuardUpgrade, text: fmt.Sprintf("drain upgrade takes %s to %s, since %s", u.Addon, u.Plan, ago(s.Now, u.Began))}
}
