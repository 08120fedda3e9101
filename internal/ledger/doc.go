// Package ledger keeps the few facts that must outlive a restart: what was done and when, which
// incidents people were told of, what was learnt. It holds no log text.
//
// A [Ledger] has named shelves of key and value. What is put on a shelf stays for that shelf's
// retention, counted from the last Put of its key, and is then neither read nor kept. [NewMemory]
// forgets everything when the process ends; [OpenFile] has each Put and Delete on disk before it
// returns; [OpenRedis] has it in a Redis, where it lasts as long as that keeps it. [Ledger.Durable] tells
// which, since nothing may act on a ledger that forgets.
//
// A Put or Delete ends with its context, also where the disk or the network hangs. What became of one that
// failed is not always known: it may be done, or be done later. Its error says what is known; whoever must
// know calls again.
//
// [Ledger.Hold] is a lease, by which of several processes with one Redis only one does a thing.
//
// A Ledger and its shelves are safe for concurrent use. Values given are copied, values returned
// belong to the caller. Close it last: using a shelf afterwards gives an error. An error of one call
// says nothing about the next, so callers may try again.
//
// It isn't a queue, a cache or a history: a shelf is small enough to be read whole, and nothing
// spans two keys.
package ledger
