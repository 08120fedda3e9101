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
	names := slices.SortedFunc(maps.Keys(plans), func(a, b string) int {
		return cmp.Or(cmp.Compare(plans[a].connections, plans[b].connections), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	for _, plan := range names {
		allows := plans[plan].connections - reserved
		if allows > limit && fits(use, allows) {
			return "heroku-redis:" + plan, allows, true
		}
	}
	return "", 0, false
}
