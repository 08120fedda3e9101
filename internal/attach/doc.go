// Package attach makes a drain of ours one of an app's log drains, and takes it away again.
//
// The drain gets the app's own password in its URL, so it leads to https, or to a loopback address, only.
// The daemon is asked, where it can be, before anything is changed; where a step fails after the drain was
// made, the error says that it stays, and how to undo that or to go on. An older drain of ours, with another
// password or path, is deleted only after the new one has delivered, so that no line is missed; until then both
// deliver, which is why lines are told apart by the drain's token. Drains of other services are never
// touched, nor is the app, but for log-runtime-metrics where that is agreed to.
//
// An [Attachment] is for one goroutine and has none of its own; it ends with its context, or 5 s later where
// it has to look whether a drain was made. What it did until then stays: a second [Attachment.Attach] goes on
// from there.
package attach
