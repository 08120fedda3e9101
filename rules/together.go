package rules

import (
	"fmt"
	"slices"
	"strings"
)

// need says what a rule names another for.
type need uint8

const (
	needAll       need = iota // all: it must hold
	needAny                   // any: one of these must hold
	needUnless                // unless: it must not be known to hold
	needInhibitor             // inhibited_by: while it fires, nothing is told
)

var needNames = [...]string{"all", "any", "unless", "inhibited_by"}

// naming is one place where a rule names another.
type naming struct {
	need  need
	field string // e.g. all[0]
	name  string
}

func (r *Rule) namings() (out []naming) {
	for n, list := range [...][]string{r.All, r.Any, r.Unless, r.InhibitedBy} {
		for i, name := range list {
			out = append(out, naming{need(n), fmt.Sprintf("%s[%d]", needNames[n], i), name})
		}
	}
	return out
}

// own says whether the rule has a condition of its own, beside those of the rules it names.
func (r *Rule) own() bool {
	return r.Match != nil || r.Metric != "" || r.Forecast != nil || r.Silent != nil || r.Outlier != nil
}

// CheckTogether reports the mistakes that rules make only together: names that no rule has, circles,
// and labels that the named rules don't have. Suggest says what would be right instead of a wrong
// name.
func CheckTogether(list []Rule, suggest func(word string, known []string) string, report func(rule, field, wrong, right string)) {
	var known []string
	at := make(map[string]int, len(list))
	for i := range list {
		known = append(known, list[i].Name)
		at[list[i].Name] = i
	}
	for i := range list {
		r := &list[i]
		for _, n := range r.namings() {
			if _, ok := at[n.name]; n.name == "" {
				continue // Check tells
			} else if !ok {
				report(r.Name, n.field, fmt.Sprintf("there is no rule %q", n.name), suggest(n.name, known))
			} else if way := wayBack(list, at, n.name, r.Name); way != nil {
				report(r.Name, n.field, "goes round in a circle: "+strings.Join(append([]string{r.Name}, way...), " → "), "leave one of these out")
			}
		}
	}
	by := make(map[string]labelSet, len(list))
	of := func(name string) labelSet { return by[name] }
	for _, i := range inOrder(list, at) { // of the others it is not known which labels they have
		r := &list[i]
		by[r.Name] = labelsOf(r, of)
		if r.own() || len(r.All)+len(r.Any) == 0 {
			continue
		}
		if !anchored(r, by[r.Name], of) || slices.ContainsFunc(r.By, isRouterLabel) {
			wrong := fmt.Sprintf("no one rule of `all`, nor each of `any`, is kept by %s", strings.Join(r.By, ", "))
			report(r.Name, "by", wrong, "leave it out, or name a rule that is")
		}
	}
}

// wayBack returns the names on a way from one rule to another, both included; nil if there is none.
func wayBack(list []Rule, at map[string]int, from, to string) []string {
	tried := make(map[string]bool)
	var walk func(name string) []string
	walk = func(name string) []string {
		i, ok := at[name]
		if name == to {
			return []string{name}
		}
		if !ok || tried[name] {
			return nil
		}
		tried[name] = true
		for _, n := range list[i].namings() {
			if way := walk(n.name); way != nil {
				return append([]string{name}, way...)
			}
		}
		return nil
	}
	return walk(from)
}

// inOrder returns the places of rules so that each comes after those it names; of those that are free
// to go first, the first in the list. Rules that name unknown ones or go in a circle, and those that
// name these, are left out.
func inOrder(list []Rule, at map[string]int) (order []int) {
	const (
		fresh = iota
		under // way
		sound
		unsound
	)
	marks := make([]int, len(list))
	var visit func(i int) int
	visit = func(i int) int {
		if marks[i] != fresh {
			return marks[i]
		}
		marks[i] = under
		mark := sound
		for _, n := range list[i].namings() {
			if j, ok := at[n.name]; !ok || visit(j) != sound {
				mark = unsound
			}
		}
		if marks[i] = mark; mark == sound {
			order = append(order, i)
		}
		return mark
	}
	for i := range list {
		visit(i)
	}
	return order
}

// link finds the rules that rules name, and the order in which that lets them be judged.
func (s *Set) link(list []Rule) (err error) {
	none := func(string, []string) string { return "" }
	CheckTogether(list, none, func(rule, field, wrong, _ string) {
		if err == nil {
			err = fmt.Errorf("rule %q: %s %s", rule, field, wrong)
		}
	})
	if err != nil {
		return err
	}
	for rank, i := range inOrder(list, s.index) {
		c := s.rules[i]
		c.rank = rank
		s.order = append(s.order, c)
		c.labels = labelsOf(&c.Rule, func(name string) labelSet { return s.rules[s.index[name]].labels })
		if !c.own() {
			c.By = c.labels.names()
		}
		for _, n := range c.namings() {
			to := s.rules[s.index[n.name]]
			l := &link{place: len(s.links), need: n.need, from: c, to: to, shared: c.labels & to.labels}
			l.anchor = !c.own() && (n.need == needAll || n.need == needAny) && c.labels&^to.labels == 0
			s.links = append(s.links, l)
			c.names, to.namedBy = append(c.names, l), append(to.namedBy, l)
		}
	}
	return nil
}

// labelsOf are the labels that a rule keeps states by. Where it says none and has no lines or numbers
// of its own, they are those that all the rules it is made of have in common.
func labelsOf(r *Rule, of func(name string) labelSet) labelSet {
	if len(r.By) > 0 || r.own() {
		return labelSetOf(r.By) | labelSetOf([]string{r.of()})
	}
	common := labelEnd - 1
	for _, name := range slices.Concat(r.All, r.Any) {
		common &= of(name)
	}
	return common
}

// anchored says whether each state of a rule with these labels is made by one of the rules it is made
// of: one that must hold, or whichever of `any` does.
func anchored(r *Rule, by labelSet, of func(name string) labelSet) bool {
	has := func(name string) bool { return by&^of(name) == 0 }
	lacks := func(name string) bool { return !has(name) }
	return slices.ContainsFunc(r.All, has) || len(r.Any) > 0 && !slices.ContainsFunc(r.Any, lacks)
}

// checkNamings reports what can be told wrong without knowing the other rules.
func (r *Rule) checkNamings(report Report) {
	seen := make(map[string]string)
	for _, n := range r.namings() {
		switch where := seen[n.name]; {
		case n.name == "":
			report(n.field, "is empty", "name a rule")
		case where != "" && n.need != needInhibitor:
			report(n.field, n.name+" is named in "+where+" already", "keep one of them")
		case n.need != needInhibitor:
			seen[n.name] = n.field
		}
	}
	if !r.own() && len(r.All)+len(r.Any) == 0 && len(r.Unless) > 0 {
		report("unless", "says only when the rule does not hold", "add match, metric, all or any")
	}
	for field, given := range map[string]bool{
		"inhibited_by": len(r.InhibitedBy) > 0, "mute_when": r.MuteWhen.given(), "active": r.Active != nil,
	} {
		if r.Signal && given {
			report(field, "has no meaning for a signal, which is never told", "leave it out")
		}
	}
}
