// Package heroku is the Platform that scale acts on: Heroku's Platform API through heroku-go.
//
// A [Client] retries reading after 429, 5xx and broken connections: at most 3 tries, within the caller's
// context. What changes something is sent once. A longer wait than 5 s is left to the caller, who is told
// of it; until it is over no call to that host is made. Every failure is a [scale.PlatformError].
//
// The API key is in no error and no log line, also where a server sends it back. It is sent to no
// other host than those of Options: redirects are not followed.
//
// A Client is safe for concurrent use and has no goroutine of its own. Close it to drop idle
// connections. Lists are read up to 200 items (dynos 1000), what one page holds.
//
// heroku-go's own retry transport is not used: it repeats what changes something, with an empty body,
// ignores the context while it waits and hides the headers.
package heroku
