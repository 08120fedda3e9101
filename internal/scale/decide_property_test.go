package scale

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anySituation is the exhausted one with a few things otherwise: with all of them at random hardly
// any would ever act.
func anySituation(t *rapid.T) (Policy, Situation) {
	p, s := shedWeb(Automatic), exhausted()
	p.Min = Min{All: new(rapid.IntRange(0, 4).Draw(t, "min"))}
	p.MaxStep = Step(rapid.IntRange(0, 3).Draw(t, "max_step"))
	s.Formation["web"] = rapid.IntRange(0, 9).Draw(t, "web")
	s.Evidence.Fits, s.Evidence.FitsKnown = rapid.IntRange(0, 9).Draw(t, "fits"), rapid.Bool().Draw(t, "fits known")
	before := func(name string) time.Time {
		return t0.Add(time.Duration(rapid.IntRange(-90, 5).Draw(t, name)) * time.Minute)
	}
	others := []func(){
		func() { p.Mode = rapid.SampledFrom([]Mode{DryRun, Approve}).Draw(t, "mode") },
		func() { s.MayAct = false },
		func() { s.Durable = false },
		func() { s.Started = before("started") },
		func() { s.Began = before("began") },
		func() { s.Foreign.At = before("foreign") },
		func() { s.Released = before("released") },
		func() { s.Obstacles.Starting = rapid.IntRange(0, 2).Draw(t, "starting") },
		func() { s.Evidence.Readings = nil },
		func() {
			s.Evidence.Readings = append(s.Evidence.Readings, Reading{
				Used: rapid.IntRange(30, 40).Draw(t, "used"), Limit: rapid.SampledFrom([]int{0, 38, 200}).Draw(t, "limit"),
				At: before("reading"), Own: rapid.Bool().Draw(t, "own"),
			})
		},
		func() { s.Evidence.Readings[0].At = before("reading") },
		func() { s.Evidence.Readings[0].Own = false },
		func() { s.Evidence.Readings[0].Used = rapid.IntRange(30, 40).Draw(t, "used") },
		func() {
			s.Actions = append(s.Actions, Action{
				At: before("action"), Policy: "shed-web", Process: "web",
				Outcome: rapid.SampledFrom([]Verdict{"", Done, Worked, NoEffect}).Draw(t, "outcome"),
			})
		},
	}
	for range rapid.IntRange(0, 3).Draw(t, "otherwise") {
		i := rapid.IntRange(0, len(others)-1).Draw(t, "which")
		if len(s.Evidence.Readings) > 0 || i < 10 || i == 13 {
			others[i]()
		}
	}
	return p, s
}

// Whatever the situation, what is decided is within the policy, and rests on evidence.
func TestDecideIsSafe(t *testing.T) {
	acted := 0
	rapid.Check(t, func(t *rapid.T) {
		p, s := anySituation(t)
		from := s.Formation["web"]
		d := Decide(&p, &s)
		if d.Text == "" || d.From != from || d.At != s.Now {
			t.Fatalf("an incomplete record: %+v", d)
		}
		if d.Verdict == Hold {
			if d.To != d.From || d.Why == "" {
				t.Fatalf("a hold that changes something or has no guard: %+v", d)
			}
			return
		}
		if d.To >= from || d.To < p.Floor("web") || p.MaxStep > 0 && from-d.To > int(p.MaxStep) {
			t.Fatalf("%d → %d with min %d, max_step %d", from, d.To, p.Floor("web"), p.MaxStep)
		}
		if s.Evidence.FitsKnown && s.Evidence.Fits >= from {
			t.Fatalf("%d fit, yet %d → %d", s.Evidence.Fits, from, d.To)
		}
		if d.Verdict == Act && (p.Mode != Automatic || !s.Durable || !s.MayAct) {
			t.Fatalf("acts in mode %s, durable %t, may act %t", p.Mode, s.Durable, s.MayAct)
		}
		proof := false
		for _, r := range s.Evidence.Readings {
			proof = proof || r.Own && r.Limit > 0 && float64(r.Used) >= 0.95*float64(r.Limit) && t0.Sub(r.At) <= 3*time.Minute
		}
		if !proof {
			t.Fatalf("no proof: %+v", s.Evidence.Readings)
		}
		if t0.Sub(s.Started) < 5*time.Minute || t0.Sub(s.Foreign.At) < 10*time.Minute {
			t.Fatalf("too soon: started %s, changed %s", s.Started, s.Foreign.At)
		}
		for _, a := range s.Actions {
			if t0.Sub(a.At) < p.Cooldown {
				t.Fatalf("within the cooldown of %+v", a)
			}
		}
		acted++
	})
	if acted == 0 {
		t.Error("nothing ever acted, so nothing was shown")
	}
}

// Nothing is asked of the platform while what is known already holds, and knowing more never
// makes another of the cheap guards hold.
func TestDecideAsksThePlatformLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, s := anySituation(t)
		blind := s
		blind.Formation, blind.Obstacles = nil, nil
		first, last := Decide(&p, &blind), Decide(&p, &s)
		if first.Verdict != Hold {
			t.Fatalf("%s without a formation", first.Verdict)
		}
		if first.Why != GuardPlatform && first.Why != last.Why {
			t.Fatalf("held for %q before the platform was asked and for %q after", first.Why, last.Why)
		}
	})
}
