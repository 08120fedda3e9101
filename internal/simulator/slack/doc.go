// Package slack is as much of Slack as the drain uses: chat.postMessage, chat.update,
// conversations.history, conversations.list and auth.test for a bot in one channel, the three requests
// that share a file, and an incoming webhook. It keeps every message with its whole history.
//
// Requests are taken as slack-go v0.35.0 sends them: forms for the methods, JSON for the webhook.
// What Slack refuses is refused in Slack's words: a wrong token or channel, blocks over their limits,
// an update without the channel's id or of a message that isn't there. Such requests, arguments
// Slack would silently ignore, and those that come before Retry-After is over are reported to
// Options.Violate. Posting is limited to one message a second, updating and reading to 50 a minute, files
// to 100, in real time; whoever is over it gets 429, which is no violation.
//
// [Server.Press] presses a message's button as a person would: it sends the app a signed interaction,
// and takes what the app says to that person alone by response_url.
//
// A [Server] is an http.Handler, safe for concurrent use, and starts no goroutine. It keeps the
// newest 1000 messages and 100 versions of each. Of Block Kit it knows header, section, context,
// actions with buttons, divider and image; anything else is refused as invalid_blocks.
package slack
