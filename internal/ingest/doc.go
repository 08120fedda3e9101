// Package ingest takes deliveries of log drains over HTTP: it checks the password, bounds memory and
// waiting, unpacks gzip and drops repeats. It knows nothing of lines: a [Sink] judges the body.
//
// # Guarantees
//
//   - 204 means that Sink.Take returned for this delivery, or for an earlier one with its frame id.
//     No body is judged in part: one that did not arrive whole is not judged at all.
//   - A frame id that was accepted is not judged again while it is remembered. A repeat that comes
//     while the first is under way waits for it, and takes over if it fails. Only the front of a
//     repeat is looked at, by Options.Repeat.
//   - Bodies in memory are bounded by Options.MaxInFlight, reserved before the first byte is read, but
//     for what comes along with a head: on a Lane that is up to 4 KiB a connection, and on
//     Options.MaxJudging connections at a time up to 256 KiB.
//     What waits is bounded in number and in time; it holds no body before it has its place.
//   - At most Options.MaxJudging deliveries are judged at a time, in the order in which their bodies
//     were complete. So what is judged at all is answered soon after, however much is offered.
//   - A wrong password is the only thing that is made to wait on purpose. It holds nothing that a
//     right one needs.
//
// # Answers
//
// Every answer has an empty body of known length: Logplex's client knows no chunked answers and takes
// what follows for the next status line. Logplex drops a batch for good on any 4xx but 429, and tries
// one again at most twice, at once, on a 5xx; so 4xx is for what a retry can't mend.
//
//	204  taken, or taken before
//	400  the gzip data is damaged, though HTTP delivered it whole
//	401  wrong password; the only delayed answer
//	404  not /logs or /logs/{app}, or {app} can't be an app's name; see IsDelivery
//	405  not POST
//	413  the body, or what it unpacks to, is over Options.MaxBody
//	415  a Content-Encoding other than gzip
//	500  Sink.Take panicked
//	503  no place or no turn within Options.MaxWait, or the body stopped short or took longer than
//	     Options.BodyTimeout; nothing was judged
//
// A body that stops short gets 503 and not 400 or 408, so that Logplex tries it again.
//
// # Lifetime and concurrency
//
// A [Handler] starts no goroutine: everything happens in the caller's. It is safe for concurrent use,
// and a Sink must be too. A [Delivery] and its Body are reused after Take returns. It works behind any
// net.Listener; [Listener] makes one cheaper, and a [Lane] one whose connections bring mostly plain
// deliveries. A Lane has a goroutine for each connection until it gives that to the server, and one that
// accepts; Shutdown ends them.
//
// It tells the log of wrong passwords, paths and methods, since the owner of a drain whose URL is wrong hears
// of it nowhere else. Of what was sent that has the app's name or the beginning of the path, and none of
// the passwords it was told of, nor one made from them.
//
// It won't parse, log anything else of what it is sent, or read anything from a query string.
package ingest
