package logmetrics

import "drain/parser"

// requestLines is one batch's part of an app's requests.
type requestLines struct {
	counts           [requestSpace]uint32 // by requestIndex
	touched          []uint16             // those that aren't 0
	bytes            float64
	service, connect observations

	// The dynos that were asked. One can be there more than once.
	dynos  []asked
	recent [recentDynos]uint16 // for some dynos, their place in dynos, by a hash of the name
}

// asked counts a dyno's requests by the class of their status.
type asked struct {
	key     nameKey
	classes [len(classes)]uint32
}

const (
	recentBits  = 8
	recentDynos = 1 << recentBits
)

func newRequestLines(s *scale) requestLines {
	return requestLines{service: newObservations(s), connect: newObservations(s)}
}

// add counts a router line that names a dyno by key, which is zero if it names none.
func (l *requestLines) add(r *parser.Router, key nameKey) {
	index := requestIndex(parser.MethodOf(r.Method), r.Status)
	l.count(index)
	if r.Bytes > 0 {
		l.bytes += float64(r.Bytes)
	}
	if r.Service >= 0 {
		l.service.add(r.Service)
	}
	if r.Connect >= 0 {
		l.connect.add(r.Connect)
	}
	if !key.isNone() {
		l.dyno(key).classes[classOf(index)]++
	}
}

// addAll counts requests that were set aside, but not how long they took and whom they asked: see app.mergeAside.
func (l *requestLines) addAll(requests *parser.Requests) {
	n, bytes := requests.N, uint64(0)
	for i, status := range requests.Status[:n] {
		l.count(uint16(requests.Method[i])*statusSpace + statuses.index[status%uint16(len(statuses.index))])
		bytes += uint64(requests.Bytes[i])
	}
	l.bytes += float64(bytes)
}

func (l *requestLines) count(index uint16) {
	if l.counts[index] == 0 {
		l.touched = append(l.touched, index)
	}
	l.counts[index]++
}

// dyno returns what counts a dyno's requests.
func (l *requestLines) dyno(key nameKey) *asked {
	const spread = 0x9e3779b97f4a7c15 // dynos differ in their last digits
	recent := &l.recent[(key.first+key.rest)*spread>>(64-recentBits)]
	if i := int(*recent); i < len(l.dynos) && l.dynos[i].key == key {
		return &l.dynos[i]
	}
	*recent = uint16(len(l.dynos))
	l.dynos = append(l.dynos, asked{key: key})
	return &l.dynos[len(l.dynos)-1]
}

func (l *requestLines) any() bool { return len(l.touched) > 0 }

func (l *requestLines) reset() {
	if !l.any() {
		return
	}
	for _, index := range l.touched {
		l.counts[index] = 0
	}
	l.touched, l.bytes = l.touched[:0], 0
	l.service.reset()
	l.connect.reset()
	l.dynos = empty(l.dynos)
}
