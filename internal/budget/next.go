package budget

// NextPlan returns the smallest Premium plan of Heroku Key-Value Store that carries use connections
// with the usual headroom and allows more than limit, and what it allows. Where use isn't known, 0
// asks for the next larger plan.
func NextPlan(use, limit int) (plan string, allows int, ok bool) {
	for _, plan := range bySize() {
		allows := plans[plan].connections - reserved
		if allows > limit && fits(use, allows) {
			return "heroku-redis:" + plan, allows, true
		}
	}
	return "", 0, false
}
