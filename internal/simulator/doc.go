// Package simulator is a small Heroku to try the drain on: the Platform API, Logplex, Slack, and an
// Enketo app whose Redis has few connections. `drain demo` shows it to people; tests drive the
// daemon with it.
//
// [New] binds two loopback ports, one for the Platform API and one for Slack, and [Simulator.Run]
// serves them and lets the app live until its context ends: then the app stops, what Logplex holds
// is delivered for at most 2 s, and Run returns with no goroutine left. Nothing else starts a
// goroutine. It reads and writes no file, and talks to nobody but the drains that were attached,
// which must be on this machine.
//
// The parts are strict: what the real services would refuse is refused, and what a client got wrong
// is listed by [Simulator.Violations], which a test wants to be empty.
//
// Methods are safe for concurrent use, before, while and after Run runs. OnEvent is called from
// several goroutines, one at a time, and must not block for long; it must not call Rush or Scale.
package simulator
