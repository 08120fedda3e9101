package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"drain/internal/daemon"
	"drain/internal/scale"
	"drain/rules"
)

// outcome counts what a replay tells, by rule, and why policies did what they did.
type outcome struct {
	rules   map[string]*told
	actions map[action]int
}

// told is what came of one rule.
type told struct {
	fired, resolved, still int
	first                  time.Time
	longest                time.Duration // of those that were resolved
}

// action is an answer that a policy gave to a rule.
type action struct {
	policy, rule, process string
	verdict               scale.Verdict
	why                   scale.Guard
}

// newOutcome lists some rules even if they never fire: those that are tried out.
func newOutcome(tried []rules.Rule) *outcome {
	o := &outcome{rules: make(map[string]*told), actions: make(map[action]int)}
	for i := range tried {
		if !tried[i].Signal {
			o.of(tried[i].Name)
		}
	}
	return o
}

func (o *outcome) of(rule string) *told {
	if o.rules[rule] == nil {
		o.rules[rule] = &told{}
	}
	return o.rules[rule]
}

func (o *outcome) add(rec *daemon.Record) {
	switch rec.Event {
	case "action":
		o.actions[action{rec.Policy, rec.Rule, rec.Process, rec.Verdict, rec.Why}]++
	case "firing":
		r := o.of(rec.Rule)
		if r.fired++; r.fired == 1 {
			r.first = rec.At
		}
	case "resolved":
		r := o.of(rec.Rule)
		r.resolved++
		r.longest = max(r.longest, rec.At.Sub(rec.Since))
	}
}

// write ends the count: these still fire.
func (o *outcome) write(w io.Writer, still []rules.Event) {
	for _, ev := range still {
		o.of(ev.Rule).still++
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush()
	if len(o.rules) > 0 {
		fmt.Fprintln(table, "  rule\tfired\tresolved\tstill firing\tfirst\tlongest")
	}
	for _, name := range slices.Sorted(maps.Keys(o.rules)) {
		r := o.rules[name]
		first, longest := "-", "-"
		if r.fired > 0 {
			first = clock(r.first)
		}
		if r.resolved > 0 {
			longest = r.longest.Round(time.Second).String()
		}
		fmt.Fprintf(table, "  %s\t%d\t%d\t%d\t%s\t%s\n", name, r.fired, r.resolved, r.still, first, longest)
	}
	if len(o.actions) == 0 {
		return
	}
	_ = table.Flush() // another table, with its own widths; an error shows in the next
	fmt.Fprintln(table, "  policy\ton\tprocess\tverdict\twhy\ttimes")
	for _, a := range slices.SortedFunc(maps.Keys(o.actions), compareActions) {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%d\n", a.policy, a.rule, a.process, a.verdict, cmp.Or(string(a.why), "-"), o.actions[a])
	}
}

func compareActions(a, b action) int {
	return cmp.Or(
		cmp.Compare(a.policy, b.policy), cmp.Compare(a.rule, b.rule), cmp.Compare(a.process, b.process), cmp.Compare(a.verdict, b.verdict), cmp.Compare(a.why, b.why))
}
