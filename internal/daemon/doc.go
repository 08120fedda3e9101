// Package daemon wires the parts together and owns their lifetimes.
//
// A POST is one goroutine and one pass: ingest admits it, the parser walks its lines, logmetrics
// counts them, rules.Batch makes an Observation of them, and under the app's lock its Engine judges
// that and hands the Events to alert and scale, which only enqueue. Then the POST is answered. What
// was answered 204 has been counted and judged; there is no queue of lines.
//
// [New] reads nothing from outside and binds the port, so that [Daemon.Addr] is known and the first
// POST waits in the kernel rather than being refused. [Daemon.Start] serves; [Daemon.Stop] ends in
// the order the data flows: the port, the POSTs under way, the alerts, the scaling call in flight,
// the ledger. [Daemon.Reload] puts a new configuration in force or leaves the old one whole.
//
// All methods may be called from any goroutine; Start once, Stop any number of times.
package daemon
