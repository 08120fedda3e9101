package scale

import "time"

// Verdict says what came of looking at a Policy.
type Verdict string

// The verdicts. The first four are Decide's, the others tell how an action went on.
const (
	Act      Verdict = "act"       // it is being done
	Ask      Verdict = "ask"       // it would be done if a person approved
	WouldAct Verdict = "dry_run"   // it would be done, were it not for the mode or the ledger
	Hold     Verdict = "hold"      // nothing is done; Why says for which guard
	Done     Verdict = "done"      // the platform has the new quantity
	Failed   Verdict = "failed"    // it doesn't, or it isn't known to
	Worked   Verdict = "worked"    // the figure fell below the bound in time
	NoEffect Verdict = "no_effect" // it didn't; the policy stops until the incident is over
	Relapse  Verdict = "relapse"   // after a restore the figure rose to the bound, or the incident came back
	Refused  Verdict = "refused"   // a person said no
	Dropped  Verdict = "dropped"   // what was shed is not restored, since somebody else changed it, or the policy
)

// verdicts are all of them, for metrics.
func verdicts() []Verdict {
	return []Verdict{Act, Ask, WouldAct, Hold, Done, Failed, Worked, NoEffect, Relapse, Refused, Dropped}
}

// Guard names what decided. It is empty where nothing stood in the way.
type Guard string

// The guards, in the order in which they are judged.
const (
	GuardProcess     Guard = "not_acting_process"  // this process isn't the one that acts
	GuardLedger      Guard = "ledger"              // past actions are unknown, or new ones would be forgotten
	GuardGrace       Guard = "start_grace"         // too soon after start
	GuardUpgrade     Guard = "upgrade"             // drain upgrade has the app's dynos stopped
	GuardHours       Guard = "off_hours"           // the policy acts at other hours only
	GuardStopped     Guard = "stopped"             // an action in this incident had no effect, or was refused or undone
	GuardInFlight    Guard = "in_flight"           // another action of this app isn't over
	GuardForeign     Guard = "foreign_change"      // a person or another scaler changed the formation lately
	GuardRelease     Guard = "release"             // a release or deploy is under way
	GuardCooldown    Guard = "cooldown"            // too soon after the last action
	GuardPerHour     Guard = "per_hour"            // enough actions for an hour
	GuardRate        Guard = "rate_limit"          // too few calls left for the account
	GuardEvidence    Guard = "evidence"            // no figure at 95 % of its limit or more; a text is not enough
	GuardUntrusted   Guard = "untrusted_evidence"  // there is one, but not delivered under the app's own password
	GuardStale       Guard = "stale_evidence"      // there is one, but old, or from before the last action
	GuardLease       Guard = "other_process"       // another process acts on the app, or that can't be found out
	GuardPlatform    Guard = "platform"            // the platform wasn't asked yet, or didn't answer
	GuardNoProcess   Guard = "no_such_process"     // the app has no such process type
	GuardFits        Guard = "fits"                // the present quantity fits the budget
	GuardFloor       Guard = "floor"               // at min already; on an action: min kept it from going further
	GuardStep        Guard = "max_step"            // on an action: the largest step kept it from going further
	GuardAutoscaling Guard = "autoscaling"         // Heroku's own autoscaling is on
	GuardStarting    Guard = "starting"            // dynos are still starting
	GuardShared      Guard = "shared_addon"        // another app uses the add-on too
	GuardApproved    Guard = "approved"            // on an action: no more was approved
	GuardCalm        Guard = "not_over_long"       // of a restore: the incident isn't over, or not for its time
	GuardOrder       Guard = "order"               // of a restore: a less expendable process type comes first
	GuardRoom        Guard = "no_room"             // of a restore: another dyno doesn't fit
	GuardPolicy      Guard = "policy_changed"      // of a restore: its policy is gone, or restores no more
	GuardRestored    Guard = "restored"            // of a restore: nothing is left to do
	GuardVoid        Guard = "void"                // of an offer to undo: nobody took it in time
	GuardChanged     Guard = "changed_after_write" // read back after writing, the quantity was another one
)

// Unknown is a quantity nobody knows.
const Unknown = -1

// The verbs.
const (
	VerbScale   = "scale"   // fewer dynos
	VerbRestore = "restore" // of those, some back
	VerbRestart = "restart" // the same dynos, one of them anew
	VerbUndo    = "undo"    // what had no effect is taken back, if a person wants it
)

// Decision is the record of one decision, or of how an action went on.
type Decision struct {
	ID       string    `json:"id,omitempty"` // of what waits for a person, or waited
	By       string    `json:"by,omitempty"` // the person who approved or refused it
	At       time.Time `json:"at"`
	Policy   string    `json:"policy"`
	Rule     string    `json:"rule"`
	Cause    string    `json:"cause,omitempty"` // of the incident it belongs to
	App      string    `json:"app"`
	Verb     string    `json:"verb"`
	Process  string    `json:"process"`
	Dyno     string    `json:"dyno,omitempty"`   // of a restart
	From     int       `json:"from"`             // dynos; Unknown where they weren't read
	To       int       `json:"to"`               // dynos; as From on Hold
	Wanted   int       `json:"wanted,omitempty"` // of a restore, and of what had no effect: dynos before the incident
	Verdict  Verdict   `json:"verdict"`
	Why      Guard     `json:"why,omitempty"`
	Text     string    `json:"text"` // one sentence
	Until    time.Time `json:"until,omitzero"`
	Evidence Evidence  `json:"evidence"`
}

// expectedAfter says whether d only says again what was did: after an action that worked nothing asks
// for another, and one without effect stops the policy.
func (d *Decision) expectedAfter(was *Decision) bool {
	return d.Verdict == Hold &&
		(was.Verdict == Worked && d.Verb != VerbRestore && (d.Why == GuardCooldown || d.Why.aboutEvidence()) ||
			(was.Verdict == NoEffect || was.Verdict == Failed) && d.Why == GuardStopped)
}

// same says whether d tells nothing that was doesn't.
func (d *Decision) same(was *Decision) bool {
	return d.Verdict == was.Verdict && d.Why == was.Why && d.Process == was.Process && d.Dyno == was.Dyno && d.From == was.From && d.To == was.To
}
