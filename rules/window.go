package rules

import "slices"

// window counts hits within (now-width, now]. Hit times are rounded down to grain, so it holds at
// most windowGrains+1 buckets however many hits come. The zero value is empty.
type window struct {
	buckets []bucket // oldest first
	sum     uint64
}

type bucket struct {
	At int64  `json:"at"` // nanoseconds, rounded down
	N  uint64 `json:"n"`
}

// add counts n hits at a time; the caller prunes.
func (w *window) add(at int64, n uint64, grain int64) {
	w.sum += n
	i := len(w.buckets)
	if i > 0 {
		// Mostly it is the newest bucket's time, and need not be divided to be rounded.
		if newest := &w.buckets[i-1]; uint64(at-newest.At) < uint64(grain) {
			newest.N += n
			return
		}
	}
	at = truncate(at, grain)
	for i > 0 && w.buckets[i-1].At > at {
		i--
	}
	if i > 0 && w.buckets[i-1].At == at {
		w.buckets[i-1].N += n
		return
	}
	w.buckets = slices.Insert(w.buckets, i, bucket{at, n})
}

// prune forgets what has left the window at now.
func (w *window) prune(now, width int64) {
	n := 0
	for n < len(w.buckets) && w.buckets[n].At <= now-width {
		w.sum -= w.buckets[n].N
		n++
	}
	if n > 0 {
		w.buckets = slices.Delete(w.buckets, 0, n)
	}
}

// falls returns when the sum falls below count if nothing is added, 0 if it is below already.
func (w *window) falls(count uint64, width int64) int64 {
	left := w.sum
	if left < count {
		return 0
	}
	for _, b := range w.buckets {
		if left -= b.N; left < count {
			return b.At + width
		}
	}
	return 0
}

// first and last return when the oldest and the newest hits leave, 0 if there are none.
func (w *window) first(width int64) int64 {
	if len(w.buckets) == 0 {
		return 0
	}
	return w.buckets[0].At + width
}

func (w *window) last(width int64) int64 {
	if len(w.buckets) == 0 {
		return 0
	}
	return w.buckets[len(w.buckets)-1].At + width
}
