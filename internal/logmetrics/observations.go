package logmetrics

import "time"

// observations are one batch's part of a histogram.
type observations struct {
	scale    *scale
	list     []time.Duration
	truncate bool // only whole milliseconds count
}

func newObservations(s *scale) observations { return observations{scale: s} }

func (o *observations) add(d time.Duration) { o.list = append(o.list, d) }

func (o *observations) reset() { o.list = empty(o.list) }

// maxKept is how long a batch's lists may be to be used again; that is ten times a full delivery.
const maxKept = 16_384

// empty returns a list's memory to be used again.
func empty[T any](list []T) []T {
	if cap(list) > maxKept {
		return nil
	}
	return list[:0]
}
