package scale

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// severalInVain is a world in which two types were shed, to no effect.
func severalInVain(t *testing.T, test func(t *testing.T, s *several)) {
	inSeveral(t, func(t *testing.T, s *several) {
		defer s.begin()()
		s.pass(10 * time.Minute)
		s.fire()
		for len(s.changes) < 2 {
			s.pass(10 * time.Second)
		}
		s.each["web"] = 40 // more than was known
		s.pass(6 * time.Minute)
		s.check("worker 2→0", "web 4→1")
		test(t, s)
	})
}

// offered returns what can be taken back, by process type.
func (s *several) offered() map[string]Decision {
	all := map[string]Decision{}
	for _, d := range s.scaler.Asks("enketo") {
		all[d.Process] = d
	}
	return all
}

// Each type that was shed can be put back, one press after the other.
func TestUndoOfSeveralTypes(t *testing.T) {
	severalInVain(t, func(t *testing.T, s *several) {
		asks := s.scaler.Asks("enketo")
		if len(asks) != 2 || asks[0].Process != "web" || asks[1].Process != "worker" {
			t.Fatalf("%+v", asks)
		}
		for i, want := range []string{
			"web 4 → 1 had no effect; undo: `heroku ps:scale web=4 -a enketo`",
			"worker 2 → 0 was shed too; undo: `heroku ps:scale worker=2 -a enketo`",
		} {
			if d := asks[i]; d.Text != want || d.Verb != VerbUndo || d.To != d.Wanted || d.Until.Sub(d.At) != 15*time.Minute {
				t.Errorf("%+v", d)
			}
		}
		if asks[1].From != 0 || asks[1].To != 2 {
			t.Errorf("%+v", asks[1])
		}
		for _, a := range asks {
			if d, err := s.approve(a.ID); err != nil || d.Verdict != Done {
				t.Errorf("%+v, %v", d, err)
			}
		}
		all := s.scaler.Decisions()
		if text := all[len(all)-2].Text; text != "putting worker back 0 → 2, approved by jo (U1), since shedding had no effect in the end" {
			t.Error(text)
		}
		s.pass(2 * time.Hour)
		s.check("worker 2→0", "web 4→1", "web 1→4", "worker 0→2")
		if left := s.scaler.Asks("enketo"); len(left) > 0 {
			t.Errorf("%+v", left)
		}
	})
}

// One type that a person puts back by hand, or doesn't want back, leaves the other's offer as it is.
func TestUndoOfOneOfSeveral(t *testing.T) {
	severalInVain(t, func(t *testing.T, s *several) {
		before := s.offered()
		s.dynos["worker"] = 2
		s.scaler.Scaled("enketo", "worker", 2, time.Now())
		synctest.Wait()
		if now := s.offered(); len(now) != 1 || now["web"].ID != before["web"].ID {
			t.Errorf("%+v", now)
		}
		if _, err := s.approve(before["worker"].ID); !errors.Is(err, ErrNoAsk) {
			t.Error(err)
		}
		if d, err := s.approve(before["web"].ID); err != nil || d.Verdict != Done {
			t.Errorf("%+v, %v", d, err)
		}
		s.check("worker 2→0", "web 4→1", "web 1→4")
	})
	severalInVain(t, func(t *testing.T, s *several) {
		before := s.offered()
		if d, err := s.scaler.Refuse(t.Context(), before["worker"].ID, "jo"); err != nil || d.Verdict != Refused {
			t.Errorf("%+v, %v", d, err)
		}
		if d, err := s.approve(before["web"].ID); err != nil || d.Verdict != Done {
			t.Errorf("%+v, %v", d, err)
		}
		s.check("worker 2→0", "web 4→1", "web 1→4")
	})
}

// What somebody has changed before isn't offered.
func TestUndoOfWhatIsOursAlone(t *testing.T) {
	inSeveral(t, func(t *testing.T, s *several) {
		defer s.begin()()
		s.pass(10 * time.Minute)
		s.fire()
		for len(s.changes) < 2 {
			s.pass(10 * time.Second)
		}
		s.each["web"], s.dynos["worker"] = 40, 1
		s.scaler.Scaled("enketo", "worker", 1, time.Now())
		s.pass(6 * time.Minute)
		if now := s.offered(); len(now) != 1 || now["web"].To != 4 {
			t.Errorf("%+v", now)
		}
	})
}
