package budget

import "maps"

// need returns the connections that the dynos take here. It isn't known where that of a type in use
// isn't.
func (a *addon) need(dynos map[string]int) (connections int, known bool) {
	use, base, known := a.use(dynos, "")
	return use + base, known
}

// use adds up what the dynos take, without those of one process type, and finds the connections that
// don't depend on them.
func (a *addon) use(dynos map[string]int, without string) (use, base int, known bool) {
	for process, quantity := range dynos {
		if process == without || quantity == 0 {
			continue
		}
		each, b, from := a.perDyno(process)
		if from == Unknown {
			return 0, 0, false
		}
		use += quantity * each
		base = max(base, b)
	}
	return use, base, true
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

// planFor returns the smallest plan above mini, which is for trying out, on which so many connections fit;
// empty if none does.
func planFor(connections int) string {
	plan, _, _ := NextPlan(connections, plans["mini"].connections-reserved)
	return plan
}

// fits says whether so many connections leave the room that a restart needs.
func fits(connections, limit int) bool { return connections*10 <= limit*headroomTenths }
