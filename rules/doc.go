// Package rules says what is going wrong. It has two halves that share no state.
//
// A [Set] is compiled from rules once, is immutable and is shared by all goroutines. A [Batch]
// (one goroutine's scratch) runs a delivery's lines through it and makes one small [Observation]:
// what this delivery said. Of lines that the rules want no more of than their number it need only be
// told that: see [Batch.Sieve].
//
// An [Engine] judges one app. It takes Observations and the time and returns [Event]s: a rule
// started or ceased to hold for a key. It has no clock, goroutine, lock, logger or metric, never
// sees a line, and is deterministic: the same Observations at the same times give the same Events.
// That makes replay exact and tests instant. The caller serialises calls to one Engine.
//
// Rules may name each other. They are judged in the order of what they name, so that in one instant no
// rule sees half of it; how a rule's states stand is counted by the labels it shares with those that
// name it, so that a change costs a look-up however many states there are. A rule's state and its
// telling are two things: what is inhibited, muted or out of hours goes on being judged, and is told
// when nothing holds it back any more.
//
// Windows run on the time of receipt, (t-w, t], hit times rounded down to window/60. A sample's age
// is now minus its own timestamp, a future one counting as now.
package rules
