package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"drain/internal/budget"
)

// showBudget prints tables of the add-ons and of the plans, and what follows from them.
func showBudget(out io.Writer, app string, v budget.Snapshot, asked dynos, offline bool) error {
	fmt.Fprintf(out, "%s: %s\n\n", app, formation(&v))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ATTACHMENT\tADD-ON\tUSED\tLIMIT\tA DYNO TAKES\tNOW NEEDED\tIN A DEPLOY\tFITS")
	for _, a := range v.Addons {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Attachment, a.Addon, used(a), limit(a), cmp.Or(a.Takes(), "unknown"), needed(a, false), needed(a, true), quantities(a.Fits))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if g := v.Growth; g != nil {
		fmt.Fprintf(out, "\n%s %d → %d at %s: %s\n", g.Process, g.From, g.To, clock(g.At), map[budget.Fit]string{
			budget.Fits: "it fits", budget.FitsNot: "it doesn't fit", budget.FitsUnknown: "it isn't known whether it fits",
		}[g.Fits])
	}
	if err := showPlans(out, v.Addons); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nA deploy with preboot has the old dynos and the new ones up for a while. It fits at 9/10 of the limit.")
	for _, a := range v.Addons {
		if types := unknown(v, a); types != "" {
			fmt.Fprintf(out, "%s: what a dyno of %s takes isn't known: set apps.%s.redis.%s.per_dyno, or let a drain learn it\n",
				a.Attachment, types, app, a.Attachment)
		}
		if n := a.Need; n != nil && !n.Fits && n.Plan != "" {
			fmt.Fprintf(out, "%s: %d connections would fit %s\n", a.Attachment, n.Connections, n.Plan)
		}
		if asked.n > 0 {
			fmt.Fprintf(out, "%s: %s\n", a.Attachment, planFor(&a, asked))
		}
	}
	if offline {
		fmt.Fprintln(out, "How many connections are in use is in the log: -daemon URL asks a drain for it.")
	}
	return nil
}

// shownPlans is how many plans are shown from the present one on; -dynos asks about any.
const shownPlans = 4

// showPlans prints how many dynos the present plan and the next larger ones would carry.
func showPlans(out io.Writer, addons []budget.Addon) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	header := false
	for _, a := range addons {
		shown := 0
		for _, p := range a.Plans {
			if p.Limit < a.Limit || len(p.Fits) == 0 || shown == shownPlans {
				continue
			}
			if !header {
				fmt.Fprintln(w, "\nATTACHMENT\tPLAN\tLIMIT\tWOULD FIT")
				header = true
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", a.Attachment, p.Plan, p.Limit, quantities(p.Fits))
			shown++
		}
	}
	return w.Flush()
}

// planFor says which plan would fit the dynos that were asked about.
func planFor(a *budget.Addon, asked dynos) string {
	each, known := a.PerDyno[asked.process]
	p, ok := a.PlanFor(asked.process, asked.n)
	switch {
	case ok:
		return fmt.Sprintf("%s %d would fit %s (%d connections)", asked.process, asked.n, p.Plan, p.Limit)
	case !known || each.From == budget.Unknown:
		return fmt.Sprintf("which plan would fit %s %d isn't known", asked.process, asked.n)
	case each.Connections == 0:
		return fmt.Sprintf("%s %d would fit any plan: they take no connections", asked.process, asked.n)
	case !slices.ContainsFunc(a.Plans, func(p budget.PlanFit) bool { return len(p.Fits) > 0 }):
		return fmt.Sprintf("which plan would fit %s %d isn't known: nothing has told yet which dynos run beside them", asked.process, asked.n)
	}
	return fmt.Sprintf("no plan would surely fit %s %d", asked.process, asked.n)
}

// unknown lists the process types that have dynos, of which nobody knows what they take.
func unknown(v budget.Snapshot, a budget.Addon) string {
	var parts []string
	for _, process := range slices.Sorted(maps.Keys(v.Dynos)) {
		if v.Dynos[process] > 0 && a.PerDyno[process].From == budget.Unknown {
			parts = append(parts, process)
		}
	}
	return strings.Join(parts, " and ")
}

func quantities(of map[string]int) string {
	var parts []string
	for _, process := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s %d", process, of[process]))
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

// formation is every process type with how many dynos it has, "web ?" where that isn't known.
func formation(v *budget.Snapshot) string {
	all := slices.AppendSeq(v.Processes(), maps.Keys(v.Dynos))
	slices.Sort(all)
	var parts []string
	for _, process := range slices.Compact(all) {
		parts = append(parts, process+" "+v.Quantity(process))
	}
	return cmp.Or(strings.Join(parts, ", "), "-")
}

func used(a budget.Addon) string {
	switch {
	case a.At.IsZero():
		return "-"
	case a.Saturated:
		return fmt.Sprintf("≥ %d", a.Used)
	}
	return fmt.Sprint(a.Used)
}

func limit(a budget.Addon) string {
	if a.Limit == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%d (%s)", a.Limit, a.LimitFrom)
}

func needed(a budget.Addon, deploy bool) string {
	if a.Need == nil {
		if a.AtLeast > 0 && !deploy {
			return fmt.Sprintf("≥ %d", a.AtLeast)
		}
		if len(a.Unheard) > 0 {
			return "?"
		}
		return "-"
	}
	text, fits := fmt.Sprint(a.Need.Connections), a.Need.Fits
	if deploy {
		text, fits = fmt.Sprint(a.Need.Deploy), a.Need.DeployFits
	} else if a.Need.PlusMinus > 0 {
		text += fmt.Sprintf(" ± %d", a.Need.PlusMinus)
	}
	if a.Limit > 0 && !fits {
		text += ", too many"
	}
	return text
}
