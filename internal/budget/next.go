package budget

import (
	"cmp"
	"maps"
	"slices"
)

// NextPlan returns the smallest Premium plan of Heroku Key-Value Store that carries use connections
// with the usual headroom and allows more than limit, and what it allows. Where use isn't known, 0
// asks for the next larger plan.
func NextPlan(use, limit int) (plan string, allows int, ok bool) {
	plans := slices.SortedFunc(maps.Keys(planConnections), func(a, b string) int {
		return cmp.Or(cmp.Compare(planConnections[a], planConnections[b]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	for _, plan := range plans {
		allows := planConnections[plan] - reserved
		if allows > limit && fits(use, allows) {
			return "heroku-redis:" + plan, allows, true
		}
	}
	return "", 0, false
}
