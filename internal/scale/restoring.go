package scale

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// restoreRetry is how many times longer than an action's a restore's retries are apart: it may be held
// for days, and each look costs calls.
const restoreRetry = 4

// restore decides about each process type that was shed, and returns when to look again.
func (t *attention) restore(ctx context.Context, nudged bool) (next time.Time) {
	next = time.Now().Add(time.Hour)
	if t.s.hasCeased() {
		return next
	}
	still := map[string]*incident{}
	for _, process := range t.owed() {
		w, p, fires := t.wanted(process)
		switch {
		case w.lost != "":
			next = earliest(next, t.giveUp(ctx, p, w))
			continue
		case w.unsaved:
			t.saveWanted(ctx, w.Wanted)
		}
		if fires {
			continue
		}
		in := t.restores[process]
		if in == nil || !in.began.Equal(w.Began) {
			in = &incident{began: w.Began}
		}
		if in.policy != p {
			in.policy, in.due, in.refused = p, time.Time{}, false
		}
		still[process] = in
		if t.watch != nil && t.watch.policy.Name == p.Name {
			continue
		}
		if w.restored() {
			in.due = t.remember(ctx, p, w)
		} else {
			t.consider(ctx, in, job{policy: p, request: Request{App: t.app.name, Rule: p.On, Cause: w.Cause, At: w.Began}, wanted: &w.Wanted}, nudged)
		}
		next = earliest(next, in.due)
	}
	t.restores = still
	return next
}

// owed are the process types that something is kept of, sorted.
func (t *attention) owed() []string {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return slices.Sorted(maps.Keys(t.app.wanted))
}

// wanted returns what is wanted of a process type, the policy that may restore it, and whether its rule
// fires. Without a policy it is lost.
func (t *attention) wanted(process string) (w wanted, p *Policy, fires bool) {
	s := t.s
	s.mu.Lock()
	defer s.mu.Unlock()
	w = *t.app.wanted[process]
	if time.Since(w.At) > remembered {
		w.lose(GuardStale, fmt.Sprintf("that was more than %s ago", brief(remembered)))
	}
	p, why := s.restorer(&w.Wanted)
	if p == nil {
		w.lose(GuardPolicy, why)
		return w, nil, false
	}
	_, fires = t.app.firing[p.On]
	return w, p, fires
}

// lost says whether somebody's change was found that makes void what was wanted.
func (t *attention) lost(process string) bool {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	w := t.app.wanted[process]
	return w == nil || w.lost != ""
}

// restorer is the policy that may restore w. Where there is none it says why. The caller holds mu.
func (s *Scaler) restorer(w *Wanted) (p *Policy, why string) {
	for i := range s.policies {
		if p := &s.policies[i]; p.Name == w.Policy && p.App == w.App {
			switch {
			case p.Verb == VerbRestart || !slices.Contains(p.Process, w.Process):
				return nil, fmt.Sprintf("policy %s doesn't scale %s any more", w.Policy, w.Process)
			case p.Restore == RestoreNever:
				return nil, fmt.Sprintf("policy %s says never", w.Policy)
			}
			return p, ""
		}
	}
	return nil, fmt.Sprintf("policy %s is gone", w.Policy)
}

// remember forgets what was restored once the incident has stayed away for the longest wait: from then
// on it would be another one. It returns when to look again.
func (t *attention) remember(ctx context.Context, p *Policy, w wanted) time.Time {
	t.s.mu.Lock()
	since := t.app.over(p.On, t.s.started)
	t.s.mu.Unlock()
	if w.At.After(since) {
		since = w.At
	}
	until := since.Add(p.RestoreAfter << maxFlaps)
	if time.Now().Before(until) {
		return until
	}
	if !t.forgetWanted(ctx, w.Wanted) {
		return time.Now().Add(t.s.o.Timing.Retry)
	}
	return until
}

// giveUp drops what was wanted and says so. It returns when to try again, if the ledger fails.
func (t *attention) giveUp(ctx context.Context, p *Policy, w wanted) time.Time {
	if w.why == GuardForeign {
		// The newest of what an upgrade did may be what is held against it.
		if !t.s.heed(ctx, t.app) {
			return time.Now().Add(t.s.o.Timing.Retry)
		}
		if !t.lost(w.Process) {
			return time.Now()
		}
	}
	if !t.forgetWanted(ctx, w.Wanted) {
		return time.Now().Add(t.s.o.Timing.Retry)
	}
	now := time.Now()
	if w.restored() {
		return now.Add(time.Hour) // nothing was left to do
	}
	d := Decision{
		At: now, Policy: w.Policy, Cause: w.Cause, App: w.App, Verb: VerbRestore, Process: w.Process, From: w.To, To: w.To, Wanted: w.Quantity, Verdict: Dropped, Why: w.why,
		Text: fmt.Sprintf("%s is not restored to the %d before the incident: %s", w.Process, w.Quantity, w.lost),
	}
	if p != nil {
		d.Rule = p.On
	}
	d.Evidence = t.s.o.Evidence(w.App, w.Process)
	t.s.record(d)
	return now.Add(time.Hour)
}

// owe keeps in the ledger what is to be brought back of what d is about to change. Without it nothing
// is changed.
func (t *attention) owe(ctx context.Context, in *incident, d Decision, at time.Time) error {
	w := Wanted{
		App: d.App, Process: d.Process, Policy: d.Policy, Cause: d.Cause, Quantity: d.From, From: d.From, To: d.To, At: at, Began: in.began,
	}
	t.s.mu.Lock()
	if old := t.app.wanted[d.Process]; old != nil && old.lost == "" {
		w.Quantity, w.Flaps = max(old.Quantity, d.From), old.Flaps
		if old.Began.After(w.Began) {
			w.Began = old.Began
		}
	}
	t.s.mu.Unlock()
	if in.policy.Restore == RestoreNever {
		if !t.forgetWanted(ctx, w) { // this policy's owner wants none of it back
			return errors.New("what was wanted before can't be taken out of it")
		}
		return nil
	}
	if err := t.s.o.Formations.Put(ctx, w.key(), w.encode()); err != nil {
		return err
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.app.wanted[d.Process] = &wanted{Wanted: w}
	return nil
}

// settle notes what came of d's change, where that is certain.
func (t *attention) settle(ctx context.Context, d Decision, refused bool) {
	t.s.mu.Lock()
	w := t.app.wanted[d.Process]
	if w == nil || w.lost != "" {
		t.s.mu.Unlock()
		return
	}
	switch {
	case d.Verdict == Done:
		w.From = w.To
	case refused:
		w.To = w.From
	}
	now := w.Wanted
	t.s.mu.Unlock()
	t.saveWanted(ctx, now)
}

// saveWanted puts w in the ledger. Where that fails the one there is good enough: it allows for more.
func (t *attention) saveWanted(ctx context.Context, w Wanted) {
	if err := t.s.o.Formations.Put(ctx, w.key(), w.encode()); err != nil {
		t.s.o.Log.Warn().Err(err).Str("app", w.App).Msg("the wanted formation can't be put in the ledger")
		return
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if have := t.app.wanted[w.Process]; have != nil && have.Wanted == w {
		have.unsaved = false
	}
}

func (t *attention) forgetWanted(ctx context.Context, w Wanted) (done bool) {
	if err := t.s.o.Formations.Delete(ctx, w.key()); err != nil {
		if ctx.Err() == nil {
			t.s.o.Log.Warn().Err(err).Str("app", w.App).Msg("the wanted formation can't be taken from the ledger yet")
		}
		return false
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	delete(t.app.wanted, w.Process)
	return true
}
