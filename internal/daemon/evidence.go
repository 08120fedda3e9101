package daemon

import (
	"bytes"
	"cmp"
	"slices"
	"unsafe"

	"drain/parser"
	"drain/rules"
)

const (
	maxQuotes     = 10  // Events of one delivery; what an incident shows is no more
	maxLooked     = 100 // Events for whose lines one is looked, found or not: a storm has as many hits to search
	maxNeighbours = 4   // lines around the one that decided
	maxRequests   = 10
	quotedLine    = 2 * 512  // bytes of a line; alert cuts it to 512, once it has seen secrets whole
	excerptCut    = 512      // bytes of a line that rules keep
	searchedLine  = 10 << 10 // bytes of a line that are searched for request ids; Logplex cuts at 10 000
)

// quote is what a delivery said where it made a rule fire.
type quote struct {
	seq      uint64   // of the Event
	lines    []string // the one that decided, then those of its process around it, in order
	requests []string // ids of the requests that the router answered with the same code
}

// quote looks at a delivery again if it made a rule fire, and appends copies of what it said there. The
// Observation's excerpts must still be views of body. What begins nothing costs a look at each Event.
func (d *Daemon) quote(dst []quote, events []rules.Event, obs *rules.Observation, body []byte) []quote {
	var all []*passage
	for i := range events[:min(len(events), maxLooked)] {
		if !d.acts || len(all) == maxQuotes {
			break // nobody is told, or no more than that
		}
		if p := d.decided(&events[i], obs); p != nil {
			all = append(all, p)
		}
	}
	if all == nil {
		return dst
	}
	// Twice, so that only the processes in question are kept track of, whatever the others say.
	again := d.pass(body)
	defer d.passes.Put(again)
	scan := again.scan
	for _, look := range []func(*passage, *parser.Line){(*passage).find, (*passage).add} {
		for scan.Reset(body); scan.Scan(); {
			line := scan.Line()
			for _, p := range all {
				look(p, line)
			}
		}
	}
	for _, p := range all {
		dst = append(dst, p.quote())
	}
	return dst
}

// decided says which line of the delivery made an Event fire: that which the rule counted, or one that it is
// made of did, or the add-on's with its numbers. nil: none of this delivery.
func (d *Daemon) decided(ev *rules.Event, obs *rules.Observation) *passage {
	if ev.State != rules.Firing {
		return nil
	}
	var hit *byte
	if ev.Excerpt != "" {
		hit = hitOf(obs, ev.Rule, func(l rules.Labels) bool { return l == ev.Labels })
	} else {
		hit = d.rules.Load().partOf(ev.Rule, ev.Labels, obs)
	}
	told := func(s rules.Sample) bool { return s.Labels.Addon == ev.Labels.Addon }
	switch {
	case hit != nil:
		return &passage{seq: ev.Seq, hit: hit}
	case ev.Excerpt == "" && ev.Labels.Addon != "" && slices.ContainsFunc(obs.Samples, told):
		return &passage{seq: ev.Seq, addon: ev.Labels.Addon}
	}
	return nil
}

// hitOf is where in memory the line is that a rule counted first, under labels that will do.
func hitOf(obs *rules.Observation, rule string, labels func(rules.Labels) bool) *byte {
	for i := range obs.Hits {
		if h := &obs.Hits[i]; !h.Of && h.Rule == rule && h.Excerpt != "" && labels(h.Labels) {
			return unsafe.StringData(h.Excerpt) // compared, never read
		}
	}
	return nil
}

// partOf is hitOf for the rules that one is made of, for labels that agree.
func (rs *ruleset) partOf(rule string, labels rules.Labels, obs *rules.Observation) *byte {
	r := rs.rule(rule)
	if r == nil {
		return nil
	}
	agree := func(a, b string) bool { return a == "" || b == "" || a == b }
	for _, part := range slices.Concat(r.All, r.Any) {
		hit := hitOf(obs, part, func(l rules.Labels) bool {
			return agree(l.Dyno, labels.Dyno) && agree(l.Process, labels.Process) && agree(l.Addon, labels.Addon) && agree(l.Code, labels.Code)
		})
		if hit == nil {
			hit = rs.partOf(part, labels, obs) // no rule is made of itself
		}
		if hit != nil {
			return hit
		}
	}
	return nil
}

// passage is one hit and what its process said around it: views of a delivery's body.
type passage struct {
	seq   uint64
	hit   *byte
	addon string // nil hit: it is the last line with this add-on's numbers

	text []byte // nil: it is still to be found
	proc []byte
	code []byte

	passed        bool
	before, after [][]byte // no two the same, and none as text; at most maxNeighbours each
	requests      []string
}

func (p *passage) is(line *parser.Line) bool {
	return unsafe.SliceData(line.Msg) == p.hit && len(line.Msg) > 0
}

// find is the first look, for the hit.
func (p *passage) find(line *parser.Line) {
	if p.addon != "" && len(line.Samples) > 0 && cmp.Or(string(line.Addon), string(line.Source)) == p.addon {
		p.hit = unsafe.SliceData(line.Msg)
	}
	if p.is(line) {
		p.text, p.proc, p.code = quotable(line), line.Proc, line.Code
	}
}

// add is the second, for the lines around it.
func (p *passage) add(line *parser.Line) {
	if p.text == nil || !bytes.Equal(line.Proc, p.proc) {
		return
	}
	if p.is(line) || len(p.code) > 0 && bytes.Equal(line.Code, p.code) {
		for _, id := range requestsIn(string(line.Msg[:min(len(line.Msg), searchedLine)])) {
			if len(p.requests) < maxRequests && !slices.Contains(p.requests, id) {
				p.requests = append(p.requests, id)
			}
		}
	}
	if p.is(line) {
		p.passed = true
		return
	}
	text := quotable(line)
	same := func(other []byte) bool { return bytes.Equal(text, other) }
	switch {
	case len(text) == 0, same(p.text), slices.ContainsFunc(p.before, same), slices.ContainsFunc(p.after, same):
	case !p.passed:
		if len(p.before) == maxNeighbours {
			p.before = p.before[:copy(p.before, p.before[1:])]
		}
		p.before = append(p.before, text)
	case len(p.after) < maxNeighbours:
		p.after = append(p.after, text)
	}
}

// quote copies the hit and those nearest to it, as many before as after where there are.
func (p *passage) quote() quote {
	q := quote{seq: p.seq, requests: p.requests}
	if p.text == nil {
		return q
	}
	before := min(len(p.before), max(maxNeighbours/2, maxNeighbours-len(p.after)))
	after := min(len(p.after), maxNeighbours-before)
	for _, text := range slices.Concat([][]byte{p.text}, p.before[len(p.before)-before:], p.after[:after]) {
		q.lines = append(q.lines, string(text))
	}
	return q
}

func quotable(line *parser.Line) []byte {
	text := line.Msg
	if len(text) > quotedLine {
		text = withoutHalf(text[:quotedLine])
	}
	return bytes.TrimRight(text, " \t\r\n")
}

// withoutHalf leaves out the last word of what was cut: half a secret may not be known for one.
func withoutHalf(cut []byte) []byte {
	if at := bytes.LastIndexByte(cut, ' '); at > 0 {
		return cut[:at]
	}
	return cut
}

// quoted is the evidence for an Event, and the requests it speaks of; of what came without a delivery, none.
func (a *app) quoted(ev *rules.Event) (lines, requests []string) {
	for i := range a.quotes {
		if q := &a.quotes[i]; q.seq == ev.Seq && q.lines != nil {
			return q.lines, q.requests
		}
	}
	if ev.Excerpt == "" {
		return nil, nil
	}
	text := []byte(ev.Excerpt)
	if len(text) >= excerptCut {
		text = withoutHalf(text)
	}
	return []string{string(text)}, requestsIn(ev.Excerpt)
}
