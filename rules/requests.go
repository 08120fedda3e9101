package rules

import (
	"time"

	"drain/parser"
)

// Statuses are those of which a usual request need not be seen as a line: what the rules want of it is told
// by its numbers, for AddRequests. It is empty where a rule wants some text of the router's lines.
func (s *Set) Statuses() *parser.Statuses { return &s.statuses }

// findStatuses finds out what Statuses is.
func (s *Set) findStatuses() {
	router := &s.kinds[parser.KindRouter]
	if len(router.text) > 0 {
		return
	}
	for _, p := range router.plain {
		if !p.of || !p.steady(parser.KindRouter) { // of a match, the first line is shown
			return
		}
	}
	for status := range 1000 {
		if status >= len(s.byStatus) || len(s.byStatus[status]) == 0 {
			s.statuses.Add(status)
		}
	}
}

// AddRequests takes requests that parser.Scanner.Sift has set aside, with statuses of Set.Statuses. They
// count as by Add.
func (b *Batch) AddRequests(requests *parser.Requests) {
	if requests.N == 0 {
		return
	}
	line := &b.request
	if !b.set.kinds[parser.KindRouter].apart {
		line.Nanos = requests.Nanos[0]
		s := b.alike[parser.KindRouter]
		if s == nil {
			s = b.sender(line)
		}
		b.hearRequests(s, line, requests.N)
		return
	}
	b.asks = b.asks[:0]
	for i := range requests.Dynos {
		dyno := &requests.Dynos[i]
		line.Nanos, line.Router.Dyno = dyno.First, dyno.Name
		s := b.exactSender(line)
		b.asks = append(b.asks, s)
		b.hearRequests(s, line, dyno.Requests)
	}
	line.Router.Dyno = nil
	if b.set.traffic == nil {
		return
	}
	for i, dyno := range requests.Dyno[:requests.N] {
		b.addTraffic(b.asks[dyno], int(requests.Status[i]), time.Duration(requests.Service[i])*time.Millisecond)
	}
}

// hearRequests takes n requests of a sender, of which line is the first.
func (b *Batch) hearRequests(s *sender, line *parser.Line, n int) {
	if s.round != b.round {
		b.hear(s, line)
		n--
	}
	s.more += uint64(n)
}
