package daemon

import "drain/parser"

// Limits for what a line calls somebody, in bytes. States, alerts and budgets are kept by name, and a
// line may be 64 KiB of one.
const (
	maxName  = 128 // of a process, an add-on, an attachment: RFC 5424's for PROCID, and far beyond Heroku's
	maxSince = 40  // of a time as an L10 writes it, which has 32
)

// named reports whether a line can be judged: it is whole, and what it names could be a name.
func named(line *parser.Line) bool {
	return line.Fault == parser.FaultNone &&
		len(line.Proc) <= maxName && len(line.Source) <= maxName && len(line.Addon) <= maxName
}

// newlyLost returns how many of the messages that a line tells of weren't told of before.
func (a *app) newlyLost(line *parser.Line) uint64 {
	since := line.LostSince[:min(len(line.LostSince), maxSince)]
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.losses.New(since, line.Lost)
}
