package rules

import (
	"math/bits"
	"strings"
	"time"

	"drain/parser"
)

// Batch runs one delivery's lines through a Set. It is scratch to be used again, by one goroutine
// at a time; in the steady state it allocates nothing.
type Batch struct {
	set   *Set
	obs   Observation
	round uint32                 // counts deliveries
	flat  []placed               // places in obs.Hits, of patterns without labels: by pattern
	keyed [1 << keyedBits]placed // of those with labels: some, by a hash
	index map[hitKey]int         // … and the others, whose place in keyed was taken
	found places                 // empty but while a text is looked at

	names   map[string]*name
	senders [parser.KindCount]map[string]*sender
	recent  [recentSenders]*sender    // some of senders
	alike   [parser.KindCount]*sender // for kinds whose senders need not be told apart
	heard   bool                      // this delivery has said something
	counted []*sender                 // of this delivery, whose further lines are only counted
	newest  int64                     // own time of the newest of their first lines
	sieve   parser.Sieve
	request parser.Line                // of the router, scratch
	text    parser.Line                // of a dyno, scratch
	asks    [parser.DynoPlaces]*sender // of the dynos that were asked, by their place; scratch

	asked                 runtimeAsked
	lastAddon, lastSource lastWord // of a line of numbers

	copies bool
	number [20]byte // scratch for a number that is a label
}

type hitKey struct {
	pattern int
	labels  Labels
}

// keyedBits gives so many places that the dynos of most deliveries have one each for a rule or two.
const keyedBits = 6

// placed is a place in obs.Hits, valid in its round.
type placed struct {
	round uint32
	at    int
}

// name is one interned word: a dyno, a process type, an add-on.
type name struct {
	text string
	seen uint32 // the round that listed it in Seen
}

// A flood of made-up names must not grow a Batch for good: so many take some megabytes.
const maxNames = 1 << 14

// NewBatch returns an empty Batch for s.
func (s *Set) NewBatch() *Batch {
	b := &Batch{
		set: s, asked: s.runtimeAsked(), index: make(map[hitKey]int), names: make(map[string]*name),
		flat: make([]placed, len(s.patterns)), found: make(places, (len(s.patterns)+63)/64),
		request: parser.Line{Kind: parser.KindRouter, Router: parser.Router{Pairs: true}},
		text:    parser.Line{Kind: parser.KindApp},
	}
	b.sieve = b.newSieve()
	return b
}

// CopyExcerpts makes b copy what it keeps of lines, where each line's memory goes before the delivery
// is over. It returns b.
func (b *Batch) CopyExcerpts() *Batch {
	b.copies = true
	return b
}

// Begin starts a delivery. At is the time of receipt; own says that the app's own password came
// with it; id may be empty.
func (b *Batch) Begin(app, id string, at time.Time, own bool) {
	o := &b.obs
	o.Set, o.ID, o.App, o.At, o.Own = b.set.fingerprint, id, app, at, own
	o.Hits, o.Samples, o.Seen, o.Notes, o.Traffic = o.Hits[:0], o.Samples[:0], o.Seen[:0], o.Notes[:0], o.Traffic[:0]
	o.Lost = 0
	b.newest = 0
	if len(b.index) > 0 {
		clear(b.index)
	}
	b.heard, b.counted = false, b.counted[:0]
	b.round++
	if len(b.names) > maxNames {
		b.forget()
	}
}

func (b *Batch) forget() {
	clear(b.names)
	b.index = make(map[hitKey]int)
	clear(b.recent[:])
	for _, m := range b.senders {
		clear(m)
	}
	clear(b.alike[:])
}

// Add takes one line without fault. line.Lost must be what is newly known to be lost.
func (b *Batch) Add(line *parser.Line) {
	var s *sender
	if len(line.Type) > 0 {
		s = b.exactSender(line)
	} else if s = b.alike[line.Kind]; s == nil {
		s = b.sender(line)
	}
	switch line.Kind {
	case parser.KindAPI:
		b.addNotes(line)
	case parser.KindDyno:
		b.addState(line)
		b.addMemory(line, s)
	case parser.KindRuntime:
		b.addRuntime(line, s)
	case parser.KindRedis, parser.KindPostgres:
		b.addAddon(line)
	case parser.KindLogplex:
		b.obs.Lost += line.Lost
	case parser.KindRouter:
		if status := uint(line.Router.Status); status < uint(len(b.set.byStatus)) {
			if asking := b.set.byStatus[status]; len(asking) > 0 {
				b.try(asking, s, line)
			}
		}
		if b.set.traffic != nil && line.Router.Pairs {
			b.addTraffic(s, line.Router.Status, line.Router.Service)
		}
	}
	if len(line.Code) > 0 {
		b.addMaintenance(line)
		b.try(b.set.byCode[string(line.Code)], s, line)
	}
	if s.round != b.round {
		b.hear(s, line)
	} else {
		s.more++
		for _, p := range s.each {
			if p.allows(line) {
				b.hit(p, s, line)
			}
		}
	}
	if s.finder != nil && s.finder.Find(line.Msg, b.found) {
		b.addText(s, line)
	}
}

// try counts the line for those of the patterns that it matches; what they are listed under it has.
func (b *Batch) try(list []*pattern, s *sender, line *parser.Line) {
	for _, p := range list {
		if p.matches(line) {
			from := s
			if p.by.dyno || p.by.process {
				from = b.exactSender(line)
			}
			b.hit(p, from, line)
		}
	}
}

// addText takes a line that has a literal of the patterns in b.found, and empties that.
func (b *Batch) addText(s *sender, line *parser.Line) {
	for i, word := range b.found {
		for ; word != 0; word &= word - 1 {
			p := b.set.patterns[64*i+bits.TrailingZeros64(word)]
			if p.from(line) && p.allows(line) {
				b.hit(p, s, line)
			}
		}
	}
	clear(b.found)
}

// Observation is what the delivery said, nil if that is nothing. It is valid until the next Begin,
// its excerpts only until the lines' memory changes: Clone what must live longer.
func (b *Batch) Observation() *Observation {
	b.settle()
	o := &b.obs
	if len(o.Hits)+len(o.Samples)+len(o.Seen)+len(o.Notes)+len(o.Traffic) == 0 && o.Lost == 0 &&
		(!b.heard || len(b.set.silences) == 0) {
		return nil
	}
	return o
}

// maxExcerpt bounds what is kept of a line, in bytes.
const maxExcerpt = 512

// hit counts a line, and returns the place of its Hit, -1 if it weighs nothing.
func (b *Batch) hit(p *pattern, s *sender, line *parser.Line) int {
	n := uint64(1)
	if line.Kind == parser.KindLogplex && len(line.Code) > 0 {
		// A line about lost messages weighs as many as it tells of, and nothing if they were counted.
		if n = line.Lost; n == 0 {
			return -1
		}
	}
	at := len(b.obs.Hits)
	var labels Labels
	if p.keyed {
		labels = b.labels(p, s, line)
	}
	if labels.none() {
		if held := b.flat[p.place]; held.round == b.round {
			b.obs.Hits[held.at].Count += n
			return held.at
		}
		b.flat[p.place] = placed{b.round, at}
	} else if held := b.place(p, &labels, at); held != at {
		b.obs.Hits[held].Count += n
		return held
	}
	b.obs.Hits = append(b.obs.Hits, Hit{})
	h := &b.obs.Hits[at]
	h.Rule, h.Of, h.Count, h.First = p.rule.Name, p.of, n, line.Time()
	if p.keyed {
		h.Labels = labels
	}
	if !p.of {
		h.Excerpt = text(line.Msg[:min(len(line.Msg), maxExcerpt)])
		if b.copies {
			h.Excerpt = strings.Clone(h.Excerpt)
		}
	}
	return at
}

// place returns the place of a pattern's Hit under labels. It is next if there was none.
func (b *Batch) place(p *pattern, labels *Labels, next int) int {
	held := &b.keyed[(labels.tails()+uint64(p.place)<<32)*spread>>(64-keyedBits)]
	if held.round != b.round {
		*held = placed{b.round, next}
		return next
	}
	if h := &b.obs.Hits[held.at]; h.Of == p.of && h.Labels.same(labels) && h.Rule == p.rule.Name {
		return held.at
	}
	key := hitKey{p.place, *labels}
	at, ok := b.index[key]
	if !ok {
		at = next
		b.index[key] = at
	}
	return at
}

func (b *Batch) labels(p *pattern, s *sender, line *parser.Line) (l Labels) {
	if p.by.dyno {
		l.Dyno = s.proc
	}
	if p.by.process {
		l.Process = s.process
	}
	if p.by.code {
		l.Code = b.intern(line.Code)
	}
	if p.by.addon {
		l.Addon = b.intern(addonOf(line))
	}
	if p.by.field != "" {
		l.Field = b.field(p.by.field, line)
	}
	return l
}

func (b *Batch) intern(word []byte) string {
	if len(word) == 0 {
		return ""
	}
	return b.name(word).text
}

func (b *Batch) name(word []byte) *name {
	if n, ok := b.names[string(word)]; ok {
		return n
	}
	n := &name{text: string(word)}
	b.names[n.text] = n
	return n
}
