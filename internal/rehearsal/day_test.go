package rehearsal

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// daily is traffic that is least at four in the morning and most at four in the afternoon.
func daily(least, most float64) func(hour float64) float64 {
	return func(hour float64) float64 {
		return least + (most-least)*(1-math.Cos(2*math.Pi*(hour-4)/24))/2
	}
}

var kinds = []kind{
	{
		name: "shop", formation: map[string]int{"web": 3, "worker": 1}, runtime: true, postgres: 120,
		redis: []redis{{"REDIS", "redis-shaped-11111", 78, map[string]int{"web": 8, "worker": 10}}},
		rate:  daily(0.1, 1.2), jobs: time.Hour, releases: []float64{10.5, 15, 23.75}, waves: 6, hours: 28,
	},
	{
		name: "enketo", formation: map[string]int{"web": 1}, runtime: true,
		redis: []redis{
			{"ENKETO_REDIS_MAIN", "redis-main-22222", 38, map[string]int{"web": 26}},
			{"ENKETO_REDIS_CACHE", "redis-cache-33333", 38, map[string]int{"web": 18}},
		},
		rate: daily(0.02, 0.6), releases: []float64{14}, waves: 4, hours: 28,
	},
	{
		name: "small", formation: map[string]int{"web": 1}, releases: []float64{11}, hours: 72,
		rate: func(hour float64) float64 {
			if hour < 8 || hour >= 19 {
				return 0
			}
			return 0.03
		},
	},
	{
		name: "batch", formation: map[string]int{"worker": 1}, jobs: 3 * time.Hour, hours: 72,
		rate: func(float64) float64 { return 0 },
	},
}

// Days of normal traffic, with cycled dynos, releases, jobs, waves and mishaps, make no alert; nor does it
// when drain itself was away.
func TestNormalDaysMakeNoAlert(t *testing.T) {
	for _, k := range kinds {
		for seed := range uint64(seeds(t)) {
			t.Run(fmt.Sprintf("%s/%d", k.name, seed), func(t *testing.T) {
				t.Parallel()
				a := newApp(t, k, seed)
				a.every(7*time.Hour, a.leave)
				a.run(begin.Add(time.Duration(k.hours) * time.Hour))
				for _, ev := range a.events {
					t.Errorf("%s %s %s %s: %s", ev.At.Format("02 15:04:05"), ev.Rule, ev.Labels, ev.State, ev.Summary)
				}
				t.Logf("%d lines in %d deliveries", a.lines, a.posts)
			})
		}
	}
}

func seeds(t *testing.T) int {
	if testing.Short() {
		return 1
	}
	return 3
}
