package logmetrics

import "sync/atomic"

// limit bounds the series of all apps together.
type limit struct {
	max     int64
	used    atomic.Int64
	refused atomic.Int64
}

// room is what one app has of the limit. The app's lock guards it.
type room struct {
	limit *limit
	taken int64
	told  map[refusal]struct{} // what was refused to the batch that is being merged
}

// refusal is what there was no room for: a dyno's gauge or its classes.
type refusal struct {
	name  nameKey
	place int // of the gauge, or classesPlace
}

const classesPlace = -1

// take reserves n series, or none and counts them as refused.
func (r *room) take(n int) bool {
	if !r.reserve(n) {
		r.limit.refused.Add(int64(n))
		return false
	}
	return true
}

// takeOnce is take for what a batch may have several values for: only the first refusal counts.
func (r *room) takeOnce(n int, what refusal) bool {
	if _, told := r.told[what]; told || !r.reserve(n) {
		if !told {
			if r.told == nil {
				r.told = make(map[refusal]struct{})
			}
			r.told[what] = struct{}{}
			r.limit.refused.Add(int64(n))
		}
		return false
	}
	return true
}

func (r *room) reserve(n int) bool {
	if r.limit.used.Add(int64(n)) > r.limit.max {
		r.limit.used.Add(-int64(n))
		return false
	}
	r.taken += int64(n)
	return true
}

// give takes back n series that ended.
func (r *room) give(n int) {
	r.taken -= int64(n)
	r.limit.used.Add(-int64(n))
}

// close gives all of it back.
func (r *room) close() { r.give(int(r.taken)) }
