package scale

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// life is a random app over some hours, with an owner who changes it, a Heroku that fails now and then,
// and processes that die.
type life struct {
	*mortal
	t      *testing.T
	random *rand.Rand
	seed   uint64

	want    int  // what the owner set last
	shed    bool // something was since
	fires   bool
	began   time.Time
	low     int // minutes since the add-on was full
	changed []made

	upgrade *upgrader
	back    int // what an upgrade that is under way starts again
	until   time.Time
}

// made is a change of ours that Heroku may have done.
type made struct {
	at       time.Time
	from, to int
}

func (l *life) policy() *Policy { return &l.options.Policies[0] }

// Scale checks each change by what is allowed, whatever the Scaler thinks.
func (l *life) Scale(ctx context.Context, app, process string, quantity int) (int, error) {
	err := l.call(func() error {
		from, now := l.dynos(), time.Now()
		switch {
		case !l.until.IsZero():
			l.t.Errorf("seed %d: %d → %d while an upgrade is under way", l.seed, from, quantity)
		case quantity < from:
			if quantity < l.policy().Floor("web") {
				l.t.Errorf("seed %d: %d → %d with min %d", l.seed, from, quantity, l.policy().Floor("web"))
			}
			l.shed = true
		case quantity > from && (!l.shed || l.policy().Restore == RestoreNever):
			l.t.Errorf("seed %d: %d → %d, and nothing was shed since the owner set %d", l.seed, from, quantity, l.want)
		}
		if quantity > l.want {
			l.t.Errorf("seed %d: %d → %d, and the owner wants %d", l.seed, from, quantity, l.want)
		}
		l.changed = slices.DeleteFunc(l.changed, func(m made) bool { return now.Sub(m.at) >= time.Hour })
		if l.changed = append(l.changed, made{now, from, quantity}); len(l.changed) > l.policy().PerHour {
			l.t.Errorf("seed %d: %d changes in an hour, allowed are %d", l.seed, len(l.changed), l.policy().PerHour)
		}
		switch l.random.IntN(12) {
		case 0:
			return errDown // not done
		case 1:
			l.set(quantity)
			return errDown // done, and not heard of
		}
		l.set(quantity)
		return nil
	})
	return quantity, err
}

// owner sets another quantity than there is, and than any of ours of late: such a one can't be told from
// ours. Heroku tells of it, or doesn't.
func (l *life) owner() {
	n, told := l.random.IntN(32), l.random.IntN(2) == 0
	if n < l.policy().Floor("web") || n == l.dynos() || !l.until.IsZero() && (n == 0 || n == l.back) || slices.ContainsFunc(l.changed, func(m made) bool { return m.to == n || m.from == n }) {
		return
	}
	if l.set(n); told {
		l.scaler.Scaled("enketo", "web", n, time.Now())
	}
	l.want, l.shed = n, false
}

// upgrading begins an upgrade, or ends one whose time has come. It leaves what the owner set meanwhile.
// The log tells of some of it, before the ledger does or after.
func (l *life) upgrading(begin bool) {
	set := func(n int) {
		if l.set(n); l.random.IntN(2) == 0 {
			l.scaler.Scaled("enketo", "web", n, time.Now())
		}
	}
	switch {
	case begin && l.until.IsZero():
		l.upgrade.tell(false)
		l.back, l.until = l.dynos(), time.Now().Add(time.Duration(2+l.random.IntN(30))*time.Minute)
		set(0)
	case !l.until.IsZero() && !time.Now().Before(l.until):
		l.until = time.Time{}
		if l.dynos() == 0 {
			set(l.back)
		}
		l.upgrade.tell(true)
		l.plan()
	}
}

// judge is the rule: it fires at 97 % and until 5 minutes below.
func (l *life) judge() {
	l.mu.Lock()
	full := l.web*l.perDyno*100 >= l.limit*97
	l.mu.Unlock()
	if l.low++; full {
		l.low = 0
	}
	switch {
	case full && !l.fires:
		l.fires, l.began = true, time.Now()
		l.fire()
	case l.fires && l.low >= 5:
		l.fires = false
		l.resolve()
	}
}

// plan gives the add-on another limit. At times nobody knows how many dynos fit.
func (l *life) plan() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = []int{38, 78, 198, 998}[l.random.IntN(4)]
	l.fits = l.limit * 9 / 10 / l.perDyno
	if l.random.IntN(5) == 0 {
		l.fits = Unknown
	}
}

func (l *life) live(minutes int) {
	stop := l.start()
	defer func() { stop() }()
	for range minutes {
		switch l.random.IntN(60) {
		case 0:
			l.owner()
		case 1:
			l.plan()
		case 2:
			l.dieIn(1 + l.random.IntN(20))
		case 3:
			l.upgrading(true)
		}
		l.upgrading(false)
		l.mu.Lock()
		dead := l.dead
		l.mu.Unlock()
		if dead {
			stop()
			l.revive()
			stop = l.start()
			if l.fires {
				l.scaler.Request(Request{App: "enketo", Rule: rule, Firing: true, At: l.began})
			}
		}
		l.judge()
		l.pass(time.Minute)
	}
	// Two days in peace, with room for all: it ends as the owner wants, or says why not.
	stop()
	l.revive()
	stop = l.start()
	if !l.until.IsZero() {
		l.until = time.Now()
		l.upgrading(false)
	}
	l.mu.Lock()
	l.limit, l.fits = 9998, 9998/l.perDyno
	l.mu.Unlock()
	l.fires = false
	l.resolve()
	l.pass(48 * time.Hour)
	if got := l.dynos(); l.shed && l.policy().Restore == RestoreAutomatic && got != l.want {
		all := l.scaler.Decisions()
		l.t.Errorf("seed %d: web is at %d and the owner wants %d; the last decision: %+v", l.seed, got, l.want, all[max(0, len(all)-1):])
	}
}

// Over many lives: never below min, never above what the owner set, nothing up that wasn't shed, never
// more changes than allowed; and what was shed is there again in the end.
func TestLives(t *testing.T) {
	changes := 0
	for seed := range uint64(300) {
		inWorld(t, func(t *testing.T, w *world) {
			random := rand.New(rand.NewPCG(seed, 7))
			l := &life{mortal: &mortal{world: w}, t: t, random: random, seed: seed}
			w.perDyno, w.web = 3+random.IntN(24), 1+random.IntN(9)
			l.want = w.web
			p := l.policy()
			p.Min, p.MaxStep = Min{All: new(random.IntN(3))}, Step(random.IntN(3))
			p.Restore, p.RestoreAfter = []Restore{RestoreAutomatic, RestoreAutomatic, RestoreNever}[random.IntN(3)], 10*time.Minute
			p.PerHour = 2 + random.IntN(4)
			l.want = max(l.want, p.Floor("web"))
			w.web = l.want
			l.plan()
			w.options.Platform, l.upgrade = l, w.upgrader()
			w.options.Actions, w.options.Formations = mortalShelf{w.options.Actions, l.mortal}, mortalShelf{w.options.Formations, l.mortal}
			l.live(300)
			changes += len(l.changed)
		})
	}
	if changes < 100 {
		t.Errorf("only %d changes in all lives", changes)
	}
}
