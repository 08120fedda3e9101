// Package history remembers the last hours of a few numbers of each app, for plots: connections and
// memory against their limits, requests, errors and service times, and what the platform was told to do.
//
// A [History] makes an [App] for each app and bounds them all. Time goes in steps; a series has one
// point for each of the last [Points] of them, so that a figure costs the same however many came
// before. An App's series are made when it first has something for them. One with all of them holds 37
// KB, 256 apps 9.5 MB; an app beyond has no history.
//
// A History may be used from any goroutine, an App by one at a time. There is no clock here, and
// nothing outlives the process.
package history
