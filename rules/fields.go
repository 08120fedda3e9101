package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"drain/parser"
)

// Status is an HTTP status, or a class of them: 503, 5xx.
type Status string

// UnmarshalText takes any word: Check tells what is wrong with it.
func (s *Status) UnmarshalText(b []byte) error {
	*s = Status(b)
	return nil
}

// matches says whether a status is s, or of the class s.
func (s Status) matches(status int) bool {
	if class, ok := strings.CutSuffix(string(s), "xx"); ok {
		return strconv.Itoa(status/100) == class
	}
	return strconv.Itoa(status) == string(s)
}

// fields is what a pattern asks of a line beyond its sender, code and literals. Only rules that use
// it pay for it.
type fields struct {
	source []string
	exprs  []*regexp.Regexp
	status []Status
	method []string
	path   []string
	sample string
	above  *float64
	below  *float64
}

// newFields returns nil where m asks for nothing of the kind.
func newFields(m *Match) *fields {
	if len(m.Source)+len(m.Matches)+len(m.Status)+len(m.Method)+len(m.Path) == 0 && m.Sample == "" {
		return nil
	}
	f := &fields{source: m.Source, status: m.Status, method: m.Method, path: m.Path, sample: m.Sample, above: m.Above, below: m.Below}
	for _, s := range m.Matches {
		if expr, err := compile(s, m.IgnoreCase); err == nil { // Check has compiled it
			f.exprs = append(f.exprs, expr)
		}
	}
	return f
}

func compile(expr string, fold bool) (*regexp.Regexp, error) {
	if fold {
		expr = "(?i)" + expr
	}
	return regexp.Compile(expr)
}

// kinds are the senders of lines that have such fields, nil if any may be.
func (f *fields) kinds() []parser.Kind {
	switch {
	case len(f.status)+len(f.method)+len(f.path) > 0:
		return []parser.Kind{parser.KindRouter}
	case len(f.source) > 0 || f.sample != "":
		return []parser.Kind{parser.KindRedis, parser.KindPostgres, parser.KindAddon}
	}
	return nil
}

// hold says whether the line's fields are as the rule asks. The regexps come last: they cost most.
func (f *fields) hold(line *parser.Line) bool {
	return (len(f.status) == 0 || f.statusIn(line.Router.Status)) &&
		(len(f.method) == 0 || oneOf(f.method, line.Router.Method)) &&
		(len(f.path) == 0 || anyGlob(f.path, pathOf(line))) &&
		(len(f.source) == 0 || anyGlob(f.source, line.Source) || anyGlob(f.source, line.Addon)) &&
		(f.sample == "" || f.sampled(line)) &&
		(len(f.exprs) == 0 || f.expressed(line.Msg))
}

func (f *fields) statusIn(status int) bool {
	for _, s := range f.status {
		if s.matches(status) {
			return true
		}
	}
	return false
}

func (f *fields) sampled(line *parser.Line) bool {
	v, ok := sample(line, f.sample)
	return ok && beyond(v, f.above, f.below)
}

func (f *fields) expressed(text []byte) bool {
	for _, expr := range f.exprs {
		if expr.Match(text) {
			return true
		}
	}
	return false
}

// beyond says whether a figure is at one of its bounds or past it.
func beyond(v float64, above, below *float64) bool {
	return above != nil && v >= *above || below != nil && v <= *below
}

// pathOf is the path a router line tells of, without the query: that is endless, and may hold secrets.
func pathOf(line *parser.Line) []byte {
	path, _, _ := bytes.Cut(line.Router.Path, []byte("?"))
	return path
}

// maxField bounds what is kept of a field as a key, in bytes.
const maxField = 128

// field is what a line says for one of routerLabels.
func (b *Batch) field(name string, line *parser.Line) string {
	var value []byte
	switch name {
	case "status":
		if line.Router.Status > 0 {
			value = strconv.AppendInt(b.number[:0], int64(line.Router.Status), 10)
		}
	case "method":
		value = line.Router.Method
	case "path":
		value = pathOf(line)
	}
	return b.intern(value[:min(len(value), maxField)])
}

func oneOf(list []string, word []byte) bool {
	for _, s := range list {
		if s == string(word) {
			return true
		}
	}
	return false
}

func anyGlob(list []string, name []byte) bool {
	for _, g := range list {
		if len(name) > 0 && glob(g, name) {
			return true
		}
	}
	return false
}

// pathLiterals returns a text for each path glob that stands in every line it matches; nil if one of
// them has none that tells lines apart. Paths are looked for with all other literals: a line costs
// the same however many rules ask for one.
func pathLiterals(globs []string) []string {
	var out []string
	for _, g := range globs {
		longest := ""
		for _, s := range strings.FieldsFunc(g, func(c rune) bool { return c == '*' || c == '?' }) {
			if len(s) > len(longest) {
				longest = s
			}
		}
		if len(longest) < 3 {
			return nil
		}
		out = append(out, longest)
	}
	return out
}

// checkFields reports the mistakes in what newFields reads.
func (m *Match) checkFields(path string, report Report) {
	if len(m.Matches) > 0 && len(m.Contains) == 0 {
		report(path+".matches", "has no literals before it: the regexp would be tried on every line",
			"add contains with a text that each such line has; the regexp is tried only there")
	}
	for i, s := range m.Matches {
		if _, err := compile(s, m.IgnoreCase); s == "" || err != nil {
			report(fmt.Sprintf("%s.matches[%d]", path, i), fmt.Sprintf("%q is no regexp", s), "use Go's syntax (RE2), e.g. timeout after [0-9]+ms")
		}
	}
	for i, s := range m.Status {
		if !statusPattern.MatchString(string(s)) {
			report(fmt.Sprintf("%s.status[%d]", path, i), fmt.Sprintf("%q is not a status", s), "use a number or a class, e.g. 503, 5xx")
		}
	}
	switch bounds := m.Above != nil || m.Below != nil; {
	case m.Sample == "" && bounds:
		report(path, "has a bound and nothing to hold against it", "name the sample, e.g. sample: hit-rate")
	case m.Sample != "" && !bounds:
		report(path+".sample", "needs a bound", "give above or below, or both")
	}
}

// routerLabels are the labels of `by:` that only the router's lines have.
var routerLabels = []string{"status", "method", "path"}

func isRouterLabel(s string) bool { return slices.Contains(routerLabels, s) }

// ofRouter says whether m selects lines of the router.
func (m *Match) ofRouter() bool {
	return m != nil && newPattern(&compiled{}, m, 0, false).kinds[parser.KindRouter]
}

// ofAddons says whether m selects lines of an add-on.
func (m *Match) ofAddons() bool {
	if m == nil {
		return false
	}
	kinds := newPattern(&compiled{}, m, 0, false).kinds
	return kinds[parser.KindRedis] || kinds[parser.KindPostgres] || kinds[parser.KindAddon]
}

var statusPattern = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)
