package history

import (
	"math/bits"
	"time"
)

// Requests counts requests and their service times. Its zero value has none.
type Requests struct {
	all, failed uint32
	times       [buckets]uint32
	touched     uint64 // a bit for each of times that isn't 0
}

// buckets of service times: milliseconds up to 7, then four to each power of two; the last holds all
// over 112 s.
const buckets = 64

// Add counts a request by its status, failed if that is 5xx, and by its service time, unless that is below
// 0, which isn't known, or a WebSocket's: then it is how long it was open.
func (r *Requests) Add(status int, service time.Duration) {
	r.all++
	if status/100 == 5 {
		r.failed++
	}
	if service >= 0 && status != 101 {
		at := bucketOf(uint64(service / time.Millisecond))
		r.times[at]++
		r.touched |= 1 << at
	}
}

// AddAll is Add of many, whose service times are in milliseconds.
func (r *Requests) AddAll(status []uint16, millis []uint32) {
	failed, touched := uint32(0), r.touched
	for i, ms := range millis[:len(status)] {
		switch {
		case status[i]/100 == 5:
			failed++
		case status[i] == 101:
			continue
		}
		at := bucketOf(uint64(ms))
		r.times[at]++
		touched |= 1 << at
	}
	r.all, r.failed, r.touched = r.all+uint32(len(status)), r.failed+failed, touched
}

// Any says whether there was one.
func (r *Requests) Any() bool { return r.all > 0 }

func bucketOf(ms uint64) int {
	if ms < 4 {
		return int(ms)
	}
	shift := bits.Len64(ms) - 3
	return min(4*(shift+1)+int(ms>>shift)-4, buckets-1)
}

// boundsOf returns what a bucket holds, [from, to) in seconds.
func boundsOf(i int) (from, to float64) {
	if i < 4 {
		return float64(i) / 1000, float64(i+1) / 1000
	}
	shift := i/4 - 1
	from = float64((4+i%4)<<shift) / 1000
	return from, from + float64(int(1)<<shift)/1000
}

// quantile returns the service time, in seconds, that a share q of all is up to, none without any.
func (r *Requests) quantile(q float64) float32 {
	var all, below float64
	for _, n := range r.times {
		all += float64(n)
	}
	if all == 0 {
		return none
	}
	for i, n := range r.times {
		if n := float64(n); n > 0 && below+n >= q*all {
			from, to := boundsOf(i)
			return float32(from + (to-from)*(q*all-below)/n)
		} else {
			below += n
		}
	}
	return none
}

// quantiles are the shares that service times are told of.
var quantiles = [...]float64{0.5, 0.95, 0.99}

// flow is the requests of an app. Only those of the newest step are there one by one; of those before
// stay the figures.
type flow struct {
	now      Requests // of the newest step
	requests [Points]float32
	failed   [Points]float32
	service  [len(quantiles)][Points]float32
}

func newFlow() *flow {
	f := &flow{}
	for place := range Points {
		f.clear(place)
		f.requests[place], f.failed[place] = none, none // not heard of yet, which isn't silence
	}
	return f
}

func (f *flow) clear(place int) {
	f.requests[place], f.failed[place] = 0, 0
	for i := range f.service {
		f.service[i][place] = none
	}
}

// reckon puts down the service times of the newest step, which is at place. They are reckoned when it is
// over or looked at, since each delivery has some.
func (f *flow) reckon(place int) {
	for i, q := range quantiles {
		f.service[i][place] = f.now.quantile(q)
	}
}

// Requests adds what was counted of a delivery received at a time, which is not before that of the
// last, or counts as that.
func (a *App) Requests(at time.Time, r *Requests) {
	if a == nil || !r.Any() {
		return
	}
	a.advance(at)
	if a.flow == nil {
		a.flow = newFlow()
	}
	f, place := a.flow, int(a.head%Points)
	f.now.all += r.all
	f.now.failed += r.failed
	for touched := r.touched; touched != 0; touched &= touched - 1 {
		i := bits.TrailingZeros64(touched)
		f.now.times[i] += r.times[i]
	}
	f.requests[place], f.failed[place] = float32(f.now.all), float32(f.now.failed)
}
