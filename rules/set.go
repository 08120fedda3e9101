package rules

import (
	"fmt"
	"hash/fnv"
	"text/template"
	"time"

	"drain/parser"
)

// Set is a list of rules made ready to match. It is immutable and safe for concurrent use.
type Set struct {
	fingerprint uint64
	rules       []*compiled
	index       map[string]int // rule name to its place in rules

	// Patterns by what must be looked at to try them, so that a line pays only for rules it could match.
	byCode   map[string][]*pattern
	plain    [parser.KindCount][]*pattern // no code and no text asked for
	text     [parser.KindCount][]*pattern
	byMetric map[string][]*compiled
}

// compiled is one rule with its defaults filled in.
type compiled struct {
	Rule
	fingerprint uint64
	place       int
	summary     *template.Template
	grain       int64 // nanoseconds that hit times are rounded down to
}

// NewSet compiles rules. They must have passed Check; an error names the first that has not.
func NewSet(list []Rule) (*Set, error) {
	s := &Set{index: make(map[string]int, len(list)), byCode: make(map[string][]*pattern), byMetric: make(map[string][]*compiled)}
	sum := fnv.New64a()
	patterns := 0
	for i, r := range list {
		var problem error
		r.Check(func(field, wrong, _ string) {
			if problem == nil {
				problem = fmt.Errorf("rule %q: %s %s", r.Name, field, wrong)
			}
		})
		if _, dup := s.index[r.Name]; dup {
			problem = fmt.Errorf("rule %q: the name is taken by another rule", r.Name)
		}
		if problem != nil {
			return nil, problem
		}
		c := &compiled{Rule: r.withDefaults(), place: i}
		c.fingerprint = c.Rule.fingerprint()
		c.grain = max(1, int64(c.Window)/windowGrains)
		c.summary, _ = parseSummary(c.Rule) // Check has parsed it
		s.index[c.Name] = i
		s.rules = append(s.rules, c)
		if c.Metric != "" {
			s.byMetric[c.Metric] = append(s.byMetric[c.Metric], c)
		}
		fmt.Fprintf(sum, "%x;", c.fingerprint)
		for _, m := range []*Match{c.Match, c.Of} {
			if m != nil {
				s.add(newPattern(c, m, patterns, m == c.Of), m.Code)
				patterns++
			}
		}
	}
	s.fingerprint = sum.Sum64()
	return s, nil
}

// Fingerprint identifies the rules and their order.
func (s *Set) Fingerprint() uint64 { return s.fingerprint }

// Rules returns the rules with their defaults filled in.
func (s *Set) Rules() []Rule {
	out := make([]Rule, len(s.rules))
	for i, c := range s.rules {
		out[i] = c.Rule
	}
	return out
}

func (s *Set) add(p *pattern, codes []string) {
	if len(codes) > 0 {
		for _, c := range codes {
			s.byCode[c] = append(s.byCode[c], p)
		}
		return
	}
	list := &s.plain
	if len(p.any)+len(p.none) > 0 {
		list = &s.text
	}
	for k, on := range p.kinds {
		if on {
			list[k] = append(list[k], p)
		}
	}
}

// windowGrains is how many steps a window has: more would cost memory, fewer would be coarse.
const windowGrains = 60

func truncate(nanos int64, grain int64) int64 { return nanos - nanos%grain }

func unix(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }
