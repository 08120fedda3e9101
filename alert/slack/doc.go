// Package slack shows incidents in Slack. It is an alert.Notifier.
//
// With a bot token an incident is one message: posted, then changed in place until it is resolved,
// found by channel ID and ts, which the Receipt holds. What changed, and what the log said, is told in
// its thread; what people should notice is shown in the channel too, since nobody is told of an edit.
// If somebody deleted the message, or Slack no longer lets it be changed, a live incident is posted
// anew. With an incoming webhook nothing can be changed: each call posts, with what the log said.
//
// The message carries the incident's ID as metadata, by which Find finds it again. That needs the
// scope channels:history (groups:history in a private channel), and channels:read where the channel
// is given by name. Without them an incident may be told twice, where an answer was lost.
//
// Where the token has the scope files:write, a picture of how the figure went is shown in the thread, with
// the same in words for those who can't see it.
//
// A message fits every limit of Slack's, whatever its text. Should Slack find it too long or
// malformed nevertheless, it is sent again shorter, and at last as plain text. Text from outside is
// shown literally: it can't mention, link, format or leave its code block.
//
// Errors say what to do where a person can do something, and never hold the token or the webhook's
// URL. What may pass by itself is a *alert.RetryError. Redirects are not followed.
//
// A Notifier is safe for any number of goroutines. It neither retries, paces, logs nor redacts: the
// Dispatcher does.
package slack
