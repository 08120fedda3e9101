package scale

import (
	"fmt"
	"time"
)

// Situation is all that a decision depends on.
type Situation struct {
	Now       time.Time
	Timing    Timing
	Started   time.Time // when this process started
	MayAct    bool      // this process is the one that acts
	Durable   bool      // the ledger survives a restart
	Forgotten bool      // the ledger couldn't be read, so Actions and Foreign are not known
	Began     time.Time // when the rule fired
	Process   string    // the type that is judged; one of the policy's
	Evidence  Evidence  // about that
	Actions   []Action  // ours on this app
	InFlight  string    // the policy whose action isn't over yet; empty if there is none
	Foreign   Action    // the newest change by somebody else, for DecideUndo of that type; zero if there is none
	Upgrade   Upgrade   // the newest; zero if there is none
	Released  time.Time // when a release or deploy was last heard of
	CallsLeft int       // of the account; Unknown if nobody said

	Approved *Approval // a person's; nil if there is none

	Undo *Action // what to take back, for DecideUndo only; Approved is set then

	Wanted *Wanted   // what to restore, for DecideRestore only
	First  string    // a process type that is restored before; empty if there is none; for DecideRestore only
	Calm   time.Time // since when the rule doesn't fire; zero while it does; for DecideRestore only

	Formation map[string]int // quantity by process type, read just now; nil if not read
	Obstacles *Obstacles     // nil if not looked for
}

// Obstacles are what the platform has under way that an action would collide with.
type Obstacles struct {
	Autoscaling Autoscaling
	Starting    int      // dynos of the process type that aren't up yet
	Releasing   bool     // a release's phase is running
	Shared      []string // Redis add-ons, by name, that another app uses too
}

// reserve is how many calls of the account are left to people. The account has 4500, refilled at 75
// a minute (Platform API reference, "Rate limits").
const reserve = 100

// Decide judges what policy p does to s.Process in situation s. It holds with GuardPlatform where all else
// would let it go on but s.Formation or s.Obstacles is nil: read it and decide again. So nothing is asked
// of the platform that wouldn't matter.
func Decide(p *Policy, s *Situation) Decision {
	if p.Verb == VerbRestart {
		return decideRestart(p, s)
	}
	d := Decision{
		At: s.Now, Policy: p.Name, Rule: p.On, App: p.App, Verb: VerbScale, Process: s.Process,
		From: Unknown, To: Unknown, Verdict: Hold, Evidence: s.Evidence,
	}
	yes := s.approved(&d)
	stays := s.Process + " stays as it is: "
	if n, known := s.Formation[s.Process]; known {
		d.From, d.To = n, n
		stays = fmt.Sprintf("%s stays at %d: ", s.Process, n)
	}
	for _, guard := range []func(*Policy, *Situation) held{
		process, forgotten, grace, upgrading, offHours, stopped,
		inFlight, foreign, release, cooldown, perHour, rate, evidence,
		formation, fits, floor,
		obstacles, autoscaling, settling, shared, approvedLess,
	} {
		if h := guard(p, s); h.why != "" {
			d.Why, d.Text, d.Until = h.why, stays+h.text, h.until
			return d
		}
	}
	d.To, d.Why = target(p, s, d.From)
	change, because := fmt.Sprintf("%s %d → %d", s.Process, d.From, d.To), yes+reason(s, d.Why)
	switch {
	case p.Mode != Automatic && p.Mode != Approve:
		d.Verdict, d.Text = WouldAct, "would scale "+change+because+"; nothing is done in mode dry_run"
	case !s.Durable:
		d.Verdict, d.Why = WouldAct, GuardLedger
		d.Text = "would scale " + change + because + "; nothing is done since no durable ledger remembers actions"
	case p.Mode == Approve && s.Approved == nil:
		d.Verdict, d.Text = Ask, change+" needs approval"+because
	default:
		d.Verdict, d.Text = Act, change+because
	}
	return d
}

// approved puts a person's yes into d and returns it as part of a sentence.
func (s *Situation) approved(d *Decision) string {
	if s.Approved == nil {
		return ""
	}
	d.ID, d.By = s.Approved.ID, s.Approved.By
	return ", approved by " + d.By
}

// target is the largest quantity that fits, else one step down, within the policy's step and floor.
func target(p *Policy, s *Situation, from int) (to int, limitedBy Guard) {
	to = from - 1
	if s.Evidence.FitsKnown {
		to = s.Evidence.Fits
	}
	if step := int(p.MaxStep); step > 0 && from-to > step {
		to, limitedBy = from-step, GuardStep
	}
	if a := s.Approved; a != nil && to < a.To {
		to, limitedBy = a.To, GuardApproved
	}
	if least := p.Floor(s.Process); to < least {
		to, limitedBy = least, GuardFloor
	}
	return to, limitedBy
}

func reason(s *Situation, limitedBy Guard) string {
	text := ""
	for _, r := range s.Evidence.Readings {
		if r.full() {
			text = ": " + r.String()
			break
		}
	}
	if s.Evidence.Budget != "" {
		text += " (" + s.Evidence.Budget + ")"
	}
	switch limitedBy {
	case GuardStep:
		text += ", as far as max_step allows"
	case GuardApproved:
		text += ", as far as was approved"
	case GuardFloor:
		text += ", as far as min allows"
	}
	if s.Obstacles.Autoscaling == AutoscalingUnknown {
		text += "; whether Heroku's autoscaling is on couldn't be found out"
	}
	return text
}
