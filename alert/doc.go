// Package alert turns alerts into incidents and tells people of each exactly as often as they need.
//
// An [Alert] is one state of one rule. Alerts that agree in the group keys of [Settings], by default
// app and cause, make one incident, which lives from its first firing alert to the last one's
// resolution. One that comes back soon after is the same incident again, and one that does so twice
// flaps: it is over only after a while of quiet. A [Notifier] shows an incident at one destination and
// keeps it current; the [Dispatcher] decides when, in what order, and what to do if it fails. The
// Dispatcher knows neither rules nor log lines.
//
// Guarantees: Send never blocks; an incident's first message is never delayed to group it; a newer
// state replaces an older one that was not told yet; a firing alert is never dropped; the order
// within one incident is kept; nothing leaves without having been redacted.
//
// # Delivery
//
// A destination that can update shows an incident as one message, changed at most once in
// [Settings].UpdateInterval while the incident lives and at once when it ends. One that can't is told
// twice, at the beginning and at the end. An incident that ends before it was first told is told
// once, as ended. What fails for now is tried again until it succeeds; what fails for good is logged
// once, shown by [Dispatcher.Open], and tried again only when the incident changes. Where there are
// [Threads], changes and evidence are told beside the message, after all messages that wait, several
// in one reply. Where there are [Pictures], how the figure went is shown beside the message too, at most
// once, when nothing else is to be told and a channel has its whole burst again: no message waits for
// one, and one that is lost is not missed.
//
// With a [Store], incidents outlive a restart: the intent to post is written before the request,
// the [Receipt] after it, so a message that lives is updated and not posted anew. After a call whose
// answer was lost, to a crash or to the network, a [Finder] is asked for the message, which is adopted:
// there is one. Any other Notifier is told again, and so may a reply be: at least once. Without a
// Store a restart forgets all.
// Incidents that are over and told stay for 30 days, see [Dispatcher.History].
//
// # Silence
//
// An incident whose firing alerts are all silenced, by [Options].Silenced, is held, saved and shown by
// [Dispatcher.Open] as any other, and nobody is told of it. Where it was told before, the message says
// once that it is silenced and is then left alone until the end, which is always told there. What
// still fires when the silence ends is told then.
//
// # Lifetime and concurrency
//
// [New] starts nothing. [Dispatcher.Run] does all the work and returns after its context ended and
// what was waiting was told, or Options.FlushTimeout passed. [Dispatcher.Reload] puts other settings in
// force meanwhile. The other methods may be called from any goroutine, before, during and after Run;
// they take one short lock and do no IO.
//
// The package won't decide what is silenced.
package alert
