// Package silence says which alerts people don't want to hear of now.
//
// A [Silence] is made by a person, has a reason and an end, and is kept in a [Store] until then. A
// [Window] is configured and comes back every week. Both name alerts by [Matchers] over their labels.
// [Silences] is all of them; it decides about one alert at a time, by its own clock. What silence
// means for an incident is the Dispatcher's business.
//
// [Silences.Load] reads the Store; until it has, silences made before a restart don't count. A change
// counts only once the Store has it. What is over is dropped from the Store when the next one is made,
// or at the next Load.
//
// All methods may be called from any goroutine. [Silences.Why] does no IO. The package starts no
// goroutine.
package silence
