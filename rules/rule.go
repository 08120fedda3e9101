package rules

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"
)

// Rule is one entry of the configuration's `rules:`. Its own condition holds either when lines were
// counted (Match, Count, Window, and as a share Of others) or when a number is out of bounds (Metric;
// or one of Forecast, Silent, Outlier); with both, when either does. The rules it names in All, Any
// and Unless must agree. docs/RULES.md is the reference.
type Rule struct {
	Name string `yaml:"name"`

	Match  *Match        `yaml:"match"`
	Count  uint64        `yaml:"count"`  // at least this many matching lines; default 1
	Window time.Duration `yaml:"window"` // within the last …; 100ms to 24h
	Of     *Match        `yaml:"of"`     // the lines that Ratio is a share of
	Ratio  float64       `yaml:"ratio"`  // matches / of, at least; 0..1
	Volume uint64        `yaml:"volume"` // … where at least this many lines matched Of; of a metric of requests: so many requests

	Metric  string   `yaml:"metric"`  // one of Metrics
	Above   *float64 `yaml:"above"`   // holds at this value or more
	Below   *float64 `yaml:"below"`   // holds at this value or less
	Samples int      `yaml:"samples"` // … for so many samples in a row; default 1

	Forecast *Forecast `yaml:"forecast"` // instead of Metric
	Silent   *Silent   `yaml:"silent"`   // instead of Metric
	Outlier  *Outlier  `yaml:"outlier"`  // instead of Metric

	All    []string `yaml:"all"`    // names of rules that must hold
	Any    []string `yaml:"any"`    // … of which one must hold
	Unless []string `yaml:"unless"` // … that must not be known to hold
	Signal bool     `yaml:"signal"` // only for other rules to name: never told

	InhibitedBy []string `yaml:"inhibited_by"` // not told while one of these fires
	MuteWhen    Mute     `yaml:"mute_when"`    // nor when this happened lately
	Active      *Hours   `yaml:"active"`       // nor outside these hours

	By            []string      `yaml:"by"`              // one state per app, process, dyno, addon, code, status, method, path
	For           time.Duration `yaml:"for"`             // fires after it held for so long
	KeepFiringFor time.Duration `yaml:"keep_firing_for"` // resolves after it ceased for so long
	Severity      Severity      `yaml:"severity"`        // critical, warning (default), info
	Cause         string        `yaml:"cause"`           // rules of one cause make one incident; default: the name
	Summary       string        `yaml:"summary"`         // a template; one line people read
	Details       string        `yaml:"details"`         // a template; more lines, e.g. what to do

	Labels map[string]string `yaml:"labels"` // words of the owner's, passed on with each Event
	Keys   int               `yaml:"keys"`   // most states at a time; default 10000
}

// Match selects lines. What is given must hold together; each list holds if one of its members does.
type Match struct {
	Kind         []string `yaml:"kind"`          // parser's kinds; default: the code's sender, else app
	Process      []string `yaml:"process"`       // globs (* and ?) over the process type or the dyno's name
	Code         []string `yaml:"code"`          // H12, R14, L10, …
	Contains     []string `yaml:"contains"`      // one of these is in the text
	ContainsNone []string `yaml:"contains_none"` // none of these is
	Matches      []string `yaml:"matches"`       // one of these regexps matches; tried where one of Contains stands
	IgnoreCase   bool     `yaml:"ignore_case"`   // for ASCII letters, in all three lists

	Status []Status `yaml:"status"` // the router's: 503, 5xx
	Method []string `yaml:"method"` // the router's
	Path   []string `yaml:"path"`   // globs over the router's path without its query

	Source []string `yaml:"source"` // globs over the add-on's name or its attachment's
	Sample string   `yaml:"sample"` // a number of the line, under Heroku's name: hit-rate
	Above  *float64 `yaml:"above"`  // … that is so large or more
	Below  *float64 `yaml:"below"`  // … that is so small or less
}

// withDefaults fills what a Rule may leave out.
func (r Rule) withDefaults() Rule {
	if r.Match != nil && r.Count == 0 {
		r.Count = 1
	}
	if r.Metric != "" && r.Samples == 0 {
		r.Samples = 1
	}
	if metrics[r.Metric].traffic != nil {
		r.Window, r.Volume = trafficDefaults(r)
	}
	if r.Forecast != nil {
		r.Forecast = r.Forecast.withDefaults()
	}
	if r.Silent != nil {
		r.Silent = r.Silent.withDefaults()
	}
	if r.Outlier != nil {
		r.Outlier = r.Outlier.withDefaults()
	}
	if of := r.of(); len(r.By) == 0 && of != "" {
		r.By = []string{of}
	}
	if r.Keys == 0 {
		r.Keys = maxRuleKeys
	}
	if r.Severity == "" {
		r.Severity = Warning
	}
	if r.Cause == "" {
		r.Cause = r.Name
	}
	if r.Summary == "" {
		r.Summary = defaultSummary(r)
	}
	return r
}

// fingerprint tells whether two rules are the same; it is stable over builds of one version.
func (r Rule) fingerprint() uint64 {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(r) // a Rule holds nothing that JSON refuses, and a hash never fails
	return h.Sum64()
}

// Merge returns the built-in rules with custom ones added, or put in the place of a built-in of the
// same name, and those named in disable left out.
func Merge(builtin, custom []Rule, disable []string) []Rule {
	off := make(map[string]bool, len(disable))
	for _, name := range disable {
		off[name] = true
	}
	place := make(map[string]int, len(builtin))
	var out []Rule
	builtin = slices.Clone(builtin)
	for i := range builtin {
		// What nobody wants told can't hide anything.
		builtin[i].InhibitedBy = slices.DeleteFunc(slices.Clone(builtin[i].InhibitedBy), func(name string) bool { return off[name] })
	}
	for _, list := range [][]Rule{builtin, custom} {
		for _, r := range list {
			if off[r.Name] {
				continue
			}
			if i, ok := place[r.Name]; ok {
				out[i] = r
				continue
			}
			place[r.Name] = len(out)
			out = append(out, r)
		}
	}
	return out
}

// Faster returns the rule with every duration divided by n: for a platform whose rhythms run n
// times faster than Heroku's.
func (r Rule) Faster(n int) Rule {
	d := time.Duration(n)
	r.Window, r.For, r.KeepFiringFor = r.Window/d, r.For/d, r.KeepFiringFor/d
	r.MuteWhen = r.MuteWhen.faster(n)
	if r.Forecast != nil {
		r.Forecast = r.Forecast.faster(d)
	}
	if r.Silent != nil {
		r.Silent = r.Silent.faster(d)
	}
	if r.Outlier != nil {
		r.Outlier = r.Outlier.faster(d)
	}
	return r
}
