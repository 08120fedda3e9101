package parser

// Requests are what the router said of requests that Sift has set aside, in their order: the first of each
// column are one request, and so on up to the N-th. They are requests that all is usual about: the dyno's
// name has at most maxAsked bytes, no number lacks, and there is no code. They are valid until the next Reset
// of their Scanner.
type Requests struct {
	N       int
	Nanos   [MostRequests]int64  // TIMESTAMP in nanoseconds since the Unix epoch
	Service [MostRequests]uint32 // milliseconds
	Connect [MostRequests]uint32 // milliseconds
	Bytes   [MostRequests]uint32
	Status  [MostRequests]uint16 // up to 999
	Dyno    [MostRequests]uint16 // place in Dynos
	Method  [MostRequests]Method // not MethodOther

	Dynos []Asked // one can be there more than once
}

// MostRequests is how many are set aside of one body. Others are lines like any, which takes longer.
const MostRequests = 512

// Asked is a dyno that the router named.
type Asked struct {
	Name     []byte // a view into the body
	First    int64  // Nanos of the first request
	Requests int

	key askedKey
}

// askedKey is a dyno's name, with its length in the last byte.
type askedKey struct{ first, rest uint64 }

const (
	maxAsked  = 15 // bytes of a dyno's name
	askedBits = 8  // of a hash of a name
)

// askedRecently has, for some dynos, their place in Requests.Dynos, by a hash of the name.
type askedRecently [1 << askedBits]uint16

func (r *Requests) reset() {
	clear(r.Dynos) // their names would keep the old body alive
	r.N, r.Dynos = 0, r.Dynos[:0]
}

// setRequestAside does that with the request that was cut last, if it is one of those that may.
func (s *Scanner) setRequestAside(statuses *Statuses) bool {
	c, r := &s.cuts, &s.requests
	text, name := s.body[s.start+int(s.cut.text):], s.body[s.start+int(c.dyno):]
	size, length := c.methodEnd-s.cut.text-methodAt, c.dynoEnd-c.dyno
	if r.N >= MostRequests || !statuses.Has(int(c.status)) || size >= 8 || length-1 >= maxAsked {
		return false
	}
	method := methodOf(load(text[methodAt:])&(1<<(8*size)-1) | uint64(size)<<56)
	if method == MethodOther {
		return false
	}
	key := askedKey{load(name), uint64(length) << 56}
	if length > 8 {
		key.rest |= load(name[8:]) & (1<<(8*(length-8)) - 1)
	} else {
		key.first &= 1<<(8*length) - 1
	}
	place := s.place(key)
	if place == len(r.Dynos) {
		r.Dynos = append(r.Dynos, Asked{Name: name[:length:length], First: s.line.Nanos, key: key})
	}
	r.Dynos[place].Requests++
	n := r.N
	r.Nanos[n], r.Service[n], r.Connect[n], r.Bytes[n] = s.line.Nanos, uint32(c.service), uint32(c.connect), uint32(c.bytes)
	r.Status[n], r.Dyno[n], r.Method[n] = uint16(c.status), uint16(place), method
	r.N++
	return true
}

// place returns where a dyno is, or is to be.
func (s *Scanner) place(key askedKey) int {
	recent, dynos := &s.recent[(key.first+key.rest)*spread>>(64-askedBits)], s.requests.Dynos
	if i := int(*recent); i < len(dynos) && dynos[i].key == key {
		return i
	}
	*recent = uint16(len(dynos))
	return len(dynos)
}
