// Package alert turns alerts into incidents and tells people of each exactly as often as they need.
//
// An [Alert] is one state of one rule. Alerts of one app and cause make one incident, which lives
// from its first firing alert to the last one's resolution. A [Notifier] shows an incident at one
// destination and keeps it current; the [Dispatcher] decides when, in what order, and what to do if
// it fails. The Dispatcher knows neither rules nor log lines.
//
// Guarantees: Send never blocks; an incident's first message is never delayed to group it; a newer
// state replaces an older one that was not told yet; a firing alert is never dropped; the order
// within one incident is kept; nothing leaves without having been redacted.
package alert
