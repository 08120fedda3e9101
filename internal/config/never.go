package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"drain/rules"
)

// checkNever reports conditions that no line and no number can meet, or that each number meets. It does not repeat
// what r.Check reports.
func checkNever(r *rules.Rule, report func(field, wrong, right string)) {
	checkShare(r.Metric, "", r.Above, r.Below, report)
	if f := r.Forecast; f != nil {
		checkShare(f.Metric, "forecast.", f.Above, f.Below, report)
	}
	if r.Match != nil {
		checkSaid(r.Match, "match", report)
	}
	if r.Of != nil {
		checkSaid(r.Of, "of", report)
	}
}

// parts are the metrics that are a part of a whole. The other ratios are of a limit, which can be passed: R15 was
// seen at 233 % of the quota, and a limit may be configured too low.
var parts = []string{"redis_hit_ratio", "router_error_ratio"}

// beyondLimit is more than a ratio of a limit comes to, and less than any percentage worth watching for.
const beyondLimit = 10

// checkShare reports bounds of a ratio that are none of a share: most are meant as a percentage.
func checkShare(metric, under string, above, below *float64, report func(field, wrong, right string)) {
	if !strings.HasSuffix(metric, "_ratio") {
		return
	}
	most, why := float64(beyondLimit), metric+" is 1 at its limit"
	if slices.Contains(parts, metric) {
		most, why = 1, metric+" is between 0 and 1"
	}
	check := func(field string, bound *float64) {
		if bound != nil && (*bound < 0 || *bound > most) {
			report(under+field, fmt.Sprintf("%g is out of range: %s", *bound, why), "write a share: 80 % is 0.8")
		}
	}
	check("above", above)
	check("below", below)
}

// said is what the lines of a kind can have beside a text.
type said struct {
	codes  string   // what their codes begin with; empty: they have none
	fields []string // of those that `match` can ask for
}

var (
	ofRequests = []string{"status", "method", "path"}
	ofNumbers  = []string{"source", "sample"}
)

// says is what the parser reads of each kind's lines.
var says = map[string]said{
	"other":    {},
	"app":      {},
	"router":   {codes: "H", fields: ofRequests},
	"dyno":     {codes: "R", fields: []string{"sample"}}, // Process running mem=
	"runtime":  {fields: ofNumbers},
	"api":      {},
	"redis":    {fields: ofNumbers},
	"postgres": {fields: ofNumbers},
	"addon":    {fields: ofNumbers},
	"logplex":  {codes: "L"},
}

func (s said) hasCode(code string) bool   { return s.codes != "" && strings.HasPrefix(code, s.codes) }
func (s said) hasField(field string) bool { return slices.Contains(s.fields, field) }

// checkSaid reports what m asks for and no line of its kinds has.
func checkSaid(m *rules.Match, path string, report func(field, wrong, right string)) {
	var kinds []said
	for _, name := range m.Kind {
		kind, known := says[name]
		if !known {
			return // r.Check reports it
		}
		kinds = append(kinds, kind)
	}
	if len(kinds) == 0 {
		kinds = slices.Collect(maps.Values(says)) // they follow from what is asked for
	}
	none, possible := "no line of kind "+strings.Join(m.Kind, " or ")+" has a ", true
	for i, code := range m.Code {
		if !slices.ContainsFunc(kinds, func(s said) bool { return s.hasCode(code) }) && strings.ContainsAny(code[:min(1, len(code))], "HRL") {
			possible = false
			report(fmt.Sprintf("%s.code[%d]", path, i), none+"code "+code, "leave kind out: it follows from the code")
		}
	}
	fields := fieldsOf(m)
	for _, field := range fields {
		if !slices.ContainsFunc(kinds, func(s said) bool { return s.hasField(field) }) {
			possible = false
			report(path+"."+field, none+field, "leave kind out, or look for the text with contains")
		}
	}
	together := func(s said) bool {
		lacks := func(field string) bool { return !s.hasField(field) }
		return (len(m.Code) == 0 || slices.ContainsFunc(m.Code, s.hasCode)) && !slices.ContainsFunc(fields, lacks)
	}
	if possible && len(fields) > 0 && !slices.ContainsFunc(kinds, together) {
		report(path, "no line has all of "+strings.Join(append(m.Code[:len(m.Code):len(m.Code)], fields...), ", "), "ask for them in rules of their own")
	}
}

// fieldsOf are the fields, of those in says, that m asks for.
func fieldsOf(m *rules.Match) (fields []string) {
	for field, asked := range map[string]bool{
		"status": len(m.Status) > 0, "method": len(m.Method) > 0, "path": len(m.Path) > 0,
		"source": len(m.Source) > 0, "sample": m.Sample != "",
	} {
		if asked {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}
