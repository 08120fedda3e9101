package budget

import (
	"maps"
	"math"
	"slices"

	"drain/internal/regression"
)

const (
	// maxLearnt is how many process types one add-on's model tells apart. With more there are hardly ever
	// enough formations, and a fit takes long.
	maxLearnt = 8
	// leastNoise is the standard error of a stay's middle, in connections, where its readings don't differ:
	// they are whole numbers.
	leastNoise = 0.5
	// leastWeight is that of the stays from many releases ago; one release halves it.
	leastWeight = 1.0 / 16
)

// model is what an add-on's stays tell. The nil model tells nothing.
type model struct {
	types  []string // those that ever had dynos: the columns of fit, after the one that no dyno explains
	fit    *regression.Fit
	misses []miss
}

// newModel learns from stays, oldest first; it is nil where they tell nothing. While those of the newest
// release contradict the ones before, the past is another truth and doesn't count.
func newModel(stays []*stay) *model {
	var all, past, present []*stay
	for _, s := range stays {
		if s.tells() {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, s := range all {
		if s.Release == all[len(all)-1].Release {
			present = append(present, s)
		} else {
			past = append(past, s)
		}
	}
	before := fit(past)
	if before != nil && slices.ContainsFunc(present, before.contradicted) {
		all = present
	}
	m := fit(all)
	if m == nil {
		return nil
	}
	var newest *stay
	for _, s := range all {
		if !s.bound() {
			newest = s
		} else if !disproved(s, all) {
			m.miss(s)
		}
	}
	m.miss(newest) // what was off before is over, but this may be how it is from now on
	return m
}

// fit fits a model to the stays that weren't full; nil if there is none, or they have too many types.
func fit(stays []*stay) *model {
	m := &model{}
	types := make(map[string]bool)
	newest, noise, counted := 0, 0.0, 0
	for _, s := range stays {
		for process, n := range s.Dynos {
			types[process] = types[process] || n > 0
		}
		if !s.bound() {
			counted++
			noise += s.spread() * s.spread()
			newest = max(newest, s.Release)
		}
	}
	maps.DeleteFunc(types, func(_ string, ever bool) bool { return !ever })
	m.types = slices.Sorted(maps.Keys(types))
	if counted == 0 || len(m.types) > maxLearnt {
		return nil
	}
	var points []regression.Point
	for _, s := range stays {
		if !s.bound() {
			age := math.Max(leastWeight, math.Pow(0.5, float64(newest-s.Release)))
			points = append(points, regression.Point{X: m.row(s.Dynos), Y: s.middle(), Weight: age})
		}
	}
	m.fit = regression.New(points, math.Max(leastNoise, math.Sqrt(noise/float64(counted))))
	return m
}

// at returns what the dynos take, and how far from that the truth is at most.
func (m *model) at(dynos map[string]int) (connections, within float64) {
	if m == nil {
		return 0, math.Inf(1)
	}
	for process, n := range dynos {
		if n > 0 && !slices.Contains(m.types, process) {
			return 0, math.Inf(1)
		}
	}
	x := m.row(dynos)
	connections, within = m.fit.At(x)
	return connections, within + m.missed(x)
}

// each is at for one dyno of a process type, without what no dyno explains.
func (m *model) each(process string) (connections, within float64) {
	if m == nil || !slices.Contains(m.types, process) {
		return 0, math.Inf(1)
	}
	x := m.row(map[string]int{process: 1})
	x[0] = 0
	connections, within = m.fit.At(x)
	return connections, within + m.missed(x)
}

// fits returns the largest quantity of process with which the dynos surely take no more than room. It
// isn't known where twice as many may well fit, or where what one dyno takes isn't.
func (m *model) fits(room float64, process string, dynos map[string]int) (n int, known bool) {
	if told(m.each(process)).from == Unknown {
		return 0, false
	}
	with := maps.Clone(dynos)
	take := func(n int) (connections, within float64) {
		with[process] = n
		return m.at(with)
	}
	none, _ := take(0)
	one, within := take(1)
	if math.IsInf(within, 1) { // another type isn't known
		return 0, false
	}
	likely := mostDynos
	if each := one - none; each*mostDynos > room-none {
		likely = max(0, int((room-none)/each))
	}
	for n = likely; n > 0; n-- {
		if connections, within := take(n); connections+within <= room {
			break
		}
	}
	switch {
	case 2*n < likely:
		return 0, false
	case n == mostDynos:
		return Unbounded, true
	}
	return n, true
}

// row is a formation as the fit takes it.
func (m *model) row(dynos map[string]int) []float64 {
	x := make([]float64, 1, 1+len(m.types))
	x[0] = 1
	for _, process := range m.types {
		x = append(x, float64(dynos[process]))
	}
	return x
}
