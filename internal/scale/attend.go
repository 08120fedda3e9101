package scale

import (
	"context"
	"time"
)

// attention is one app's goroutine: what it has decided and what it waits for. Nobody else touches
// it, but for the app's own state, which Scaler.mu guards.
type attention struct {
	s           *Scaler
	app         *app
	incidents   map[string]*incident   // by policy
	restores    map[string]*incident   // by process type
	offers      map[string]*offer      // by process type
	autoscaling map[string]Autoscaling // as last known, by process type
	lease       *lease                 // held from before the last look until the action is over
	upgrade     Upgrade                // as it was when last looked at
	watch       *watch                 // the action whose effect is awaited; nil if there is none
}

// incident is one policy's part in a rule's firing, or in what follows it.
type incident struct {
	policy *Policy
	began  time.Time // when the rule fired
	due    time.Time // when to decide next
	last   Decision  // the last that was recorded; zero if none was
	on     Guard     // what held last, recorded or not

	ask      *ask // what waits for a person; nil if nothing does
	refused  bool // a person said no
	recalled bool // what a process before this one did in it is known
}

// attend decides for one app until nothing fires there, no action's effect is awaited and nothing is to
// be restored.
func (s *Scaler) attend(ctx context.Context, a *app) {
	t := &attention{s: s, app: a, incidents: map[string]*incident{}, restores: map[string]*incident{}, offers: map[string]*offer{}, autoscaling: map[string]Autoscaling{}}
	for ctx.Err() == nil {
		jobs, nudged, over := t.take()
		if over {
			return
		}
		next := t.turn(ctx, jobs, nudged)
		timer := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
		case <-a.poke:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// take returns what is to be decided. Where that is nothing the goroutine is over, which is noted
// under the same lock that a Request takes, so that none falls between.
func (t *attention) take() (jobs []job, nudged, over bool) {
	s, a := t.s, t.app
	s.mu.Lock()
	defer s.mu.Unlock()
	jobs = s.jobs(a)
	if len(jobs) == 0 && t.watch == nil && len(a.wanted) == 0 && !a.unclear {
		a.busy = false
		for id, k := range a.asks {
			delete(a.asks, id)
			close(k.answer)
		}
		s.forget(a)
		return nil, false, true
	}
	nudged, a.nudged = a.nudged, false
	return jobs, nudged, false
}

// turn does what is due and returns when the next will be.
func (t *attention) turn(ctx context.Context, jobs []job, nudged bool) (next time.Time) {
	next = time.Now().Add(time.Hour) // a wake-up too many costs nothing
	if !t.s.heed(ctx, t.app) {
		next = time.Now().Add(t.s.o.Timing.Retry)
	}
	t.news()
	if t.watch != nil {
		t.look(ctx)
	}
	still := map[string]*incident{}
	for _, j := range jobs {
		in := t.incidents[j.policy.Name]
		if in == nil || !in.began.Equal(j.request.At) {
			in = &incident{began: j.request.At, policy: j.policy}
		}
		if !in.recalled {
			in.recalled = t.offerAgain(in, j.request)
		}
		if in.policy != j.policy { // it was changed by a reload
			in.policy, in.due, in.refused = j.policy, time.Time{}, false
		}
		still[j.policy.Name] = in
		if t.watch != nil && t.watch.policy.Name == j.policy.Name {
			continue // its own action isn't over, and until then there is nothing to decide
		}
		t.consider(ctx, in, j, nudged)
		next = earliest(next, in.due)
	}
	t.incidents = still
	next = earliest(next, t.restore(ctx, nudged))
	next = earliest(next, t.undo(ctx))
	if t.watch != nil {
		next = earliest(next, t.watch.until)
	}
	t.prune()
	return next
}

// news has all judged anew when an upgrade begins or ends.
func (t *attention) news() {
	t.s.mu.Lock()
	u := t.app.upgrade
	t.s.mu.Unlock()
	if u.Began.Equal(t.upgrade.Began) && u.Ended.Equal(t.upgrade.Ended) {
		return
	}
	t.upgrade = u
	t.watch = nil // what the figures do now is the upgrade's doing, and proves nothing of an action before
	for _, incidents := range []map[string]*incident{t.incidents, t.restores} {
		for _, in := range incidents {
			in.due = time.Time{}
		}
	}
}

// consider decides if it is time to, or if a person has answered.
func (t *attention) consider(ctx context.Context, in *incident, j job, nudged bool) {
	if ctx.Err() != nil {
		return
	}
	k := t.answered(in)
	switch {
	case k != nil && k.refused:
		t.refuse(in, k)
	case k != nil:
		j.yes = &Approval{ID: k.decision.ID, By: k.by, Process: k.decision.Process, Dyno: k.decision.Dyno, To: k.decision.To}
		if d := t.decide(ctx, in, j); d.At.IsZero() {
			close(k.answer)
		} else {
			k.answer <- d
		}
	case in.refused:
		in.due = time.Now().Add(time.Hour)
	case !time.Now().Before(in.due), nudged && in.on.aboutEvidence():
		t.decide(ctx, in, j)
	}
}

// aboutEvidence says whether a newer figure may let go what g holds.
func (g Guard) aboutEvidence() bool {
	return g == GuardEvidence || g == GuardStale || g == GuardUntrusted
}

// decide decides for one policy, acts if that is the verdict, and sets when to decide again. It returns
// what came of it, zero if ctx ended before anything did.
func (t *attention) decide(ctx context.Context, in *incident, j job) Decision {
	d, wait := t.judge(ctx, j)
	defer t.letGo()
	if ctx.Err() != nil {
		return Decision{}
	}
	if j.wanted != nil && t.lost(j.wanted.Process) {
		in.due = time.Now() // to say so
		return Decision{}
	}
	now := time.Now()
	pause := t.s.o.Timing.Retry
	if j.wanted != nil {
		pause *= restoreRetry
	}
	retry := now.Add(max(wait, pause))
	if d.Verdict == Act {
		d, wait = t.act(ctx, in, d)
		retry = time.Now().Add(max(wait, pause))
	}
	in.on = d.Why
	if d.Verdict != Ask {
		t.s.mu.Lock()
		t.close(in) // what was asked about can't be done any more
		t.s.mu.Unlock()
	}
	switch {
	case d.Verdict == Ask:
		t.open(in, &d)
		in.due = d.Until
	case d.Verdict == WouldAct:
		in.due = now.Add(max(j.policy.Cooldown, t.s.o.Timing.Retry)) // as if it had been done
	case d.Until.After(now):
		in.due = d.Until
	default:
		in.due = retry
	}
	t.note(in, d)
	return d
}

// note records a decision if it tells anything new.
func (t *attention) note(in *incident, d Decision) {
	if d.same(&in.last) || d.expectedAfter(&in.last) {
		return
	}
	in.last = d
	t.s.record(d)
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
