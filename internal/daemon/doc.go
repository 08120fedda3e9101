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
// # Memory
//
// What others send is bounded. At most, beside the few MiB of the process itself, these add up:
//
//	 96 MiB  bodies: 64 MiB are reserved, and one of unknown length holds half as much again while it
//	         moves to a larger buffer
//	  3 MiB  frame ids
//	 24 KiB  for each connection, of which 16 384 may be open: 384 MiB. The kernel's part is its own
//	320 KiB  more for a connection while its header is read, within 10 s, if that is 8 KiB of the
//	         shortest lines there can be; a header as senders send it takes less than its connection
//	256 MiB  for 20 000 apps, 1000 unclaimed tokens, 100 000 series and some thousand incidents
//
// Each app may have 100 000 states of rules on top; only a right password makes apps and states. A name
// of more than 128 bytes makes none.
//
// All methods may be called from any goroutine; Start once, Stop any number of times.
package daemon
