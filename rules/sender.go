package rules

import (
	"encoding/binary"

	"drain/internal/literals"
	"drain/parser"
)

// sender is what the lines of one kind and process have in common, found out once. What each line needs
// stands first, in 64 bytes.
type sender struct {
	kind   parser.Kind
	round  uint32           // the delivery that heard of it last; its first line there tried all of plain …
	tag    uint64           // of proc
	more   uint64           // … and so many came after it; of no meaning without plain
	proc   string           // PROCID, or the router's dyno=; empty if it does not matter
	finder *literals.Finder // nil if no pattern looks for text in its lines
	each   []*pattern       // those of plain that are tried on each line

	process string     // process type
	dyno    *name      // what Seen lists, nil if it is no dyno
	plain   []*pattern // those that its lines match whatever they say, but for contains_none
	asked   uint32     // the delivery that counted requests to it last, …
	traffic int        // … in this place of Traffic
	hits    []int      // the places in Hits of those that each line matches
}

const (
	recentBits    = 10
	recentSenders = 1 << recentBits    // so many senders are found without a map
	spread        = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio
)

// sender returns who the line is from, as far as it matters for all lines of its kind.
func (b *Batch) sender(line *parser.Line) *sender {
	if b.set.kinds[line.Kind].apart {
		return b.exactSender(line)
	}
	b.alike[line.Kind] = b.newSender(line, nil)
	return b.alike[line.Kind]
}

// exactSender returns who the line is from.
func (b *Batch) exactSender(line *parser.Line) *sender {
	proc := line.Proc
	if line.Kind == parser.KindRouter {
		proc = line.Router.Dyno
	}
	if s := b.recentSender(line.Kind, proc); s != nil {
		return s
	}
	return b.findSender(line, proc)
}

// recentSender returns the sender of that kind and name if it is among the recent ones, else nil.
func (b *Batch) recentSender(kind parser.Kind, proc []byte) *sender {
	tag := tagOf(proc)
	if s := *b.recentOf(kind, tag); s.is(kind, proc, tag) {
		return s
	}
	return nil
}

// recentOf returns where a sender is held that was heard not long ago, or another of the same place.
func (b *Batch) recentOf(kind parser.Kind, tag uint64) **sender {
	// Dynos differ in their last digits, which the product spreads over its upper bits.
	return &b.recent[(tag+uint64(kind))*spread>>(64-recentBits)]
}

// is says whether s, which may be nil, is of that kind and name.
func (s *sender) is(kind parser.Kind, proc []byte, tag uint64) bool {
	return s != nil && s.tag == tag && s.kind == kind && len(s.proc) == len(proc) && (tagTells(len(proc)) || s.proc == string(proc))
}

// findSender returns the sender of a line that is not among the recent ones, and puts it there.
func (b *Batch) findSender(line *parser.Line, proc []byte) *sender {
	s := b.senders[line.Kind][string(proc)]
	tag := tagOf(proc)
	if s == nil {
		s = b.newSender(line, proc)
		s.tag = tag
		if b.senders[line.Kind] == nil {
			b.senders[line.Kind] = make(map[string]*sender)
		}
		b.senders[line.Kind][s.proc] = s
	}
	*b.recentOf(line.Kind, tag) = s
	return s
}

// tagOf is the first four bytes of a name and the last four.
func tagOf(name []byte) uint64 {
	if len(name) < 4 {
		return 0
	}
	return uint64(binary.LittleEndian.Uint32(name)) | uint64(binary.LittleEndian.Uint32(name[len(name)-4:]))<<32
}

// tagTells says whether names of one length, with one tag, are the same.
func tagTells(length int) bool { return 4 <= length && length <= 8 }

func (b *Batch) newSender(line *parser.Line, proc []byte) *sender {
	s := &sender{kind: line.Kind}
	if proc != nil {
		typ := line.Type
		if line.Kind == parser.KindRouter {
			typ, _ = parser.Dyno(proc)
		}
		s.proc, s.process = b.intern(proc), b.intern(typ)
	}
	if len(line.Type) > 0 {
		s.dyno = b.name(line.Proc)
	}
	of := &b.set.kinds[line.Kind]
	for _, p := range of.plain {
		if !p.from(line) {
			continue
		}
		s.plain = append(s.plain, p)
		if !p.steady(line.Kind) {
			s.each = append(s.each, p)
		}
	}
	for _, p := range of.text {
		if p.from(line) {
			s.finder = of.finder
			break
		}
	}
	return s
}

// hear takes a sender's first line of a delivery.
func (b *Batch) hear(s *sender, line *parser.Line) {
	s.round, b.heard = b.round, true
	b.newest = max(b.newest, line.Nanos)
	if s.dyno != nil && s.dyno.seen != b.round {
		s.dyno.seen = b.round
		b.obs.Seen = append(b.obs.Seen, s.dyno.text)
	}
	if len(s.plain) > 0 {
		b.tryPlain(s, line)
	}
}

// tryPlain counts a sender's first line of a delivery for the patterns that its lines match, and the others as
// far as those want no more of them than their number.
func (b *Batch) tryPlain(s *sender, line *parser.Line) {
	s.more, s.hits = 0, s.hits[:0]
	b.counted = append(b.counted, s)
	for _, p := range s.plain {
		if !p.steady(s.kind) {
			if p.allows(line) {
				b.hit(p, s, line)
			}
			continue
		}
		s.hits = append(s.hits, b.hit(p, s, line))
	}
}

// settle adds what was only counted to the Hits, and how late the newest lines are.
func (b *Batch) settle() {
	if b.newest > 0 && b.set.delay {
		delay := max(0, b.obs.At.Sub(unix(b.newest)).Seconds())
		b.obs.Samples = append(b.obs.Samples, Sample{Name: "log_delay", Value: delay, At: b.obs.At})
	}
	b.newest = 0
	for _, s := range b.counted {
		for _, at := range s.hits {
			b.obs.Hits[at].Count += s.more
		}
		s.more = 0
	}
}
