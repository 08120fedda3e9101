package rules

import (
	"slices"
	"time"

	"drain/parser"
)

// Sieve says which lines need not be seen one by one: what the rules want of them is told by their number,
// for AddRequests and AddTexts. It is for parser.Scanner.Sift, by the Batch's own goroutine.
func (b *Batch) Sieve() *parser.Sieve { return &b.sieve }

// newSieve makes what Sieve returns.
func (b *Batch) newSieve() (s parser.Sieve) {
	if b.set.countable(parser.KindRouter) && len(b.set.kinds[parser.KindRouter].text) == 0 {
		s.Requests = &b.set.unasked
	}
	if b.set.countable(parser.KindApp) {
		if finder := b.set.kinds[parser.KindApp].finder; finder != nil {
			s.Wanted = finder.Has
		} else {
			s.Wanted = func([]byte) bool { return false }
		}
	}
	s.Numbers = !slices.ContainsFunc(b.set.patterns, func(p *pattern) bool { return p.fields != nil && p.fields.sample != "" })
	return s
}

// countable says whether the patterns that ask for no text want no more of a kind's lines than their number.
func (s *Set) countable(kind parser.Kind) bool {
	for _, p := range s.kinds[kind].plain {
		if !p.of || !p.steady(kind) { // of a match, the first line is shown
			return false
		}
	}
	return true
}

// findUnasked finds out which statuses no pattern asks for.
func (s *Set) findUnasked() {
	for status := range 1000 {
		if status >= len(s.byStatus) || len(s.byStatus[status]) == 0 {
			s.unasked.Add(status)
		}
	}
}

// AddRequests takes requests that were set aside with Sieve. They count as by Add.
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
		b.hearAll(s, line, requests.N)
		return
	}
	for _, place := range requests.Asked() {
		dyno := &requests.Dynos[place]
		line.Nanos, line.Router.Dyno = dyno.First, dyno.Name()
		s := b.exactSender(line)
		b.asks[place] = s
		b.hearAll(s, line, dyno.Requests)
	}
	line.Router.Dyno = nil
	if b.set.traffic == nil {
		return
	}
	for i, dyno := range requests.Dyno[:requests.N] {
		b.addTraffic(b.asks[dyno], int(requests.Status[i]), time.Duration(requests.Service[i])*time.Millisecond)
	}
}

// AddTexts takes texts that were set aside with Sieve. They count as by Add.
func (b *Batch) AddTexts(texts *parser.Texts) {
	line := &b.text
	for i := range texts.Speakers {
		speaker := &texts.Speakers[i]
		line.Nanos = speaker.First
		s := b.recentSender(parser.KindApp, speaker.Proc)
		if s == nil {
			line.Proc, line.Type = speaker.Proc, speaker.Type
			s = b.findSender(line, line.Proc)
			line.Proc, line.Type = nil, nil
		}
		b.hearAll(s, line, speaker.Texts)
	}
}

// hearAll takes n lines of a sender, of which line is the first.
func (b *Batch) hearAll(s *sender, line *parser.Line, n int) {
	if s.round != b.round {
		b.hear(s, line)
		n--
	}
	if len(s.plain) == 0 {
		return
	}
	s.more += uint64(n)
	for _, at := range s.hits { // another may have been heard before that came later
		if h := &b.obs.Hits[at]; line.Time().Before(h.First) {
			h.First = line.Time()
		}
	}
}
