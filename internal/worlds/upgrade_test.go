package worlds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"drain/internal/simulator/app"
	"drain/internal/upgrade"
)

const (
	attachment = "ENKETO_REDIS_MAIN"
	target     = "heroku-redis:premium-2"
)

// move is an app whose Redis is upgraded while things happen.
type move struct {
	*world
	upgrade.Options
	journal     memory
	maintenance bool           // as its owner wants it
	wants       map[string]int // as its owner wants it
	theirs      map[string]time.Time
	begun       bool
	opened      bool // somebody turned maintenance mode off meanwhile
	moves       int  // changes of the plan, by us
	moving      bool // one of ours is under way
	agreed      bool // a person said yes to something
}

// movable chooses an app.
func movable(r *rand.Rand) app.Options {
	o := app.Options{Web: r.IntN(5), Others: map[string]int{"clock": r.IntN(2), "jobs": r.IntN(4)}, Named: r.IntN(2) == 0}
	switch n := r.IntN(200); {
	case n == 0:
		o.Move = 35 * time.Minute // longer than it is waited for
	case n < 50:
		o.Move = -1
	case n < 150:
		o.Move = time.Duration(1+r.IntN(30)) * time.Second
	default:
		o.Move = time.Duration(1+r.IntN(240)) * time.Second
	}
	return o
}

func newMove(w *world) *move {
	m := &move{world: w, wants: maps.Clone(w.have), theirs: map[string]time.Time{}}
	m.journal.w, w.odds, w.tardy, w.late = w, 12, 25, 29
	m.Options = upgrade.Options{
		Platform: w.client, Journal: &m.journal, App: "enketo", Addon: attachment, Plan: "premium-2",
		Tell: func(s upgrade.Step, text string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			m.begun = true
			w.tellf("%s: %s", s, text)
		},
		Ask: m.answer, Limit: func(string) (int, bool) { return 198, true },
	}
	for _, process := range slices.Sorted(maps.Keys(m.wants)) {
		if m.chance(6) {
			w.seen.add("-keep")
			m.Keep = append(m.Keep, process)
		}
	}
	w.scaled = func(by, process string, from, to int) {
		if by == ours && from == 0 && to > 0 && m.moving && !m.agreed {
			m.t.Errorf("%s is started while its Redis moves, and nobody agreed", process)
		}
		at, set := m.theirs[process]
		switch {
		case by != ours:
			m.wants[process], m.theirs[process] = to, time.Now()
		case !set || time.Since(at) > slack || from == to:
		case to > 0: // at the same moment: Heroku knows no conditional change
			m.wants[process] = to
		default:
			m.wants[process] = m.journal.entry.Formation[process]
		}
	}
	w.happens, w.requests = m.event, m.request
	return m
}

// memory is the journal, for as long as the process lives.
type memory struct {
	w     *world
	entry *upgrade.Entry
}

func (m *memory) Load(context.Context, string) (upgrade.Entry, error) {
	if m.w.die() {
		return upgrade.Entry{}, errDead
	}
	if m.entry == nil {
		return upgrade.Entry{}, upgrade.ErrNoEntry
	}
	return *m.entry, nil
}

func (m *memory) Save(_ context.Context, e upgrade.Entry) error {
	if m.w.die() {
		return errDead
	}
	e.Formation = maps.Clone(e.Formation)
	m.entry = &e
	if m.w.die() {
		return errDead
	}
	return nil
}

func (m *memory) Remove(context.Context, string) error {
	if m.w.die() {
		return errDead
	}
	m.entry = nil
	if m.w.die() {
		return errDead
	}
	return nil
}

// answer is the person at the terminal, who may not be there.
func (m *move) answer(_ context.Context, question string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tellf("asked: %s", question)
	m.seen.add("asked")
	switch m.random.IntN(6) {
	case 0:
		m.agreed = strings.HasSuffix(question, "(no brings the app back up)")
		return false, nil
	case 1:
		return false, errors.New("there is nobody to ask")
	}
	m.agreed = true
	return true, nil
}

// request looks at what is asked of Heroku. Check sets the mode that there is, to see whether it may.
func (m *move) request(r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Method == http.MethodPatch && !m.begun {
		m.blind = time.Now().Add(5 * time.Second)
	}
}

// event is told of what happens to the app.
func (m *move) event(text string) {
	if strings.HasPrefix(text, attachment+" is on ") {
		m.mu.Lock()
		m.moving = false
		m.mu.Unlock()
	}
	if !strings.Contains(text, " moves from ") {
		return
	}
	maintenance, dynos := m.app.Maintenance(), m.app.Dynos()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tellf("%s", text)
	if strings.HasSuffix(text, " to premium-1") {
		return // a person's
	}
	m.moves++
	m.moving = true
	if !maintenance && !m.opened && !m.agreed {
		m.t.Error("the plan is changed while the app is open")
	}
	for _, d := range dynos {
		_, touched := m.theirs[d.Type]
		if m.wants[d.Type] > 0 && !touched && !m.agreed && !slices.Contains(m.Keep, d.Type) && d.Type != "run" {
			m.t.Errorf("the plan is changed while %s is %s", d.Name, d.State)
		}
	}
}

// before is what there may be when it begins.
func (m *move) before() {
	if m.chance(4) {
		m.seen.add("maintenance mode on before")
		m.app.SetMaintenance(true)
		m.maintenance = true
	}
	if m.chance(3) {
		m.seen.add("one-off dyno")
		m.app.OneOff("run", time.Duration(m.random.IntN(3))*time.Hour+time.Minute)
	}
	if m.chance(4) {
		m.seen.add("preboot overlap")
		m.app.Deploy("jo@example.com", true)
		time.Sleep(30 * time.Second)
	}
}

// mishaps puts off what people and Heroku do meanwhile.
func (m *move) mishaps() {
	after := func(what string, f func()) {
		m.seen.add(what)
		time.AfterFunc(time.Duration(m.random.IntN(120_000))*time.Millisecond, func() {
			m.mu.Lock()
			blind := time.Now().Before(m.blind)
			m.mu.Unlock()
			if !blind {
				f()
			}
		})
	}
	if m.chance(4) {
		process, n := []string{"web", "jobs", "clock", "worker"}[m.random.IntN(4)], 1+m.random.IntN(6)
		after("a person's change", func() { m.set(process, n) })
	}
	if m.chance(8) {
		after("maintenance mode turned off", func() {
			m.mu.Lock()
			m.opened, m.maintenance = true, false
			m.mu.Unlock()
			m.app.SetMaintenance(false)
		})
	}
	if m.chance(12) {
		after("a person's change of plan", func() {
			for _, a := range m.app.Addons() {
				if a.Attachment == attachment {
					_ = m.app.ChangePlan("jo@example.com", a.Name, "premium-1") // refused while it moves
				}
			}
		})
	}
	if m.chance(8) {
		lasts := time.Duration(1+m.random.IntN(20)) * time.Minute
		after("outage", func() { m.outage(lasts) })
	}
}

// attempt runs one process. It holds how it ended against what it left.
func (m *move) attempt(do func(context.Context, *upgrade.Upgrade) error, cut int) error {
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	m.died = cancel
	m.mortal(cut)
	err := do(ctx, upgrade.New(m.Options))
	dead := m.isDead()
	m.mortal(0)
	m.mu.Lock()
	m.tellf("it ends: %v", err)
	m.mu.Unlock()
	_, left := errors.AsType[*upgrade.LeftError](err)
	switch wrong := m.wrong(); {
	case err == nil && !dead && (wrong != "" || m.journal.entry != nil):
		m.t.Errorf("it is said to be done: %s, journal %+v", wrong, m.journal.entry)
	case wrong != "" && m.journal.entry == nil:
		m.t.Errorf("there is no way back from %v: %s", err, wrong)
	case wrong != "" && !dead && !left:
		m.t.Errorf("%v doesn't say how it was left: %s", err, wrong)
	}
	return err
}

// wrong says what isn't as its owner wants.
func (m *move) wrong() string {
	var wrong []string
	m.mu.Lock()
	defer m.mu.Unlock()
	for process, n := range m.wants {
		if m.have[process] != n {
			wrong = append(wrong, fmt.Sprintf("%s is at %d, not %d", process, m.have[process], n))
		}
	}
	if m.app.Maintenance() != m.maintenance {
		wrong = append(wrong, fmt.Sprintf("maintenance mode is %v", !m.maintenance))
	}
	return strings.Join(wrong, ", ")
}

// allowedWaiting is how many calls may go by in an hour of nothing but waiting for Heroku: four looks a
// minute of six calls, and some more at each begin.
const allowedWaiting = 1500

// In no world is an app left down without a way back and a word, or its plan changed under running dynos
// or twice; and in the end all is as its owner wants.
func TestUpgradeWorlds(t *testing.T) {
	seen := inWorlds(t, movable, func(w *world) {
		m := newMove(w)
		m.before()
		m.mishaps()
		cut := func() int {
			if m.chance(2) {
				return 1 + m.random.IntN(70)
			}
			return 0
		}
		err := m.attempt(func(ctx context.Context, u *upgrade.Upgrade) error {
			e, _, err := u.Check(ctx)
			if err != nil {
				return err
			}
			time.Sleep(time.Duration(m.random.IntN(20)) * time.Second) // it is thought about
			return u.Run(ctx, e)
		}, cut())
		if err == nil {
			m.seen.add("done at once")
		}
		resume := func(ctx context.Context, u *upgrade.Upgrade) error { return u.Resume(ctx) }
		abort := func(ctx context.Context, u *upgrade.Upgrade) error { return u.Abort(ctx) }
		for range 3 {
			if m.journal.entry == nil {
				break
			}
			if m.chance(2) {
				m.seen.add("-resume")
				_ = m.attempt(resume, cut())
			} else {
				m.seen.add("-abort")
				_ = m.attempt(abort, cut())
			}
		}
		time.Sleep(30 * time.Minute) // outages are over
		m.api.Faults.Clear()
		m.tardy = 0
		m.Ask = func(context.Context, string) (bool, error) { m.agreed = true; return true, nil }
		for _, last := range []func(context.Context, *upgrade.Upgrade) error{resume, abort} {
			if m.journal.entry != nil {
				m.seen.add("ended in peace")
				_ = m.attempt(last, 0)
			}
		}
		if wrong := m.wrong(); wrong != "" || m.journal.entry != nil {
			m.t.Errorf("in the end %s, journal %+v", wrong, m.journal.entry)
		}
		if m.moves > 1 && !m.agreed {
			m.t.Errorf("the plan was changed %d times", m.moves)
		} else if m.moves == 1 {
			m.seen.add("plan changed")
		}
		if n := m.most(); n > allowedWaiting {
			m.t.Errorf("%d calls in an hour", n)
		}
	})
	seen.want(t, 10, "429 with Retry-After", "5xx", "slow answer", "answer lost, done", "answer lost, not done", "answer lost, done, slow", "answer lost, done late", "outage",
		"-keep", "asked", "maintenance mode on before", "one-off dyno", "preboot overlap", "a person's change", "maintenance mode turned off",
		"a person's change of plan", "the process died", "done at once", "-resume", "-abort", "ended in peace", "plan changed")
}
