package scale

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// several is a world whose app has several process types; the policy names them, the most expendable first.
type several struct {
	*world
	dynos, each, before map[string]int
	changes             []string
	wrong               []string // what no change may be
	lose                bool     // the next change isn't done, nor answered
}

// inSeveral runs a test in a world of 2 workers of 5 connections and 4 web dynos of 26.
func inSeveral(t *testing.T, test func(t *testing.T, w *several)) {
	inWorld(t, func(t *testing.T, w *world) {
		s := &several{world: w, dynos: map[string]int{"worker": 2, "web": 4}, each: map[string]int{"worker": 5, "web": 26}}
		p := &w.options.Policies[0]
		p.Process, p.Min = []string{"worker", "web"}, Min{Of: map[string]int{"worker": 0}}
		p.Restore, p.PerHour = RestoreAutomatic, 99
		w.options.Platform, w.options.Evidence = s, s.evidence
		test(t, s)
	})
}

func (s *several) begin() (stop func()) {
	s.before = maps.Clone(s.dynos)
	return s.start()
}

func (s *several) evidence(_, process string) Evidence {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := Evidence{FitsKnown: true, Fits: math.MaxInt}
	if each := s.each[process]; each > 0 {
		e.Fits = max(0, (s.limit*9/10-s.use(process))/each)
	}
	if !s.measured.IsZero() {
		e.Readings = []Reading{{Addon: "redis-main", Attachment: "REDIS", Used: s.used, Limit: s.limit, At: s.measured, Own: true}}
	}
	return e
}

// use is what the dynos take, but for those of one type.
func (s *several) use(without string) (n int) {
	for process, dynos := range s.dynos {
		if process != without {
			n += dynos * s.each[process]
		}
	}
	return n
}

// pass is as the world's, with what these dynos take.
func (s *several) pass(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.mu.Lock()
		s.web, s.perDyno = 1, s.use("")
		s.mu.Unlock()
		s.world.pass(min(time.Minute, time.Until(end)))
	}
}

func (s *several) Formation(context.Context, string) (map[string]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.dynos), nil
}

// Scale checks the floors and the order.
func (s *several) Scale(_ context.Context, _, process string, n int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, from := &s.options.Policies[0], s.dynos[process]
	object := func(format string, args ...any) {
		s.wrong = append(s.wrong, fmt.Sprintf("%s %d → %d: ", process, from, n)+fmt.Sprintf(format, args...))
	}
	place := slices.Index(p.Process, process)
	switch {
	case n < from && n < p.Floor(process):
		object("the floor is %d", p.Floor(process))
	case n > s.before[process]:
		object("there were %d", s.before[process])
	}
	for i, other := range p.Process {
		have := s.dynos[other]
		if n < from && i < place && have > p.Floor(other) && s.each[other] > 0 {
			object("%s could spare some of %d", other, have)
		}
		if n > from && i > place && have < s.before[other] {
			object("%s is at %d of %d", other, have, s.before[other])
		}
	}
	if s.lose {
		s.lose = false
		s.changes = append(s.changes, "lost")
		return 0, errDown
	}
	s.changes = append(s.changes, fmt.Sprintf("%s %d→%d", process, from, n))
	s.dynos[process] = n
	return n, nil
}

func (s *several) check(want ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.changes); diff != "" {
		s.t.Errorf("changes (-want +got):\n%s", diff)
	}
	for _, wrong := range s.wrong {
		s.t.Error(wrong)
	}
}

// The most expendable goes first, as far as it may, then the next as far as it must; they come back the
// other way round.
func TestSeveralTypesInTheirOrder(t *testing.T) {
	inSeveral(t, func(t *testing.T, s *several) {
		stop := s.begin()
		s.pass(10 * time.Minute)
		s.fire()
		s.pass(2 * time.Minute)
		s.check("worker 2→0", "web 4→1")
		all := s.scaler.Decisions()
		if text := all[0].Text; text != "worker 2 → 0: REDIS has 38 of 38 connections" {
			t.Error(text)
		}
		s.resolve()
		stop()
		s.limit = 45 // of which the workers would fit, and no web dyno
		stop = s.start()
		s.pass(3 * time.Hour)
		s.check("worker 2→0", "web 4→1")
		all = s.scaler.Decisions()
		if text := all[len(all)-1].Text; text != "worker stays at 0 of the 2 before the incident: web is brought back first" {
			t.Error(text)
		}
		stop()
		s.limit = 198
		defer s.start()()
		s.pass(3 * time.Hour)
		s.check("worker 2→0", "web 4→1", "web 1→2", "web 2→3", "web 3→4", "worker 0→1", "worker 1→2")
	})
}

// Where the most expendable is enough, nothing else is touched.
func TestNoMoreTypesThanNeeded(t *testing.T) {
	inSeveral(t, func(t *testing.T, s *several) {
		s.dynos, s.limit = map[string]int{"worker": 9, "web": 1}, 78
		defer s.begin()()
		s.pass(10 * time.Minute)
		s.used, s.limit = 70, 70
		s.fire()
		s.pass(10 * time.Minute)
		s.check("worker 9→7")
	})
}

// Types that take no connections, or that the app doesn't have, are passed over.
func TestTypesThatWouldNotHelp(t *testing.T) {
	inSeveral(t, func(t *testing.T, s *several) {
		s.each["worker"] = 0
		s.options.Policies[0].Process = []string{"clock", "worker", "web"}
		defer s.begin()()
		s.pass(10 * time.Minute)
		s.fire()
		s.pass(2 * time.Minute)
		s.check("web 4→1")
	})
}

// A person's yes is about the type that was asked about, and no other.
func TestAYesIsForItsType(t *testing.T) {
	inSeveral(t, func(t *testing.T, s *several) {
		s.options.Policies[0].Mode = Approve
		defer s.begin()()
		s.pass(10 * time.Minute)
		s.fire()
		a := s.asked()
		if a.Process != "worker" || a.To != 0 {
			t.Fatalf("%+v", a)
		}
		s.pass(11 * time.Minute)
		s.mu.Lock()
		s.dynos["worker"] = 0 // somebody did it a while ago, and no line told
		s.mu.Unlock()
		if d, err := s.approve(a.ID); err != nil || d.Verdict == Done {
			t.Errorf("%+v, %v", d, err)
		}
		s.check()
	})
}

// What may not have been done is looked for, also where the next type would have to wait.
func TestALostAnswerIsAboutItsType(t *testing.T) {
	inSeveral(t, func(t *testing.T, s *several) {
		s.options.Policies[0].Cooldown = 30 * time.Minute
		s.dynos["worker"], s.limit = 0, 30
		defer s.begin()()
		s.before["worker"] = 2
		s.pass(10 * time.Minute)
		s.fire()
		s.pass(2 * time.Minute)
		s.mu.Lock()
		s.dynos["worker"], s.lose = 2, true
		s.mu.Unlock()
		s.scaler.Scaled("enketo", "worker", 2, time.Now())
		s.pass(13 * time.Minute)
		s.check("web 4→1", "lost", "worker 2→0")
	})
}

// Over many apps: never below a floor, never above what there was, always in their order; and all is
// there again in the end.
func TestSeveralTypesAtRandom(t *testing.T) {
	changes := 0
	for seed := range uint64(150) {
		inSeveral(t, func(t *testing.T, s *several) {
			random := rand.New(rand.NewPCG(seed, 3))
			p := &s.options.Policies[0]
			p.Process, p.Min.Of, p.MaxStep = nil, map[string]int{}, Step(random.IntN(3))
			s.dynos, s.each = map[string]int{}, map[string]int{}
			for _, i := range random.Perm(4)[:2+random.IntN(3)] {
				process := []string{"web", "worker", "clock", "mail"}[i]
				p.Process = append(p.Process, process)
				s.dynos[process], s.each[process], p.Min.Of[process] = random.IntN(6), random.IntN(20), random.IntN(3)
			}
			s.limit = 20 + random.IntN(150)
			stop := s.begin()
			s.pass(10 * time.Minute)
			s.mu.Lock()
			full := s.use("") >= s.limit
			s.mu.Unlock()
			if full {
				s.fire()
			}
			s.pass(4 * time.Hour)
			stop()
			s.limit = 9998
			stop = s.start()
			s.resolve()
			s.pass(24 * time.Hour)
			stop()
			changes += len(s.changes)
			if diff := cmp.Diff(s.before, s.dynos); diff != "" {
				t.Errorf("seed %d: %s", seed, diff)
			}
			for _, wrong := range s.wrong {
				t.Errorf("seed %d: %s", seed, wrong)
			}
		})
	}
	if changes < 300 {
		t.Errorf("only %d changes", changes)
	}
}

func TestFloor(t *testing.T) {
	f := func(m Min, process string, want int) {
		t.Helper()
		if got := (&Policy{Min: m}).Floor(process); got != want {
			t.Errorf("%+v: %s %d, want %d", m, process, got, want)
		}
	}
	f(Min{}, "web", 1)
	f(Min{All: new(0)}, "web", 0)
	f(Min{All: new(-1)}, "web", 0)
	f(Min{Of: map[string]int{"worker": 0}}, "worker", 0)
	f(Min{Of: map[string]int{"worker": 0}}, "web", 1)
	f(Min{Of: map[string]int{"web": -1}}, "web", 0)
}
