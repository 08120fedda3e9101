package budget

// An app fits when it uses at most 0.9 of the limit: a restarting dyno's old connections and a
// person's redis-cli need room too. A sample at 95 % of the limit or more is a lower bound.
const (
	headroomTenths = 9
	saturated      = 95
)

// Origin says where a number is from.
type Origin string

// The origins.
const (
	Logged     Origin = "logged"     // the add-on's own metric line
	Plan       Origin = "plan"       // the plan's limit less 2
	Configured Origin = "configured" // the owner's settings
	Learnt     Origin = "learnt"     // from samples at different quantities
	Unknown    Origin = "unknown"
)

// addon is one Redis add-on of the app.
type addon struct {
	name, attachment string
	last             Sample // zero until there was one
	plan             int    // the plan's limit; 0 unknown
	memory           int64  // the plan's, in bytes; 0 unknown
	sized            size   // what a limit that was logged says of the plan, found out once
	configured       Redis
	stays            []*stay // what was seen to learn from, oldest first
	learnt           *model  // from stays; nil: nothing
	outdated         bool    // stays have changed since
}

func (a *addon) limit() (int, Origin) {
	switch {
	case a.last.Limit > 0:
		return a.last.Limit, Logged
	case a.plan > 0:
		return a.plan, Plan
	case a.configured.Limit > 0:
		return a.configured.Limit, Configured
	}
	return 0, Unknown
}

// atLeast says whether the newest sample is known to be at percent of the limit or above.
func (a *addon) atLeast(percent int) bool {
	limit, _ := a.limit()
	return limit > 0 && !a.last.At.IsZero() && a.last.Used*100 >= limit*percent
}

// share is what one dyno takes, or all, and how far from that the truth is at most.
type share struct {
	connections, within float64
	from                Origin
}

// perDyno returns what a dyno of process takes here.
func (a *addon) perDyno(process string) share {
	if len(a.configured.PerDyno) > 0 {
		return share{float64(a.configured.PerDyno[process]), 0, Configured}
	}
	return told(a.model().each(process))
}

// use returns what the dynos take, and what is taken without them. It isn't known where a quantity isn't.
func (a *addon) use(f formation) share {
	if len(a.missing(f, "")) > 0 {
		return share{0, 0, Unknown}
	}
	return a.useOf(f.dynos)
}

// useOf is use for those dynos and no others.
func (a *addon) useOf(dynos map[string]int) share {
	if len(a.configured.PerDyno) == 0 {
		return told(a.model().at(dynos))
	}
	sum := 0
	for process, quantity := range dynos {
		sum += quantity * a.configured.PerDyno[process]
	}
	return share{float64(sum), 0, Configured}
}

// told is unknown where the truth may be off by more than half, unless that is but a connection or two.
func told(connections, within float64) share {
	if within > max(2, connections/2) {
		return share{0, 0, Unknown}
	}
	return share{connections, within, Learnt}
}

// mostDynos is how many dynos of one type are thought of, where what they take was learnt: what is too
// little to see from a few may be much of thousands.
const mostDynos = 200

// fits returns the largest quantity of process that fits, given the other types' dynos. It isn't
// known where the limit isn't, or the quantity of another type, or what a dyno of any type in use takes.
func (a *addon) fits(process string, f formation) (n int, known bool) {
	limit, _ := a.limit()
	if limit == 0 {
		return 0, false
	}
	return a.fitsIn(limit, process, f)
}

func (a *addon) fitsIn(limit int, process string, f formation) (n int, known bool) {
	missing := len(a.missing(f, process)) > 0
	if len(a.configured.PerDyno) > 0 {
		each, others := a.configured.PerDyno[process], 0
		if each == 0 {
			return Unbounded, true
		}
		if missing {
			return 0, false
		}
		for other, quantity := range f.dynos {
			if other != process {
				others += quantity * a.configured.PerDyno[other]
			}
		}
		return max(0, (limit*headroomTenths-10*others)/(10*each)), true
	}
	if missing {
		return 0, false
	}
	return a.model().fits(float64(limit*headroomTenths)/10, process, f.dynos)
}
