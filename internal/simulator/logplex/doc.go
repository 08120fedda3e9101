// Package logplex delivers log messages to drains as Heroku's Logplex does over HTTPS drains, here
// over plain HTTP to this machine only. The behaviour is that of heroku/logplex (2020), the wording
// of L10 that of 2023.
//
// [Logplex.Write] hands a message to every drain and never blocks. Each drain has one goroutine, one
// keep-alive connection and one request in flight, and posts as soon as it has something. What a
// drain can't take waits, 1024 messages at most; then the oldest is lost. A frame is tried three
// times; a 4xx other than 429 loses it at once; a refused connection costs no try. The next frame
// after a loss begins with an L10 line that says how many messages were lost.
//
// Messages are never delivered twice under two frame ids, and a drain's order is kept. For each
// drain, offered = delivered + lost + still waiting.
//
// Run owns all goroutines. Once its context has ended it delivers what waits, for at most Linger,
// without waiting for a drain that isn't there, and returns. Network time-outs are real and not
// divided by any speed.
//
// It keeps nothing on disk, has one node only (the real one has several, with no order between
// them), and does not speak TLS.
package logplex
