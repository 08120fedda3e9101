package parser

// Requests are what the router said of requests that Sift has set aside, in their order: the first of each
// column are one request, and so on up to the N-th. They are requests that all is usual about: no number
// lacks, the dyno's name has at most 15 bytes, and there is no code.
type Requests struct {
	N       int
	Nanos   [MostRequests]int64  // TIMESTAMP in nanoseconds since the Unix epoch
	Service [MostRequests]uint32 // milliseconds
	Connect [MostRequests]uint32 // milliseconds
	Bytes   [MostRequests]uint32
	Status  [MostRequests]uint16 // up to 999
	Dyno    [MostRequests]uint16 // place in Dynos
	Method  [MostRequests]Method // not MethodOther

	Dynos [DynoPlaces]Asked // some of those that were ever asked, each in a place told by its name
	asked [MostRequests + 1]uint16
	n     int // how many of asked count
}

// Bounds of what is set aside of one body. What is beyond is lines like any, which takes longer.
const (
	MostRequests = 512
	DynoPlaces   = 512
)

// Asked is a dyno that the router named.
type Asked struct {
	key      askedKey
	First    int64 // Nanos of the first request
	Requests int   // 0: it isn't asked by this body
}

// askedKey is a dyno's name, with its length in the last byte.
type askedKey [16]byte

// Name is the dyno's name. It is valid as the Requests are.
func (a *Asked) Name() []byte { return a.key[:a.key[15]] }

// Words are the dyno's name, the first byte lowest, and zeros, with its length in the last byte.
func (a *Asked) Words() (first, rest uint64) { return load(a.key[:]), load(a.key[8:]) }

// Asked are the places of the dynos that were asked, in the order of their first requests.
func (r *Requests) Asked() []uint16 { return r.asked[:r.n] }

func (r *Requests) reset() {
	for _, place := range r.Asked() {
		r.Dynos[place].Requests = 0
	}
	r.N, r.n = 0, 0
}

// setRequestAside does that with the request that was cut last, if it is one of those that may.
func (s *Scanner) setRequestAside(statuses *Statuses) bool {
	c, r := &s.cuts, &s.requests
	text, name := s.body[s.start+int(s.cut.text):], s.body[s.start+int(c.dyno):]
	size, length := c.methodEnd-s.cut.text-methodAt, c.dynoEnd-c.dyno
	var key askedKey
	if r.N >= MostRequests || !statuses.Has(int(c.status)) || length-1 >= uint32(len(key))-1 {
		return false
	}
	// No known method is as long as a word, and none is found for one that is.
	method := methodOf(load(text[methodAt:])&(1<<(8*size)-1) | uint64(size)<<56)
	if method == MethodOther {
		return false
	}
	copy(key[:], name[:length])
	key[len(key)-1] = byte(length)
	if length > 8 && load(key[8:]) == uint64(length)<<56 {
		return false // it ends in zeros: to cutRequest any of its length that begins alike would be this one
	}
	place := dynoPlace(key)
	dyno := &r.Dynos[place]
	if dyno.Requests == 0 {
		dyno.key, dyno.First = key, s.line.Nanos
		r.asked[r.n] = place
		r.n++
	} else if dyno.key != key {
		return false // another has its place
	}
	dyno.Requests++
	n := r.N
	r.Nanos[n], r.Service[n], r.Connect[n], r.Bytes[n] = s.line.Nanos, uint32(c.service), uint32(c.connect), uint32(c.bytes)
	r.Status[n], r.Dyno[n], r.Method[n] = uint16(c.status), place, method
	r.N++
	return true
}

// dynoPlace is where a dyno is in Requests.Dynos.
func dynoPlace(key askedKey) uint16 {
	return uint16((load(key[:]) + load(key[8:])) * spread >> dynoShift)
}

const dynoShift = 64 - 9 // what leaves of a hash one of DynoPlaces
