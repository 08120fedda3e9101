package budget

import "strings"

// planConnections are the limits of Heroku Key-Value Store's plans (Dev Center, "Heroku Key-Value
// Store Technical Characterization", 11 Oct 2024).
var planConnections = map[string]int{
	"mini":       20,
	"premium-0":  40,
	"premium-1":  80,
	"premium-2":  200,
	"premium-3":  400,
	"premium-4":  700,
	"premium-5":  1000,
	"premium-7":  10000,
	"premium-9":  25000,
	"premium-10": 40000,
	"premium-12": 65000,
	"premium-14": 65000,
}

// reserved is how many of a plan's connections the app can't have: the max-connections that add-ons
// log is the plan's limit less 2.
const reserved = 2

// PlanLimit returns how many connections an app can have on a plan, such as
// "heroku-redis:premium-0" or "premium-0". Private and Shield plans are as large as the Premium one
// of their number.
func PlanLimit(plan string) (int, bool) {
	if service, name, found := strings.Cut(plan, ":"); found {
		if service != "heroku-redis" {
			return 0, false
		}
		plan = name
	}
	for _, space := range []string{"private-", "shield-"} {
		if number, found := strings.CutPrefix(plan, space); found {
			plan = "premium-" + number
		}
	}
	n, ok := planConnections[plan]
	if !ok {
		return 0, false
	}
	return n - reserved, true
}
