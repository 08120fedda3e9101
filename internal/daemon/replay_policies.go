package daemon

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"drain/internal/scale"
	"drain/rules"
)

// acting is what the policies decided over a capture. The formation follows the decisions, until the log's
// own "Scaled to" lines say otherwise; the figures stay the log's. So a policy acts once in an incident,
// and whether that worked isn't judged, unless the log shows it done.
type acting struct {
	decided map[judged]scale.Decision // the last that was told
	actions []scale.Action
	asked   bool                     // the last action waits for a person
	unseen  map[string]time.Time     // by policy: the incident in which it acted, where the log doesn't show it
	taken   map[string]int           // by process type: the quantity after that
	wanted  map[string]*scale.Wanted // by process type: what is to be restored
	calm    map[string]time.Time     // by rule: when it ceased to fire
	due     map[string]time.Time     // by process type: when to look again whether it is restored
	foreign scale.Action             // when somebody last changed the formation
}

// judged is what a decision is about. Of a shed any of the policy's process types may be the next.
type judged struct{ policy, verb, restored string }

func newActing() acting {
	return acting{
		decided: make(map[judged]scale.Decision), unseen: make(map[string]time.Time), taken: make(map[string]int),
		wanted: make(map[string]*scale.Wanted), calm: make(map[string]time.Time), due: make(map[string]time.Time),
	}
}

// act asks the policies whose rule fires.
func (r *Replay) act() {
	for i := range r.cfg.Policies {
		p := &r.cfg.Policies[i]
		if p.App != r.app {
			continue
		}
		began, fires := r.since(p.On)
		if !fires {
			delete(r.decided, judged{p.Name, p.Verb, ""})
			continue
		}
		for _, process := range p.Process { // the next time it is over is another
			delete(r.decided, judged{p.Name, scale.VerbRestore, process})
		}
		r.relapse(p, began)
		if r.unseen[p.Name].Equal(began) || r.inFlight() == p.Name {
			continue
		}
		s := r.situation(p.Next(r.formation(), r.evidence))
		s.Began = began
		if dec := scale.Decide(p, s); r.answer(dec) {
			r.unseen[p.Name] = began
			r.owe(p, dec, began)
		}
	}
}

// restoreRetry is how long after a restore that was held it is looked at again, if no figure comes. A log
// may have thousands of lines a second.
const restoreRetry = 2 * time.Minute

// restore asks whether what was shed is brought back. news says that an add-on told its figures.
func (r *Replay) restore(news bool) {
	now := r.engine.Now()
	for _, process := range slices.Sorted(maps.Keys(r.wanted)) {
		w := r.wanted[process]
		p := r.policy(w.Policy)
		if _, fires := r.since(p.On); fires || w.From >= w.Quantity || r.inFlight() == p.Name || !news && now.Before(r.due[process]) {
			continue
		}
		s := r.situation(process)
		s.Began, s.Wanted, s.Calm, s.First = w.Began, w, r.calm[p.On], r.first(p, process)
		dec := scale.DecideRestore(p, s)
		r.due[process] = now.Add(restoreRetry)
		if dec.Until.After(now) {
			r.due[process] = dec.Until
		}
		if r.answer(dec) {
			w.From, w.To, w.At = dec.To, dec.To, now
		}
	}
}

// situation is what the log tells, and what it can't: that the ledger is durable, that nobody's calls are
// spent, and that nothing else is in the way.
func (r *Replay) situation(process string) *scale.Situation {
	return &scale.Situation{
		Now: r.engine.Now(), Timing: scale.DefaultTiming(), MayAct: true, Durable: true,
		Process: process, Evidence: r.evidence(process),
		Actions: r.actions, InFlight: r.inFlight(), Foreign: r.foreign, Released: r.released,
		CallsLeft: scale.Unknown, Formation: r.formation(), Obstacles: &scale.Obstacles{Autoscaling: scale.AutoscalingUnknown},
	}
}

func (r *Replay) evidence(process string) scale.Evidence {
	ev := evidenceOf(r.budget, process)
	ev.Dynos = r.footprints.of(process)
	return ev
}

// formation is what the log told of it and the decisions made of it, nil if that is nothing.
func (r *Replay) formation() map[string]int {
	formation := maps.Clone(r.dynos)
	maps.Copy(formation, r.taken)
	if len(formation) == 0 {
		return nil
	}
	return formation
}

// first is a less expendable process type, which is brought back before; empty if there is none.
func (r *Replay) first(p *scale.Policy, process string) string {
	for _, other := range slices.Backward(p.Process) {
		if other == process {
			break
		}
		if w := r.wanted[other]; w != nil && w.Policy == p.Name && w.From < w.Quantity {
			return other
		}
	}
	return ""
}

// inFlight is the policy whose action would still be watched for its effect; empty if there is none.
func (r *Replay) inFlight() string {
	if len(r.actions) == 0 {
		return ""
	}
	last := r.actions[len(r.actions)-1]
	if r.engine.Now().Sub(last.Ended) >= r.policy(last.Policy).Verify {
		return ""
	}
	return last.Policy
}

// policy is the one of that name, which there is.
func (r *Replay) policy(name string) *scale.Policy {
	return &r.cfg.Policies[slices.IndexFunc(r.cfg.Policies, func(p scale.Policy) bool { return p.Name == name })]
}

// answer tells a decision that is new, and takes what it would do as done.
func (r *Replay) answer(dec scale.Decision) (done bool) {
	about := judged{dec.Policy, dec.Verb, ""}
	if dec.Verb == scale.VerbRestore {
		about.restored = dec.Process
	}
	was, told := r.decided[about]
	if !told || was.Verdict != dec.Verdict || was.Why != dec.Why || was.Process != dec.Process || was.Dyno != dec.Dyno || was.To != dec.To {
		r.decided[about] = dec
		r.record(dec)
	}
	if dec.Verdict == scale.Hold {
		return false
	}
	r.actions = append(r.actions, scale.Action{
		At: dec.At, Ended: dec.At, Policy: dec.Policy, App: dec.App, Process: dec.Process, Dyno: dec.Dyno,
		From: dec.From, To: dec.To, Outcome: scale.Done,
	})
	r.asked = dec.Verdict == scale.Ask
	if dec.Dyno == "" {
		r.taken[dec.Process] = dec.To
	}
	return true
}

func (r *Replay) record(dec scale.Decision) {
	r.emit(Record{
		At: dec.At, Event: "action", Rule: dec.Rule, App: r.app, Summary: dec.Text,
		Action: &Action{dec.Verb, dec.Process, dec.Dyno, dec.From, dec.To, dec.Verdict, dec.Why, dec.Policy},
	})
}

// owe remembers what there was before a policy shed.
func (r *Replay) owe(p *scale.Policy, dec scale.Decision, began time.Time) {
	switch {
	case dec.Verb != scale.VerbScale:
	case p.Restore == scale.RestoreNever:
		delete(r.wanted, dec.Process)
	default:
		w := &scale.Wanted{
			App: r.app, Process: dec.Process, Policy: p.Name, Quantity: dec.From, From: dec.To, To: dec.To, At: dec.At, Began: began,
		}
		if old := r.wanted[dec.Process]; old != nil {
			w.Quantity, w.Flaps = max(w.Quantity, old.Quantity), old.Flaps
		}
		r.wanted[dec.Process] = w
	}
}

// relapse notes that the incident of what is to be restored came back: the wait is longer then.
func (r *Replay) relapse(p *scale.Policy, began time.Time) {
	for _, w := range r.wanted {
		if w.Policy == p.Name && began.After(w.Began) {
			w.Began = began
			w.Flaps++
		}
	}
}

// scaled takes a "Scaled to" line: of what was decided where type and quantity are the same soon after,
// else of somebody else, who has the last word.
func (r *Replay) scaled(n *rules.Note, at time.Time) {
	_, unseen := r.taken[n.Process]
	delete(r.taken, n.Process)
	maps.DeleteFunc(r.unseen, func(policy string, _ time.Time) bool { return slices.Contains(r.policy(policy).Process, n.Process) })
	timing := scale.DefaultTiming()
	if i := len(r.actions) - 1; i >= 0 {
		a := &r.actions[i]
		within := timing.Echo
		if r.asked {
			within = timing.Void // a person has so long to say yes
		}
		if unseen && a.Process == n.Process && a.To == n.Quantity && at.Sub(a.At) <= within {
			a.At, a.Ended = at, at
			return
		}
	}
	r.foreign = scale.Action{At: at, App: r.app, Process: n.Process, To: n.Quantity, Foreign: true}
	w := r.wanted[n.Process]
	delete(r.wanted, n.Process)
	if w == nil || w.From >= w.Quantity {
		return
	}
	r.record(scale.Decision{
		At: at, Policy: w.Policy, Rule: r.policy(w.Policy).On, App: r.app, Verb: scale.VerbRestore, Process: w.Process,
		From: n.Quantity, To: n.Quantity, Verdict: scale.Dropped, Why: scale.GuardForeign,
		Text: fmt.Sprintf("%s is not restored to the %d before the incident: somebody else set it to %d", w.Process, w.Quantity, n.Quantity),
	})
}
