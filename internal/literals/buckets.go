package literals

import "slices"

// halves are, for each byte that is looked at, the low halves that suit, a bit each.
type halves [reach]uint16

func (h halves) with(o halves) halves {
	for i := range h {
		h[i] |= o[i]
	}
	return h
}

// rate is how often a place of ordinary text suits, if a byte says nothing of the next.
func (h halves) rate() float64 {
	rate := 1.0
	for _, suit := range h {
		share := 0.0
		for half, s := range shares {
			if suit>>half&1 != 0 {
				share += s
			}
		}
		rate *= share
	}
	return rate
}

// shares are the shares of the low halves in ordinary log text: letters, of which "e" and "u" have the
// same, words' spaces, the digits of ids and times, and what JSON puts around them.
var shares = [16]float64{
	.11, .07, .12, .075, .085, .10, .045, .04, .035, .06, .04, .02, .045, .05, .05, .06,
}

// A bucket is some marks that are looked for as one. Text suits it that suits in each byte one of them,
// not the same in all.
type bucket struct {
	marks  []*mark
	halves halves
	rate   float64
}

func newBucket(marks []*mark) bucket {
	b := bucket{marks: marks}
	for _, m := range marks {
		b.halves = b.halves.with(m.halves)
	}
	b.rate = b.halves.rate()
	return b
}

// How many passes over the text there may be, and how often text may suit a bucket in vain before
// another pass is better. Each pass looks for eight buckets.
const (
	maxPasses = 4
	perPass   = 8
	maxRate   = 1.0 / 256
)

// passes returns the masks of so many passes that ordinary text seldom suits, nil if there would be too
// many of them.
func passes(marks []*mark) []masks {
	if len(marks) > maxMarks {
		return nil
	}
	for n := 1; n <= maxPasses; n++ {
		buckets := make([]bucket, n*perPass)
		share(marks, buckets)
		sum := 0.0
		for _, b := range buckets {
			sum += b.rate
		}
		if sum > maxRate {
			continue
		}
		out := make([]masks, n)
		for i := range out {
			out[i] = masksOf(buckets[i*perPass : (i+1)*perPass])
		}
		return out
	}
	return nil
}

// share puts the marks into buckets, each to where it makes the least more suit.
func share(marks []*mark, buckets []bucket) {
	place := func(m *mark) {
		best, least := 0, 2.0
		for i, b := range buckets {
			if more := b.halves.with(m.halves).rate() - b.rate; more < least {
				best, least = i, more
			}
		}
		buckets[best] = newBucket(append(buckets[best].marks, m))
	}
	for _, m := range marks {
		place(m)
	}
	for _, m := range marks { // once more, now that all are known
		for i, b := range buckets {
			if at := slices.Index(b.marks, m); at >= 0 {
				buckets[i] = newBucket(slices.Delete(b.marks, at, at+1))
			}
		}
		place(m)
	}
}

func masksOf(buckets []bucket) (m masks) {
	for at := range m {
		for half := range m[at] {
			for i, b := range buckets {
				if b.halves[at]>>half&1 == 0 {
					m[at][half] |= 1 << i
				}
			}
		}
	}
	return m
}
