package history

import (
	"math/bits"
	"time"

	"drain/internal/latency"
)

// Requests counts requests and their service times. Its zero value has none.
type Requests struct {
	all, failed uint32
	times       latency.Times
	touched     uint64 // a bit for each of times that isn't 0
}

// Add counts a request by its status, failed if that is 5xx, and by its service time, unless that is below
// 0, which isn't known, or a WebSocket's: then it is how long it was open.
func (r *Requests) Add(status int, service time.Duration) {
	r.all++
	if status/100 == 5 {
		r.failed++
	}
	if service >= 0 && status != 101 {
		at := latency.Bucket(uint64(service / time.Millisecond))
		r.times[at]++
		r.touched |= 1 << at
	}
}

// addAll is Add of many, whose service times are in milliseconds; touched stays as it is.
func (r *Requests) addAll(status []uint16, millis []uint32) {
	times, failed := &r.times, uint32(0)
	for i, ms := range millis[:len(status)] {
		at := latency.Bucket(uint64(ms)) & (len(times) - 1)
		times[at]++
		if status := status[i]; status-200 >= 300 { // few are
			if status == 101 {
				times[at]--
			} else if status/100 == 5 {
				failed++
			}
		}
	}
	r.all, r.failed = r.all+uint32(len(status)), r.failed+failed
}

// Any says whether there was one.
func (r *Requests) Any() bool { return r.all > 0 }

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
		f.service[i][place] = none
		if v, ok := f.now.times.Quantile(q); ok {
			f.service[i][place] = float32(v)
		}
	}
}

// Requests adds what was counted of a delivery received at a time, which is not before that of the
// last, or counts as that.
func (a *App) Requests(at time.Time, r *Requests) {
	if a == nil || !r.Any() {
		return
	}
	f := a.traffic(at)
	f.now.all += r.all
	f.now.failed += r.failed
	for touched := r.touched; touched != 0; touched &= touched - 1 {
		i := bits.TrailingZeros64(touched)
		f.now.times[i] += r.times[i]
	}
	f.show(int(a.head % Points))
}

// AddAll is Requests of what a delivery has in columns: statuses, and service times in milliseconds, all known.
// They are counted in place: this is for a whole delivery's at once.
func (a *App) AddAll(at time.Time, status []uint16, millis []uint32) {
	if a == nil || len(status) == 0 {
		return
	}
	f := a.traffic(at)
	f.now.addAll(status, millis)
	f.show(int(a.head % Points))
}

// traffic returns what counts the requests of a time.
func (a *App) traffic(at time.Time) *flow {
	a.advance(at)
	if a.flow == nil {
		a.flow = newFlow()
	}
	return a.flow
}

// show puts down how many there were in the newest step, which is at place.
func (f *flow) show(place int) {
	f.requests[place], f.failed[place] = float32(f.now.all), float32(f.now.failed)
}
