package budget

import "slices"

// miss is by how many connections the fit is too low for a formation, at its careful end.
type miss struct {
	x  []float64
	by float64
}

// miss notes by how much the fit is too low for s.
func (m *model) miss(s *stay) {
	x := m.row(s.Dynos)
	have, within := m.fit.At(x)
	if by := s.least() - have - within; by > 0 {
		m.misses = append(m.misses, miss{x, by})
	}
}

// missed is by how much the fit may be too low at x. Which of its shares is to blame isn't known, so each
// may be, in full.
func (m *model) missed(x []float64) (most float64) {
	for _, miss := range m.misses {
		for j := range x {
			if miss.x[j] > 0 {
				most = max(most, miss.by*x[j]/miss.x[j])
			}
		}
	}
	return most
}

// contradicted says whether s can't be explained.
func (m *model) contradicted(s *stay) bool {
	have, within := m.at(s.Dynos)
	within += 2 * max(leastNoise, s.spread()) // it has an error of its own
	return s.least() > have+within || !s.bound() && s.middle() < have-within
}

// least is the smallest demand that s may be the sign of.
func (s *stay) least() float64 {
	if s.bound() {
		return float64(s.Most)
	}
	return s.middle()
}

// disproved says whether a later stay had as many dynos of each type, or more, with fewer connections
// than s.
func disproved(s *stay, by []*stay) bool {
	return slices.ContainsFunc(by, func(later *stay) bool {
		if later.bound() || !later.From.After(s.To) || later.middle() >= s.least() {
			return false
		}
		for process, n := range s.Dynos {
			if later.Dynos[process] < n {
				return false
			}
		}
		return true
	})
}
