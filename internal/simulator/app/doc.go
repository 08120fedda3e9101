// Package app is a small Enketo on Heroku: dynos, workers, two Redis add-ons with connection
// limits, and people who use it. It writes the log lines that Heroku would.
//
// Each web dyno runs a master and 8 workers. A worker connects to both Redis when it is first asked
// for a form, 3 and 2 connections; the master holds 2 of each from the start. That makes the 26
// and 18 a dyno of Enketo's guide for Heroku. [App.Rush] begins a survey: soon every worker of every
// dyno is asked, and premium-0 with its 38 usable connections is full. The connections are over TLS,
// so Redis says nothing and drops the handshake; the client has no error listener, so the worker
// dies, is started again and dies at its next request. The people get H13, H12 and 500. Fewer dynos
// give their connections back, and all is well again.
//
// All durations of Heroku are divided by Options.Speed; timestamps are real. Time comes from the
// time package, so a test in testing/synctest owns it; randomness comes from Options.Dice.
//
// [App.Run] is the only goroutine. Methods are safe for concurrent use. Options.Write is called
// under the App's lock and must not call back; Options.Tell is called without it. At most 100 dynos
// of a type and 1000 waiting requests exist.
//
// A quiet App ([Options.Quiet]) has no visitors and no metrics, for tests of what is done to it over many
// hours.
//
// Not simulated: memory, CPU, daily restarts, builds, sizes other than what a process has, what a change of
// plan does to an app that runs.
package app
