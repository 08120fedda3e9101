// Package scale sheds an app's dynos when a rule fires and it is safe to, as its owner's policies say.
//
// [Decide] is pure: a [Policy] and a [Situation] give one [Decision], with the [Guard] that decided
// and the evidence it saw. A [Scaler] holds the firing rules, finds out the Situation, asks Decide,
// and acts through a [Platform]. It reads, decides on fresh numbers, reads again, writes an absolute
// quantity and reads back; then it watches for the effect and stops a policy that had none.
//
// Guarantees: nothing is scaled up, nor below the policy's min; nothing is scaled without a
// platform's figure at 95 % of its limit or more, fresh by its own time, delivered under the app's
// own password and newer than the last action; nothing is scaled unless the intent is in the ledger
// first, so that a crash can't lose a cooldown; one action at a time for an app; none starts after
// Run's context ended, and one that has started ends within Timing.Call.
//
// New makes a Scaler, Run does all its work and starts a goroutine for each app in trouble, which
// Run waits for. Everything else may be called from any goroutine, before and during Run, and never
// blocks: it takes a short lock and wakes Run. Options.Evidence and Options.Tell are called without
// that lock.
//
// It restores nothing yet: Policy.Restore is accepted, and what was shed stays shed until a person
// scales it up. It knows neither rules nor log lines, and asks nobody: a decision to ask is a record
// that somebody else shows.
package scale
