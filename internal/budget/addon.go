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
	configured       Redis
	learnt           map[string]*points // by process type
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

// perDyno returns the connections a dyno of process takes here, and those that don't depend on its
// quantity.
func (a *addon) perDyno(process string) (each, base int, from Origin) {
	if len(a.configured.PerDyno) > 0 {
		return a.configured.PerDyno[process], 0, Configured
	}
	if l := a.learnt[process]; l != nil {
		if each, base, ok := l.fit(); ok {
			return each, base, Learnt
		}
	}
	return 0, 0, Unknown
}

// fits returns the largest quantity of process that fits, given the other types' dynos. It isn't
// known where the limit isn't, or what a dyno of any type in use takes.
func (a *addon) fits(process string, dynos map[string]int) (n int, known bool) {
	limit, _ := a.limit()
	each, base, from := a.perDyno(process)
	if limit == 0 || from == Unknown {
		return 0, false
	}
	if each == 0 {
		return Unbounded, true
	}
	others, othersBase, known := a.use(dynos, process)
	if !known {
		return 0, false
	}
	return max(0, (limit*headroomTenths-10*(others+max(base, othersBase)))/(10*each)), true
}

// learn takes the newest sample as what quantity dynos of process, and nothing else, take.
func (a *addon) learn(process string, quantity int) {
	limit, _ := a.limit()
	if !a.last.Own || limit == 0 || a.atLeast(saturated) {
		return
	}
	if a.learnt[process] == nil {
		a.learnt[process] = &points{}
	}
	a.learnt[process].add(quantity, a.last.Used)
}
