package budget

import (
	"fmt"
	"maps"
	"slices"
)

// Redis is what the owner says of one add-on, under its attachment's name.
type Redis struct {
	PerDyno map[string]int `yaml:"per_dyno"` // connections a dyno takes, by process type; those not named take none
	Limit   int            `yaml:"limit"`    // connections the add-on allows, where neither its log nor its plan says; 0: not said
}

// Check reports what is wrong, each with what would be right. field is relative to r.
func (r Redis) Check(report func(field, problem, fix string)) {
	if r.Limit < 0 {
		report("limit", fmt.Sprintf("%d connections", r.Limit), "a number above 0, or leave it out")
	}
	for _, process := range slices.Sorted(maps.Keys(r.PerDyno)) {
		if n := r.PerDyno[process]; n < 0 {
			report("per_dyno."+process, fmt.Sprintf("%d connections", n), "0 or more")
		}
	}
}
