// Package upgrade changes the plan of an app's Redis the safe way: maintenance mode on, dynos down, then
// the plan, then all as it was. Heroku moves the data to a new instance meanwhile, and what an app
// writes then can be lost (Dev Center, "Heroku Key-Value Store Version Upgrade").
//
// An [Upgrade] writes each step to a [Journal] before it begins it, and each step sets absolute values,
// so that one that is done twice is as good as one that is done once. Wherever it ends, by a crash, an
// interrupt or a network that is gone, [Upgrade.Resume] goes on from there, and [Upgrade.Abort] brings
// the app back up. Only the entry's own end removes it from the Journal.
//
// Where it ends before the plan is changed, other than by being cut off or since Heroku doesn't answer, it brings
// the app back up itself.
//
// It never undoes what somebody else did in between: it looks before each try. A process type that was set
// to another quantity than 0 while it was stopped stays as it is, and that is said; what was set before is
// what is brought back; of another plan it asks; and under an app that was brought up no plan is changed.
// What got no answer may be done later: nothing is brought back before it can't any more.
//
// An Upgrade is for one goroutine, has none of its own, and ends with its context. It waits out an API
// that doesn't answer, up to [Patience].
package upgrade
