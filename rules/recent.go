package rules

// recent remembers the newest ids, so that judging an Observation twice changes nothing. The zero
// value is empty.
type recent struct {
	ring []uint64
	next int
	held map[uint64]struct{}
}

// maxRecent is how many ids an Engine keeps. Repeats are told apart in ingest already; this is for a
// delivery that reaches an Engine twice, which happens within moments.
const maxRecent = 256

// add says whether id is new.
func (r *recent) add(id uint64) bool {
	if _, ok := r.held[id]; ok {
		return false
	}
	if r.held == nil {
		r.held = make(map[uint64]struct{})
	}
	r.held[id] = struct{}{}
	if len(r.ring) < maxRecent {
		r.ring = append(r.ring, id)
		return true
	}
	delete(r.held, r.ring[r.next])
	r.ring[r.next] = id
	r.next = (r.next + 1) % maxRecent
	return true
}
