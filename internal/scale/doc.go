// Package scale sheds an app's dynos when a rule fires and it is safe to, as its owner's policies say.
//
// [Decide] is pure: a [Policy] and a [Situation] give one [Decision], with the [Guard] that decided
// and the evidence it saw. A [Scaler] holds the firing rules, finds out the Situation, asks Decide,
// and acts through a [Platform]. It reads, decides on fresh numbers, reads again, writes an absolute
// quantity and reads back; then it watches for the effect and stops a policy that had none.
//
// What was shed is brought back as Policy.Restore says, which [DecideRestore] judges: once the incident
// has been over for its time, in steps, each verified, while there is room. What there was before, a
// [Wanted], survives a restart. It is given up as soon as anybody else changes that process type, and when
// its Policy is gone.
//
// Of a Policy's process types [Policy.Next] is judged: the most expendable that can spare a dyno, and would
// help. They are restored the other way round.
//
// What an [Upgrade] sets is nobody's change: nothing is done while one is under way, and what is wanted
// survives it. A change that may be one's counts as somebody else's once Options.Upgrade says that it isn't.
//
// With VerbRestart a policy restarts the one dyno that uses the most memory, never all.
//
// Guarantees: nothing is scaled above what there was before the incident, nor shed below the policy's min;
// nothing is shed without a platform's figure at 95 % of its limit or more, fresh by its own time,
// delivered under the app's own password and newer than the last action; nothing is scaled unless the
// intent, and what there was before, is in the ledger first, so that a crash can lose neither a
// cooldown nor a dyno; one action at a time for an app; none starts after Run's context ended, and one
// that has started ends within Timing.Call.
//
// A change is asked for once. One that got no answer counts as an action; while it may yet be done, for
// Timing.Echo, nothing is shed of that process type, and then it is judged anew. A restart that got none
// counts as done.
//
// New makes a Scaler, Run does all its work and starts a goroutine for each app in trouble, which
// Run waits for. Everything else may be called from any goroutine, before and during Run, and never
// blocks: it takes a short lock and wakes Run. Options.Evidence and Options.Tell are called without
// that lock.
//
// A decision to ask waits for [Scaler.Approve] or [Scaler.Refuse]. A yes has it judged anew, on fresh
// evidence and by all guards; it never does more than was asked, and counts once. Where a shed had no
// effect it is asked in the same way whether to take it back, which [DecideUndo] judges.
//
// It knows neither rules nor log lines, and doesn't know who may answer.
package scale
