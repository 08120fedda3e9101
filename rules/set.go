package rules

import (
	"fmt"
	"hash/fnv"
	"text/template"
	"time"

	"drain/internal/literals"
	"drain/parser"
)

// Set is a list of rules made ready to match. It is immutable and safe for concurrent use.
type Set struct {
	fingerprint uint64
	rules       []*compiled
	index       map[string]int // rule name to its place in rules
	order       []*compiled    // by rank
	links       []*link

	// Patterns by what must be looked at to try them, so that a line pays only for rules it could match.
	byCode   map[string][]*pattern
	byStatus [][]*pattern    // by the router's status; empty if no rule asks for one
	unasked  parser.Statuses // the others
	kinds    [parser.KindCount]kindPatterns
	patterns []*pattern // all
	byMetric map[string][]*compiled
	traffic  []*compiled               // those that ask for figures of requests
	silences []*compiled               // those that wait for a word
	trends   []*compiled               // those that forecast a dyno's numbers
	carried  [parser.KindCount]carried // of the numbers of add-ons
	runtime  bool                      // a rule asks for a number of log-runtime-metrics
	delay    bool                      // a rule asks how late lines come
}

// kindPatterns are the patterns to try on lines of one kind, but for those that ask for a code.
type kindPatterns struct {
	plain  []*pattern // those that ask for no text
	text   []*pattern
	finder *literals.Finder // of the literals of text; nil if there are none
	apart  bool             // a pattern asks who the line is from, or is counted by that
}

// compiled is one rule with its defaults filled in.
type compiled struct {
	Rule
	fingerprint uint64
	place       int
	rank        int       // after those of the rules it names
	labels      labelSet  // that its states differ in
	active      *schedule // nil: always
	names       []*link
	namedBy     []*link
	summary     *template.Template
	details     *template.Template
	grain       int64 // nanoseconds that hit times are rounded down to
}

// NewSet compiles rules. They must have passed Check; an error names the first that has not.
func NewSet(list []Rule) (*Set, error) {
	s := &Set{index: make(map[string]int, len(list)), byCode: make(map[string][]*pattern), byMetric: make(map[string][]*compiled)}
	sum := fnv.New64a()
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
		c.grain = max(1, int64(c.Window)/windowGrains)
		c.summary, c.details, _ = parseWords(c.Rule) // Check has parsed them
		if c.Active != nil {
			c.active = c.Active.compile(func(_, _, _ string) {}) // as above
		}
		s.index[c.Name] = i
		s.rules = append(s.rules, c)
		if m := c.watched(); m != "" {
			s.byMetric[m] = append(s.byMetric[m], c)
		}
		if metrics[c.Metric].traffic != nil || c.Outlier != nil {
			s.traffic = append(s.traffic, c)
			s.kinds[parser.KindRouter].apart = true
		}
		if c.Silent != nil {
			s.silences = append(s.silences, c)
		}
		if c.Forecast != nil && c.of() == "dyno" {
			s.trends = append(s.trends, c)
		}
		for _, m := range []*Match{c.Match, c.Of} {
			if m != nil {
				p := newPattern(c, m, len(s.patterns), m == c.Of)
				s.patterns = append(s.patterns, p)
				s.add(p, m)
			}
		}
	}
	if err := s.link(list); err != nil {
		return nil, err
	}
	for _, c := range s.rules {
		c.fingerprint = c.Rule.fingerprint()
		fmt.Fprintf(sum, "%x;", c.fingerprint)
	}
	for _, metric := range []string{"dyno_load", "dyno_memory_bytes", "dyno_memory_ratio"} {
		s.runtime = s.runtime || s.asked(metric)
	}
	s.delay = s.asked("log_delay")
	for i := range s.kinds {
		s.carried[i] = s.carriedOf(parser.Kind(i))
		s.kinds[i].finder = newFinder(s.kinds[i].text)
	}
	s.findUnasked()
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

func (s *Set) add(p *pattern, m *Match) {
	switch {
	case len(m.Code) > 0:
		for _, c := range m.Code {
			s.byCode[c] = append(s.byCode[c], p)
		}
		return
	case len(m.Status) > 0:
		s.addStatus(p)
		return
	}
	for i, on := range p.kinds {
		if !on {
			continue
		}
		k := &s.kinds[i]
		k.apart = k.apart || len(p.process) > 0 || p.by.process || p.by.dyno
		if len(p.any) > 0 {
			k.text = append(k.text, p)
		} else {
			k.plain = append(k.plain, p)
		}
	}
}

// addStatus makes a pattern one that is tried on the lines of its statuses only.
func (s *Set) addStatus(p *pattern) {
	if s.byStatus == nil {
		s.byStatus = make([][]*pattern, maxStatus+1)
	}
	for status := range s.byStatus {
		if p.fields.statusIn(status) {
			s.byStatus[status] = append(s.byStatus[status], p)
		}
	}
}

const maxStatus = 599

// windowGrains is how many steps a window has: more would cost memory, fewer would be coarse.
const windowGrains = 60

func truncate(nanos int64, grain int64) int64 { return nanos - nanos%grain }

// between is how long after from to is. Sub takes ten times as long, to notice more than 292 years.
func between(from, to time.Time) time.Duration { return time.Duration(to.UnixNano() - from.UnixNano()) }

func unix(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }
