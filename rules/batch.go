package rules

import (
	"strings"
	"time"

	"drain/parser"
)

// Batch runs one delivery's lines through a Set. It is scratch to be used again, by one goroutine
// at a time; in the steady state it allocates nothing.
type Batch struct {
	set   *Set
	obs   Observation
	index map[hitKey]int // place in obs.Hits
	flat  []int          // the same for patterns without labels: place+1 by pattern, for speed

	names map[string]*name
	round uint32

	copies bool
}

type hitKey struct {
	pattern int
	labels  Labels
}

// name is one interned word: a dyno, a process type, an add-on.
type name struct {
	text string
	seen uint32 // the round that listed it in Seen
}

// A flood of made-up names must not grow a Batch for good.
const maxNames = 4096

// NewBatch returns an empty Batch for s.
func (s *Set) NewBatch() *Batch {
	return &Batch{set: s, index: make(map[hitKey]int), names: make(map[string]*name), flat: make([]int, s.patterns())}
}

// CopyExcerpts makes b copy what it keeps of lines, where each line's memory goes before the delivery
// is over. It returns b.
func (b *Batch) CopyExcerpts() *Batch {
	b.copies = true
	return b
}

func (s *Set) patterns() int {
	n := 0
	for _, r := range s.rules {
		if r.Match != nil {
			n++
		}
		if r.Of != nil {
			n++
		}
	}
	return n
}

// Begin starts a delivery. At is the time of receipt; own says that the app's own password came
// with it; id may be empty.
func (b *Batch) Begin(app, id string, at time.Time, own bool) {
	o := &b.obs
	*o = Observation{
		Set: b.set.fingerprint, ID: id, App: app, At: at, Own: own,
		Hits: o.Hits[:0], Samples: o.Samples[:0], Seen: o.Seen[:0], Notes: o.Notes[:0],
	}
	clear(b.index)
	clear(b.flat)
	if len(b.names) > maxNames {
		clear(b.names)
	}
	b.round++
}

// Add takes one line without fault. line.Lost must be what is newly known to be lost.
func (b *Batch) Add(line *parser.Line) {
	s := b.set
	switch line.Kind {
	case parser.KindAPI:
		b.addNotes(line)
	case parser.KindDyno:
		b.addState(line)
		b.addMemory(line)
	case parser.KindRuntime:
		b.addRuntime(line)
	case parser.KindRedis, parser.KindPostgres:
		b.addAddon(line)
	case parser.KindLogplex:
		b.obs.Lost += line.Lost
	}
	if len(line.Type) > 0 {
		b.see(line.Proc)
	}
	if len(line.Code) > 0 {
		for _, p := range s.byCode[string(line.Code)] {
			if p.matches(line) {
				b.hit(p, line)
			}
		}
	}
	for _, p := range s.plain[line.Kind] {
		if p.matches(line) {
			b.hit(p, line)
		}
	}
	for _, p := range s.text[line.Kind] {
		if p.matches(line) {
			b.hit(p, line)
		}
	}
}

// Observation is what the delivery said, nil if that is nothing. It is valid until the next Begin,
// its excerpts only until the lines' memory changes: Clone what must live longer.
func (b *Batch) Observation() *Observation {
	o := &b.obs
	if len(o.Hits)+len(o.Samples)+len(o.Seen)+len(o.Notes) == 0 && o.Lost == 0 {
		return nil
	}
	return o
}

// maxExcerpt bounds what is kept of a line, in bytes.
const maxExcerpt = 512

func (b *Batch) hit(p *pattern, line *parser.Line) {
	n := uint64(1)
	if line.Kind == parser.KindLogplex && len(line.Code) > 0 {
		// A line about lost messages weighs as many as it tells of, and nothing if they were counted.
		if n = line.Lost; n == 0 {
			return
		}
	}
	labels := b.labels(p, line)
	if labels == (Labels{}) {
		if at := b.flat[p.place]; at > 0 {
			b.obs.Hits[at-1].Count += n
			return
		}
		b.flat[p.place] = len(b.obs.Hits) + 1
	} else {
		key := hitKey{p.place, labels}
		if at, ok := b.index[key]; ok {
			b.obs.Hits[at].Count += n
			return
		}
		b.index[key] = len(b.obs.Hits)
	}
	h := Hit{Rule: p.rule.Name, Of: p.of, Labels: labels, Count: n, First: line.Time()}
	if !p.of {
		h.Excerpt = text(line.Msg[:min(len(line.Msg), maxExcerpt)])
		if b.copies {
			h.Excerpt = strings.Clone(h.Excerpt)
		}
	}
	b.obs.Hits = append(b.obs.Hits, h)
}

func (b *Batch) labels(p *pattern, line *parser.Line) (l Labels) {
	if p.by.code {
		l.Code = b.intern(line.Code)
	}
	if !p.by.dyno && !p.by.process {
		return l
	}
	proc, typ := line.Proc, line.Type
	if line.Kind == parser.KindRouter {
		proc = line.Router.Dyno
		typ, _ = parser.Dyno(proc)
	}
	if p.by.dyno {
		l.Dyno = b.intern(proc)
	}
	if p.by.process {
		l.Process = b.intern(typ)
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

func (b *Batch) see(dyno []byte) {
	n := b.name(dyno)
	if n.seen != b.round {
		n.seen = b.round
		b.obs.Seen = append(b.obs.Seen, n.text)
	}
}
