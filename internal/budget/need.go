package budget

import "maps"

// Need is what an app's dynos take of an add-on, and where they fit.
type Need struct {
	Connections int    `json:"connections"`
	PlusMinus   int    `json:"plus_minus,omitempty"` // how far off Connections may be; what fits is by the upper end
	Fits        bool   `json:"fits"`
	Deploy      int    `json:"deploy"` // while a deploy with preboot has the old dynos and the new ones up
	DeployFits  bool   `json:"deploy_fits"`
	Plan        string `json:"plan,omitempty"` // the smallest plan on which Connections fit; empty if none does
	DeployPlan  string `json:"deploy_plan,omitempty"`
}

// need returns what the dynos take, nil where it isn't known.
func (a *addon) need(f formation) *Need {
	now := a.use(f)
	if now.from == Unknown {
		return nil
	}
	deploy := a.useOf(twice(f.dynos))
	if deploy.from == Unknown { // of types that always moved together, or not at all, the sum is known only
		deploy = share{2 * now.connections, 2 * now.within, now.from}
	}
	limit, _ := a.limit()
	n := &Need{
		Connections: whole(now.connections), PlusMinus: up(now.within), Fits: limit > 0 && fits(now.most(), limit),
		Deploy: whole(deploy.connections), DeployFits: limit > 0 && fits(deploy.most(), limit),
	}
	n.Plan, n.DeployPlan = planFor(now.most()), planFor(deploy.most())
	return n
}

// takesAtLeast returns what is taken at least: by the dynos that are known, or as the add-on itself says.
func (a *addon) takesAtLeast(f formation) int {
	use := a.useOf(f.dynos)
	return max(a.last.Used, int(use.connections-use.within))
}

// most is the careful end, in whole connections.
func (s share) most() int { return up(s.connections + s.within) }

// twice is the dynos while a deploy with preboot has the old and the new ones up (Dev Center,
// "Preboot").
func twice(dynos map[string]int) map[string]int {
	out := maps.Clone(dynos)
	for process := range out {
		out[process] *= 2
	}
	return out
}

// planFor returns the smallest Premium plan on which so many connections fit; empty if none does.
func planFor(connections int) string {
	plan, _, _ := NextPlan(connections, 0)
	return plan
}

// fits says whether so many connections leave the room that a restart needs.
func fits(connections, limit int) bool { return connections*10 <= limit*headroomTenths }
