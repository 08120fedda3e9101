package budget

import "strings"

// size is what a plan allows.
type size struct {
	connections int
	memory      int64 // bytes
}

const (
	megabyte = 1 << 20
	gigabyte = 1 << 30
)

// plans are the sizes of Heroku Key-Value Store's plans (Dev Center, "Heroku Key-Value Store Technical
// Characterization", 11 Oct 2024).
var plans = map[string]size{
	"mini":       {20, 25 * megabyte},
	"premium-0":  {40, 50 * megabyte},
	"premium-1":  {80, 100 * megabyte},
	"premium-2":  {200, 250 * megabyte},
	"premium-3":  {400, 500 * megabyte},
	"premium-4":  {700, 750 * megabyte},
	"premium-5":  {1000, 1 * gigabyte},
	"premium-7":  {10000, 7 * gigabyte},
	"premium-9":  {25000, 10 * gigabyte},
	"premium-10": {40000, 25 * gigabyte},
	"premium-12": {65000, 50 * gigabyte},
	"premium-14": {65000, 100 * gigabyte},
}

// reserved is how many of a plan's connections the app can't have: the max-connections that add-ons
// log is the plan's limit less 2.
const reserved = 2

// PlanLimit returns how many connections an app can have on a plan, such as
// "heroku-redis:premium-0" or "premium-0". Private and Shield plans are as large as the Premium one
// of their number.
func PlanLimit(plan string) (int, bool) {
	s, ok := sizeOf(plan)
	if !ok {
		return 0, false
	}
	return s.connections - reserved, true
}

func sizeOf(plan string) (s size, ok bool) {
	if service, name, found := strings.Cut(plan, ":"); found {
		if service != "heroku-redis" {
			return size{}, false
		}
		plan = name
	}
	for _, space := range []string{"private-", "shield-"} {
		if number, found := strings.CutPrefix(plan, space); found {
			plan = "premium-" + number
		}
	}
	s, ok = plans[plan]
	return s, ok
}

// memoryAt returns the memory of the one plan that allows so many connections, 0 if none does or several.
func memoryAt(limit int) (memory int64) {
	for _, s := range plans {
		if s.connections-reserved != limit {
			continue
		}
		if memory != 0 {
			return 0
		}
		memory = s.memory
	}
	return memory
}
