package rules

import "drain/parser"

// pattern is one Match of a rule.
type pattern struct {
	rule    *compiled
	place   int // among all patterns
	of      bool
	kinds   [parser.KindCount]bool
	process []string
	any     []string
	none    []string
	fold    bool
	fields  *fields // nil: it asks for none
	by      struct {
		process, dyno, code, addon bool
		field                      string // of the router's
	}
	keyed bool // by one of these
}

func newPattern(c *compiled, m *Match, place int, of bool) *pattern {
	p := &pattern{rule: c, place: place, of: of, process: m.Process, none: m.ContainsNone, any: m.Contains, fold: m.IgnoreCase, fields: newFields(m)}
	if len(p.any) == 0 {
		p.any = pathLiterals(m.Path)
	}
	if p.fold {
		p.any, p.none = lowerAll(p.any), lowerAll(p.none)
	}
	for _, b := range c.By {
		switch b {
		case "process":
			p.by.process = true
		case "dyno":
			p.by.dyno = true
		case "code":
			p.by.code = true
		case "addon":
			p.by.addon = true
		case "status", "method", "path":
			p.by.field = b
		default:
			continue // the app is no label
		}
		p.keyed = true
	}
	for _, name := range m.Kind {
		k, _ := parser.ParseKind(name)
		p.kinds[k] = true
	}
	if len(m.Kind) > 0 {
		return p
	}
	if len(m.Code) > 0 {
		// The parser gives a code only to the sender that may say it.
		p.kinds[parser.KindRouter], p.kinds[parser.KindDyno], p.kinds[parser.KindLogplex] = true, true, true
		return p
	}
	if p.fields != nil && p.fields.kinds() != nil {
		for _, k := range p.fields.kinds() {
			p.kinds[k] = true
		}
		return p
	}
	p.kinds[parser.KindApp] = true
	return p
}

// matches says whether a line, whose code the caller has looked up, meets the rest of the pattern.
func (p *pattern) matches(line *parser.Line) bool {
	return p.kinds[line.Kind] && p.from(line) && (len(p.any) == 0 || p.contains(line.Msg, p.any)) && p.allows(line)
}

// from says whether the pattern wants lines of this line's process.
func (p *pattern) from(line *parser.Line) bool {
	if len(p.process) == 0 {
		return true
	}
	proc, typ := line.Proc, line.Type
	if line.Kind == parser.KindRouter {
		proc = line.Router.Dyno // the router speaks of a dyno
		typ, _ = parser.Dyno(proc)
	}
	for _, g := range p.process {
		if glob(g, typ) || glob(g, proc) {
			return true
		}
	}
	return false
}

// allows says whether the text has none of what the pattern forbids, and the line's fields are as
// it asks.
func (p *pattern) allows(line *parser.Line) bool {
	return (len(p.none) == 0 || !p.contains(line.Msg, p.none)) && (p.fields == nil || p.fields.hold(line))
}

// steady says whether the pattern, which wants lines of this kind without asking for code or text,
// counts each of them as one under the labels of its sender.
func (p *pattern) steady(kind parser.Kind) bool {
	// A Logplex line about lost messages weighs as many as it tells of.
	return len(p.none) == 0 && p.fields == nil && !p.by.code && !p.by.addon && p.by.field == "" && kind != parser.KindLogplex
}
