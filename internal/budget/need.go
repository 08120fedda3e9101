package budget

import (
	"maps"
	"slices"
)

// need returns the connections that the dynos take here. It isn't known where that of a type in use
// isn't.
func (a *addon) need(dynos map[string]int) (connections int, known bool) {
	base := 0
	for process, quantity := range dynos {
		if quantity == 0 {
			continue
		}
		each, b, from := a.perDyno(process)
		if from == Unknown {
			return 0, false
		}
		connections += quantity * each
		base = max(base, b)
	}
	return connections + base, true
}

// twice is the dynos while a deploy with preboot has the old and the new ones up (Dev Center,
// "Preboot").
func twice(dynos map[string]int) map[string]int {
	out := maps.Clone(dynos)
	for process := range out {
		out[process] *= 2
	}
	return out
}

// PlanFor returns the smallest Premium plan on which so many connections fit; ok is false if none does.
func PlanFor(connections int) (plan string, ok bool) {
	for _, name := range slices.SortedFunc(maps.Keys(planConnections), func(x, y string) int {
		if planConnections[x] != planConnections[y] {
			return planConnections[x] - planConnections[y]
		}
		return len(x) - len(y)
	}) {
		if limit, _ := PlanLimit(name); name != "mini" && fits(connections, limit) {
			return name, true
		}
	}
	return "", false
}

// fits says whether so many connections leave the room that a restart needs.
func fits(connections, limit int) bool { return connections*10 <= limit*headroomTenths }
