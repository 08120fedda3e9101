package scale

import (
	"context"
	"errors"
	"slices"
	"time"
)

// judge finds out the situation, no more of it than matters, and decides. wait is how long the
// platform asked not to be called.
func (t *attention) judge(ctx context.Context, j job) (d Decision, wait time.Duration) {
	s, p := t.s, j.policy
	formation, obstacles := map[string]int(nil), map[string]*Obstacles{} // by process type
	decide := func() Decision {
		sit := t.situation(j)
		evidence := func(process string) Evidence { return s.o.Evidence(p.App, process) }
		judge := Decide
		switch {
		case j.wanted != nil:
			judge, sit.Process = DecideRestore, j.wanted.Process
		case j.undo != nil:
			judge, sit.Process = DecideUndo, j.undo.Process
		default:
			believed := formation
			if believed == nil {
				believed = t.believed(p)
			}
			sit.Process = p.Next(believed, evidence)
		}
		sit.Formation, sit.Obstacles, sit.Evidence = formation, obstacles[sit.Process], evidence(sit.Process)
		if j.yes != nil && j.yes.Process == sit.Process {
			sit.Approved = j.yes
		}
		d := judge(p, &sit)
		d.Cause = j.request.Cause
		return d
	}
	read := func() (err error) {
		formation, err = t.formation(ctx, p.App)
		return err
	}
	look := func() (err error) {
		obstacles[d.Process], err = t.obstacles(ctx, p.App, d.Process)
		return err
	}
	again := func() error {
		if d.Verdict == Act {
			if err := t.hold(ctx); err != nil {
				return &leaseError{err}
			}
			s.heed(ctx, t.app) // an upgrade that began since; from here on none does
			t.news()
		}
		return read()
	}
	// The formation is read again at the end, since the calls between take seconds in which
	// somebody may have changed it.
	d = decide()
	for _, step := range []func() error{read, look, again} {
		if d.Why != GuardPlatform && d.Verdict == Hold {
			return d, 0
		}
		if s.o.Platform == nil {
			d.Text = d.Process + " stays as it is: there is no access to the Platform API (HEROKU_API_KEY is not set)"
			return d, 0
		}
		err := step()
		if ctx.Err() != nil {
			return d, 0
		}
		if err != nil {
			d.Verdict, d.Why, d.To = Hold, GuardPlatform, d.From
			if _, held := errors.AsType[*leaseError](err); held {
				d.Why = GuardLease
			}
			d.Text = d.Process + " stays as it is: " + err.Error()
			return d, after(err)
		}
		d = decide()
	}
	return d, 0
}

// situation is what is known without asking the platform.
func (t *attention) situation(j job) Situation {
	s, a := t.s, t.app
	sit := Situation{
		Now: time.Now(), Timing: s.o.Timing, Started: s.started, MayAct: s.o.MayAct, Durable: s.o.Durable,
		Began: j.request.At, CallsLeft: Unknown,
	}
	if t.watch != nil {
		sit.InFlight = t.watch.decision.Policy
	}
	if s.o.Platform != nil {
		sit.CallsLeft = s.o.Platform.CallsLeft()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sit.Forgotten = !s.loaded || a.unheard
	sit.Actions = slices.Clone(a.actions)
	sit.Foreign, sit.Released, sit.Upgrade = a.lastForeign(), a.released, a.upgrade
	if sit.Undo = j.undo; j.undo != nil {
		sit.Foreign = a.foreignTo(j.undo.Process)
	}
	if j.wanted != nil {
		sit.Wanted, sit.Calm, sit.First = j.wanted, a.over(j.policy.On, s.started), a.first(j.policy, j.wanted.Process)
	}
	return sit
}

// formation reads the formation and takes note of what changed.
func (t *attention) formation(ctx context.Context, name string) (map[string]int, error) {
	defer t.s.metrics.callsLeft(t.s.o.Platform)
	asked := time.Now()
	f, err := t.s.o.Platform.Formation(ctx, name)
	if err != nil {
		return nil, err
	}
	if f == nil {
		f = map[string]int{} // read, and there is none
	}
	if t.s.o.Formed != nil {
		t.s.o.Formed(name, f, asked)
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.app.read(t.s, f, time.Now())
	return f, nil
}

func (t *attention) obstacles(ctx context.Context, app, process string) (*Obstacles, error) {
	defer t.s.metrics.callsLeft(t.s.o.Platform)
	var o Obstacles
	var err error
	if o.Starting, err = t.s.o.Platform.Starting(ctx, app, process); err != nil {
		return nil, err
	}
	if o.Releasing, err = t.s.o.Platform.Releasing(ctx, app); err != nil {
		return nil, err
	}
	if o.Shared, err = t.s.o.Platform.SharedAddons(ctx, app); err != nil {
		return nil, err
	}
	if o.Autoscaling, err = t.s.o.Platform.Autoscaling(ctx, app, process); err != nil {
		return nil, err
	}
	if o.Autoscaling == AutoscalingUnknown {
		o.Autoscaling = t.autoscaling[process] // what was on is on until it is said to be off
	}
	t.autoscaling[process] = o.Autoscaling
	return &o, nil
}

// after is how long the platform asked to be left alone.
func after(err error) time.Duration {
	if e, ok := errors.AsType[*PlatformError](err); ok {
		return e.After
	}
	return 0
}
