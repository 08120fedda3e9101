package budget

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// speak has dynos heard, each once.
func (b *Budget) speak(at time.Time, dynos ...dyno) {
	for _, d := range dynos {
		b.Heard(d.process, d.number, at)
	}
}

// Dynos that nobody told of are no dynos that aren't there: what they take is told once they were heard.
func TestHeard(t *testing.T) {
	all := []dyno{{"web", 1}, {"web", 2}, {"web", 4}} // 3 is quiet, and there
	heardOut := t0.Add(listenFor)
	f := func(name string, each map[string]int, want string, live func(b *Budget)) {
		t.Helper()
		b := New(map[string]Redis{"REDIS": {PerDyno: each}})
		b.sample("REDIS", 30, 38, t0)
		live(b)
		if got := b.Line("web"); got != want {
			t.Errorf("%s: got  %s\nwant %s", name, got, want)
		}
	}
	web := map[string]int{"web": 26}
	const unknown, four = "web ? × 26 = ? of 38; 1 fits", "web 4 × 26 = 104 of 38; 1 fits"
	f("nothing is known", web, unknown, func(*Budget) {})
	f("others may yet speak", web, unknown, func(b *Budget) {
		b.speak(t0, all...)
		b.speak(heardOut.Add(-1), all...)
	})
	f("they were heard", web, four, func(b *Budget) { b.speak(t0, all...); b.speak(heardOut, all[0]) })
	f("numbers that no formation has", web, four, func(b *Budget) {
		b.speak(t0, append(all, dyno{"web", 0}, dyno{"web", -1}, dyno{"web", 1234})...)
		b.speak(heardOut, all[0])
	})
	f("the platform's word comes first", web, "web 2 × 26 = 52 of 38; 1 fits", func(b *Budget) {
		b.Dynos("web", 2, t0)
		b.speak(t0, all...)
		b.speak(heardOut, all...)
	})
	f("and ends the listening", web, "web 0 × 26 = 0 of 38; 1 fits", func(b *Budget) {
		b.speak(t0, all...)
		b.Formation(map[string]int{"clock": 1}, t0)
		b.speak(heardOut, all...)
	})
	f("silent for most of a day", web, four, func(b *Budget) {
		b.speak(t0, all...)
		b.speak(t0.Add(silentFor-1), all[0])
	})
	f("silent for longer than any that runs", web, "web 1 × 26 = 26 of 38; 1 fits", func(b *Budget) {
		b.speak(t0, all...)
		b.speak(t0.Add(silentFor/2), all[0])
		b.speak(t0.Add(silentFor), all[0])
	})
	stop := func(b *Budget) {
		b.speak(t0, all...)
		b.Stopped("web", 4, heardOut)
	}
	f("one that was stopped, and its last words", web, "web 3 × 26 = 78 of 38; 1 fits", func(b *Budget) {
		stop(b)
		b.speak(heardOut.Add(lastWords-1), all...)
	})
	f("the quiet one too", web, "web 2 × 26 = 52 of 38; 1 fits", func(b *Budget) { stop(b); b.Stopped("web", 3, heardOut) })
	f("the quiet one first", web, "web 2 × 26 = 52 of 38; 1 fits", func(b *Budget) {
		b.speak(t0, all...)
		b.Stopped("web", 3, heardOut)
		b.Stopped("web", 4, heardOut)
	})
	f("all", web, "web 0 × 26 = 0 of 38; 1 fits", func(b *Budget) {
		b.speak(t0, all...)
		for n := range 6 {
			b.Stopped("web", n, heardOut)
		}
	})
	f("it goes on after all", web, four, func(b *Budget) { stop(b); b.speak(heardOut.Add(lastWords), all...) })
	f("one that nobody heard goes down", web, four, func(b *Budget) { b.speak(t0, all[0]); b.Stopped("web", 5, heardOut) })
	f("it starts again", web, four, func(b *Budget) { stop(b); b.Starting("web", 4, heardOut.Add(1)) })

	both := map[string]int{"web": 5, "worker": 10}
	f("the other type was not heard", both, "web 4 × 5 + worker ? × 10 = ? of 38", func(b *Budget) { b.speak(t0, all...); b.speak(heardOut, all...) })
	f("nor told", both, "web 4 × 5 + worker ? × 10 = ? of 38", func(b *Budget) { b.Dynos("web", 4, t0) })
	f("both were heard", both, "web 4 × 5 + worker 1 × 10 = 30 of 38; 4 fit", func(b *Budget) {
		b.speak(t0, append(all, dyno{"worker", 1})...)
		b.speak(heardOut, all...)
	})
	f("the other type has said nothing for longer than any that runs", both, "web 4 × 5 = 20 of 38; 6 fit", func(b *Budget) {
		b.speak(t0, all...)
		b.speak(t0.Add(silentFor/2), all...)
		b.speak(t0.Add(silentFor), all...)
	})
	f("no log came for so long", both, "web ? × 5 + worker ? × 10 = ? of 38", func(b *Budget) {
		b.speak(t0, append(all, dyno{"worker", 1})...)
		b.speak(heardOut, all...)
		b.speak(heardOut.Add(silentFor), all[0])
	})
	f("and then it came again", both, "web 1 × 5 + worker ? × 10 = ? of 38", func(b *Budget) {
		b.speak(t0, all...)
		b.speak(heardOut, all...)
		b.speak(heardOut.Add(silentFor), all[0])
		b.speak(heardOut.Add(silentFor+listenFor), all[0])
	})
}

// Where nobody knows how many dynos there are it isn't told what they need, nor which plan would do; what is
// known is.
func TestUnheardIsNotNone(t *testing.T) {
	f := func(name string, live func(b *Budget), want Addon) {
		t.Helper()
		b := New(map[string]Redis{"REDIS": {PerDyno: map[string]int{"web": 26, "worker": 5, "clock": 0}}})
		b.sample("REDIS", 38, 38, t0)
		live(b)
		s := b.Report()
		got := Addon{Fits: s.Addons[0].Fits, Need: s.Addons[0].Need, AtLeast: s.Addons[0].AtLeast, Unheard: s.Addons[0].Unheard}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if p, ok := s.Addons[0].PlanFor("web", 4); ok != (len(want.Unheard) == 0) {
			t.Errorf("%s: 4 would fit %s, %t", name, p.Plan, ok)
		}
	}
	f("nothing is known", func(*Budget) {}, Addon{Fits: map[string]int{}, AtLeast: 38, Unheard: []string{"web", "worker"}})
	f("web is", func(b *Budget) { b.Dynos("web", 4, t0) }, Addon{Fits: map[string]int{"worker": 0}, AtLeast: 104, Unheard: []string{"worker"}})
	f("both are", func(b *Budget) { b.Dynos("web", 4, t0); b.Dynos("worker", 0, t0) }, Addon{
		Fits: map[string]int{"web": 1, "worker": 0},
		Need: &Need{Connections: 104, Deploy: 208, Plan: "heroku-redis:premium-2", DeployPlan: "heroku-redis:premium-3"},
	})
}

// What was learnt before a restart doesn't say how many dynos there are now.
func TestLearntWithoutAFormation(t *testing.T) {
	before, _ := learntOnce()
	learnt, err := before.Learnt()
	if err != nil {
		t.Fatal(err)
	}
	b := New(nil)
	if err := b.Recall(learnt); err != nil {
		t.Fatal(err)
	}
	b.sample("REDIS", 40, 198, t0)
	if a := b.Snapshot().Addons[0]; a.Need != nil || a.AtLeast != 40 || a.Lines["web"] != "web ? × 20.0 ± 0.6 = ? of 198 (learnt); 8 fit" || b.Line("web") != a.Lines["web"] {
		t.Errorf("%+v, at least %d: %s; %q", a.Need, a.AtLeast, b.Line("web"), a.Lines)
	}
	b.speak(t0, dyno{"web", 6})
	b.speak(t0.Add(listenFor), dyno{"web", 1})
	if n := b.Snapshot().Addons[0].Need; n == nil || n.Connections != 120 {
		t.Errorf("6 × 20 are %+v", n)
	}
}

// From dynos that were only heard nothing is learnt: one that is quiet would make the others' share wrong.
func TestNothingIsLearntByEar(t *testing.T) {
	b := New(map[string]Redis{"REDIS": {}})
	at := t0
	for _, n := range []int{1, 4} {
		b.speak(at, dyno{"web", n})
		at = at.Add(listenFor)
		b.speak(at, dyno{"web", n})
		at = b.stayed(at, 198, 20*n, 20*n, 20*n)
	}
	if got := b.takes("web"); got != "unknown" || b.Snapshot().Dynos["web"] != 4 {
		t.Errorf("learnt %s of %d", got, b.Snapshot().Dynos["web"])
	}
}

// However many dynos are made up, no more are kept, and nobody listens where it is of no use.
func TestHeardIsBounded(t *testing.T) {
	b := New(nil)
	b.speak(t0, dyno{"web", 1})
	if b.Listens() || len(b.heard) > 0 {
		t.Error("without a Redis dynos are listened to")
	}
	b.sample("REDIS", 1, 10, t0)
	for i := range 100 {
		for n := range 10 {
			b.speak(t0, dyno{string(rune('a' + i)), n + 1})
		}
	}
	b.speak(t0.Add(listenFor), dyno{"a", 1})
	if len(b.heard) != maxHeard || len(b.present().dynos) > maxProcesses {
		t.Errorf("%d dynos, %d process types", len(b.heard), len(b.present().dynos))
	}
	if b.speak(t0.Add(1), dyno{"new", 1}); !b.swept.Equal(t0) {
		t.Error("each new name costs a look at all")
	}
	b.speak(t0.Add(silentFor), dyno{"new", 1})
	if b.speak(t0.Add(silentFor+listenFor), dyno{"new", 1}); b.present().dynos["new"] != 1 {
		t.Error("the old are in the way of the new")
	}
	b.Formation(map[string]int{"web": 1}, t0)
	if b.Listens() {
		t.Error("the platform told it all, and dynos are listened to")
	}
}
