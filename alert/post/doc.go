// Package post is the one HTTP request that tells a destination of an incident: a POST of JSON.
//
// It follows no redirect, which would take the message and its secrets elsewhere, reads at most 64
// KiB of an answer and ends in time. What may pass by itself (no answer, 408, 425, 429, 5xx) is a
// *alert.RetryError, which carries Retry-After; any other status outside 2xx is final. No error
// holds the URL beyond its host, or any of Options.Secrets.
//
// A [Client] is safe for any number of goroutines. It doesn't retry, pace, log or redact.
package post
