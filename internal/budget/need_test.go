package budget

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNeed(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f := func(name string, dynos map[string]int, redis Redis, plan string, want *Need) {
		t.Run(name, func(t *testing.T) {
			b := New(map[string]Redis{"REDIS": redis})
			b.Plan("redis-a-1", "REDIS", plan)
			b.Formation(dynos, now)
			if diff := cmp.Diff(want, b.Snapshot().Addons[0].Need); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	enketo := Redis{PerDyno: map[string]int{"web": 26, "worker": 5}}
	f("too many", map[string]int{"web": 4, "worker": 0}, enketo, "heroku-redis:premium-0",
		&Need{Connections: 104, Deploy: 208, Plan: "heroku-redis:premium-2", DeployPlan: "heroku-redis:premium-3"})
	f("fits, but no deploy with preboot", map[string]int{"web": 1, "worker": 1}, enketo, "heroku-redis:premium-0",
		&Need{Connections: 31, Fits: true, Deploy: 62, Plan: "heroku-redis:premium-0", DeployPlan: "heroku-redis:premium-1"})
	f("fits", map[string]int{"web": 1}, enketo, "heroku-redis:premium-1",
		&Need{Connections: 26, Fits: true, Deploy: 52, DeployFits: true, Plan: "heroku-redis:premium-0", DeployPlan: "heroku-redis:premium-1"})
	f("nothing runs", map[string]int{"web": 0}, enketo, "heroku-redis:premium-0",
		&Need{Fits: true, DeployFits: true, Plan: "heroku-redis:premium-0", DeployPlan: "heroku-redis:premium-0"})
	f("nobody knows what a dyno takes", map[string]int{"web": 4}, Redis{}, "heroku-redis:premium-0", nil)
	f("more than any plan", map[string]int{"web": 3000}, enketo, "heroku-redis:premium-0", &Need{Connections: 78000, Deploy: 156000})
}

// What was learnt fits only at its careful end; and a deploy takes twice of what is there, also where it
// isn't known whose that is.
func TestNeedOfWhatWasLearnt(t *testing.T) {
	b, at := New(nil), t0
	for _, web := range []int{1, 4, 2} {
		b.Formation(map[string]int{"web": web, "worker": 1}, at)
		at = b.stayed(at, 198, 10*web+9, 10*web+9, 10*web+9)
	}
	f := func(web, limit int, want *Need) {
		t.Helper()
		b.Dynos("web", web, at)
		b.sample("REDIS", 10, limit, at)
		if diff := cmp.Diff(want, b.Snapshot().Addons[0].Need); diff != "" {
			t.Errorf("web %d of %d (-want +got)\n%s", web, limit, diff)
		}
	}
	const one, two = "heroku-redis:premium-1", "heroku-redis:premium-2" // 78 and 198 connections
	f(6, 77, &Need{Connections: 69, PlusMinus: 3, Deploy: 138, Plan: two, DeployPlan: two})
	f(6, 155, &Need{Connections: 69, PlusMinus: 3, Fits: true, Deploy: 138, Plan: two, DeployPlan: two})
	f(6, 160, &Need{Connections: 69, PlusMinus: 3, Fits: true, Deploy: 138, DeployFits: true, Plan: two, DeployPlan: two})
	f(5, 160, &Need{Connections: 59, PlusMinus: 2, Fits: true, Deploy: 118, DeployFits: true, Plan: one, DeployPlan: two})
}

// Where the sum for a deploy isn't known of itself it is twice what is there, and so is how far off it may be.
func TestDeployIsTwiceAsUncertain(t *testing.T) {
	b := New(nil)
	b.Dynos("web", 4, t0)
	b.stayed(t0, 198, 80, 80, 80)
	if b.addons[0].useOf(twice(b.dynos)).from != Unknown {
		t.Fatal("one formation tells of twice as many")
	}
	within := b.addons[0].useOf(b.dynos).within
	n := b.Snapshot().Addons[0].Need
	b.sample("REDIS", 80, (160+up(2*within))*10/headroomTenths, t0.Add(time.Hour))
	if just := b.Snapshot().Addons[0].Need; n.Deploy != 160 || just.DeployFits {
		t.Errorf("a deploy takes %d, and fits a connection short of its careful end: %v", n.Deploy, just.DeployFits)
	}
	b.sample("REDIS", 80, (160+up(2*within))*10/headroomTenths+1, t0.Add(time.Hour))
	if !b.Snapshot().Addons[0].Need.DeployFits {
		t.Error("it doesn't fit at its careful end")
	}
}
