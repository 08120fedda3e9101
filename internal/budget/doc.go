// Package budget counts an app's Redis connections against what its add-ons allow, and says how many
// dynos fit.
//
// A [Budget] belongs to one app. It is fed the add-ons' own figures ([Budget.Observe]), the
// quantities of the formation ([Budget.Formation], [Budget.Dynos]), until the platform has told those the dynos
// that speak ([Budget.Heard]), when dynos restart or the app is
// released ([Budget.Restless], [Budget.Released]) and, where known, the add-ons' plans ([Budget.Plan]).
// Use is the sum of dynos × connections per dyno; it fits up to 0.9 of the limit. The limit is the one
// the add-on logged, else the plan's less 2, else the configured one. The connections per dyno are
// configured, else learnt, else unknown; unknown is never guessed. Nor is a quantity that nothing told taken
// for 0: what all dynos take is unknown then, and only the least of it is said. From dynos that were only heard
// nothing is learnt.
//
// What is learnt is a robust fit over the app's stays in different formations, with an interval that
// holds at 95 %. Whatever is said to fit does so at the careful end of it. At its limit an add-on refuses
// connections, so its figure stops telling the demand: 38 used by 4 dynos is not 9.5 a dyno. Such a
// figure is a lower bound. It can show that what was learnt is too low, and teaches nothing else.
//
// A Budget has no clock, lock, goroutine or logger, and is deterministic. The caller serialises calls
// to one Budget, and keeps what it learnt ([Budget.Learnt], [Budget.Recall]). It holds at most 32 add-ons
// and 64 process types, and listens to at most 500 dynos; more are ignored.
package budget
