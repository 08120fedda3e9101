package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/budget"
	"drain/internal/scale"
	"drain/rules"
)

// Config is the whole file. docs/RULES.md and the README describe each key.
type Config struct {
	Apps      map[string]App   `yaml:"apps"`
	Rules     []rules.Rule     `yaml:"rules"`   // added to the built-in ones, or in the place of one of the same name
	Disable   []string         `yaml:"disable"` // names of built-in rules
	Policies  []scale.Policy   `yaml:"policies"`
	Routes    []alert.Route    `yaml:"routes"`
	Mute      []silence.Window `yaml:"mute"`      // when not to tell of what
	Approvers []string         `yaml:"approvers"` // Slack user ids
	Incidents alert.Settings   `yaml:"incidents"`
	Redact    []string         `yaml:"redact"` // regular expressions of what else is secret in log lines
}

// App is what is known of one app; all of it is optional.
type App struct {
	Tokens []string                `yaml:"tokens"` // drain tokens, only for POST /logs
	Redis  map[string]budget.Redis `yaml:"redis"`  // by attachment name, e.g. REDIS
}

// AllRules are the built-in rules and the configured ones, as they are in force.
func (c *Config) AllRules() []rules.Rule {
	return rules.Merge(rules.Builtin(), c.Rules, c.Disable)
}

// Redactions are the compiled patterns of Redact.
func (c *Config) Redactions() []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, expr := range c.Redact {
		if re, err := regexp.Compile(expr); err == nil { // Parse has refused what isn't one
			all = append(all, re)
		}
	}
	return all
}

// RuleLabels are the names of the labels that rules in force give their alerts.
func (c *Config) RuleLabels() []string {
	var all []string
	for _, r := range c.AllRules() {
		all = slices.AppendSeq(all, maps.Keys(r.Labels))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// destinations are what a route can name.
var destinations = []string{"slack", "alertmanager", "pagerduty", "webhook"}

// Parse reads a configuration; file names it in messages. No text at all is the default
// configuration only if there is no file: an empty file is a mistake. The error is of type Problems.
func Parse(file string, src []byte) (*Config, error) {
	p := parser{file: file}
	d := decoder{report: p.report, lines: make(map[string]int)}
	var c Config
	if root := p.root(src); root != nil {
		d.decode(root, reflect.ValueOf(&c).Elem(), "")
		p.lines, p.unread = d.lines, len(p.problems)
		c.check(p.at)
	}
	if len(p.problems) > 0 {
		return nil, p.problems.sorted()
	}
	return &c, nil
}

// parser collects the mistakes of one file.
type parser struct {
	file     string
	problems Problems
	lines    map[string]int
	unread   int // so many of the problems are of values that could not be read
}

func (p *parser) report(line int, path, wrong, right string) {
	p.problems = append(p.problems, Problem{p.file, line, path, wrong, right})
}

// at reports a mistake at a path, in the line where that, or what holds it, was written. What could
// not be read has been reported, and is not held to be missing as well.
func (p *parser) at(path, wrong, right string) {
	for _, known := range p.problems[:p.unread] {
		if rest, in := strings.CutPrefix(path, known.Path); in && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return
		}
	}
	near := path
	for {
		if line, ok := p.lines[near]; ok || near == "" {
			p.report(line, path, wrong, right)
			return
		}
		near = near[:max(0, strings.LastIndexAny(near, ".["))]
	}
}

// root returns the one document's top mapping, nil if there is none.
func (p *parser) root(src []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		p.report(1, "", "the file is empty", "write at least one key, e.g. apps:, or use no file at all")
		return nil
	} else if err != nil {
		p.syntax(err)
		return nil
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			p.syntax(err)
		} else {
			p.report(more.Line, "", "a second YAML document begins (---)", "keep everything in the first")
		}
		return nil
	}
	top := doc.Content[0]
	if top.Tag == "!!null" {
		p.report(1, "", "the file is empty", "write at least one key, e.g. apps:, or use no file at all")
		return nil
	}
	return top
}

// syntaxLine finds the line in the library's message, which is all it tells.
var syntaxLine = regexp.MustCompile(`line (\d+): `)

func (p *parser) syntax(err error) {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1]) // it is digits
		text = strings.Replace(text, m[0], "", 1)
	}
	p.report(line, "", "not YAML: "+text, "check indentation, quotes and brackets")
}

// IsAppName says whether an app on Heroku could have this name.
func IsAppName(name string) bool { return appPattern.MatchString(name) }

// appPattern is Heroku's grammar for app names.
var appPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{1,28}[a-z0-9]$`)

// userPattern is Slack's form of user IDs: U or W, as its guide to Enterprise Grid says, and capitals and digits.
var userPattern = regexp.MustCompile(`^[UW][0-9A-Z]+$`)

func (c *Config) check(report func(path, wrong, right string)) {
	owner := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(c.Apps)) {
		path := "apps." + name
		if !IsAppName(name) {
			report(path, fmt.Sprintf("%q is not a Heroku app's name", name), "use 3 to 30 lower-case letters, digits and dashes")
		}
		for i, token := range c.Apps[name].Tokens {
			if other, dup := owner[token]; dup {
				report(fmt.Sprintf("%s.tokens[%d]", path, i), "the token is app "+other+"'s already", "give each token to one app")
			}
			owner[token] = name
		}
		for attachment, r := range c.Apps[name].Redis {
			r.Check(func(field, wrong, right string) {
				report(join(path+".redis."+attachment, field), wrong, right)
			})
		}
	}
	c.checkMute(report)
	known, signals := c.checkRules(report)
	find := func(path, rule string) {
		switch {
		case slices.Contains(signals, rule):
			report(path, rule+" is a signal, and never told", "name a rule that is made of it")
		case !slices.Contains(known, rule):
			report(path, fmt.Sprintf("there is no rule %q", rule), suggest(rule, known))
		}
	}
	policies := names{}
	for i := range c.Policies {
		p, path := &c.Policies[i], fmt.Sprintf("policies[%d]", i)
		policies.check(report, "policies", i, p.Name, "give each policy its own name")
		p.Check(func(field, wrong, right string) { report(join(path, field), wrong, right) })
		if p.On != "" {
			find(path+".on", p.On)
		}
	}
	for i, expr := range c.Redact {
		if re, err := regexp.Compile(expr); err != nil {
			report(fmt.Sprintf("redact[%d]", i), "not a regular expression: "+err.Error(), "use Go's syntax (RE2), e.g. 'cust-[0-9]+'")
		} else if re.MatchString("") {
			report(fmt.Sprintf("redact[%d]", i), "it matches the empty text", "let it match at least one character")
		}
	}
	for i, id := range c.Approvers {
		if !userPattern.MatchString(id) {
			report(fmt.Sprintf("approvers[%d]", i), fmt.Sprintf("%q is not a Slack user ID", id), "copy the member ID from the person's profile in Slack, e.g. U024BE7LH")
		}
	}
	c.Incidents.Check(func(field, wrong, right string) { report("incidents."+field, wrong, right) })
	for i, r := range c.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		r.Check(func(field, wrong, right string) { report(join(path, field), wrong, right) })
		if r.To != "" && !slices.Contains(destinations, r.To) {
			report(path+".to", fmt.Sprintf("there is no destination %q", r.To), suggest(r.To, destinations))
		}
		if r.Channel != "" && r.To != "slack" && slices.Contains(destinations, r.To) {
			report(path+".channel", r.To+" has no channels", "leave it out")
		}
		if r.Match.Rule != "" {
			find(path+".match.rule", r.Match.Rule)
		}
	}
}

// names is where in a list each name was seen last.
type names map[string]int

// check reports the name of a list's entry i if an entry before has it too.
func (n names) check(report func(path, wrong, right string), list string, i int, name, right string) {
	if j, dup := n[name]; dup && name != "" {
		report(fmt.Sprintf("%s[%d].name", list, i), fmt.Sprintf("%s[%d] is called %s already", list, j, name), right)
	}
	n[name] = i
}

func (c *Config) checkMute(report func(path, wrong, right string)) {
	windows, own := names{}, c.RuleLabels()
	for i, w := range c.Mute {
		path := fmt.Sprintf("mute[%d]", i)
		w.Check(own, func(field, wrong, right string) { report(join(path, field), wrong, right) })
		windows.check(report, "mute", i, w.Name, "give each window its own name")
	}
}

// checkRules returns the names of the rules in force, those that are told and those that are not.
func (c *Config) checkRules(report func(path, wrong, right string)) (known, signals []string) {
	var builtin []string
	for _, r := range rules.Builtin() {
		builtin = append(builtin, r.Name)
	}
	first := names{}
	for i, r := range c.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		below := func(field, wrong, right string) { report(join(path, field), wrong, right) }
		r.Check(below)
		checkNever(&r, below)
		first.check(report, "rules", i, r.Name, "give each rule its own name")
	}
	all := c.AllRules()
	for _, r := range all {
		switch {
		case r.Name == "": // told already, and nothing to suggest
		case r.Signal:
			signals = append(signals, r.Name)
		default:
			known = append(known, r.Name)
		}
	}
	for i, name := range c.Disable {
		if !slices.Contains(builtin, name) {
			report(fmt.Sprintf("disable[%d]", i), fmt.Sprintf("there is no built-in rule %q", name), suggest(name, builtin))
		}
		for _, r := range all {
			if _, own := first[r.Name]; !own && slices.Contains(slices.Concat(r.All, r.Any, r.Unless), name) {
				report(fmt.Sprintf("disable[%d]", i), fmt.Sprintf("the built-in rule %s is made of %s", r.Name, name), "disable "+r.Name+" as well")
			}
		}
	}
	instead := func(name string, known []string) string {
		if slices.Contains(c.Disable, name) {
			return "it is disabled: leave it out here, or take it off disable"
		}
		return suggest(name, known)
	}
	rules.CheckTogether(all, instead, func(rule, field, wrong, right string) {
		if i, own := first[rule]; own { // the built-in ones are right, or it was told above
			report(fmt.Sprintf("rules[%d].%s", i, field), wrong, right)
		}
	})
	return known, signals
}

func suggest(word string, list []string) string {
	if near := Nearest(word, list); near != "" {
		return "did you mean " + near + "?"
	}
	return "use one of " + strings.Join(list, ", ")
}
