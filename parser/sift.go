package parser

// Request is what the router said of one request that all is usual about: its dyno is named by at most
// maxAsked bytes, all numbers are there, and there is no code.
type Request struct {
	Nanos   int64 // TIMESTAMP in nanoseconds since the Unix epoch; 0 where there was none
	Service uint32
	Bytes   uint32
	Connect uint16 // milliseconds, as Service
	Status  uint16 // of up to three digits
	Dyno    uint16 // place in Requests.Dynos
	Method  Method
}

// Requests are those of a body that Sift has set aside, in their order. They are valid until the next Reset
// of their Scanner.
type Requests struct {
	All   []Request
	Dynos []Asked // that were asked; one can be there more than once
}

// Asked is a dyno that the router named.
type Asked struct {
	Name     []byte // a view into the body
	First    int64  // Nanos of the first request
	Requests int

	key askedKey
}

// askedKey is a dyno's name, with its length in the last byte.
type askedKey struct{ first, rest uint64 }

// Statuses is a set of those from 0 to 999.
type Statuses [1000/64 + 1]uint64

// Add puts a status into the set.
func (s *Statuses) Add(status int) { s[status/64] |= 1 << (status % 64) }

// Has says whether a status is in the set.
func (s *Statuses) Has(status int) bool {
	return uint(status) < 1000 && s[status/64]>>(status%64)&1 != 0
}

const (
	maxAsked  = 15        // bytes of a dyno's name
	maxAside  = 4096      // requests; what is beyond costs a little more
	askedBits = 8         // of a hash of a name
	maxMillis = 1<<16 - 1 // of connect=
)

// aside is what Sift has set aside.
type aside struct {
	Requests
	recent [1 << askedBits]uint16 // for some dynos, their place, by a hash of the name
}

func (a *aside) reset() {
	clear(a.Dynos) // their names would keep the old body alive
	a.All, a.Dynos = a.All[:0], a.Dynos[:0]
}

// Sift does what Scan does, but for usual requests of certain statuses: these it sets aside, for Requests,
// and goes on to the next frame. Which requests are usual depends on the processor, too.
func (s *Scanner) Sift(statuses *Statuses) bool {
	return s.scanSeen(statuses) || s.scanUsual() || s.scanAny()
}

// Requests are those set aside since Reset.
func (s *Scanner) Requests() *Requests { return &s.aside.Requests }

// setAside does that with the request that was cut last, if it is one of those that may.
func (s *Scanner) setAside(statuses *Statuses) bool {
	c, a := &s.cuts, &s.aside
	text := s.body[s.start+int(s.cut.text):]
	size := c.methodEnd - s.cut.text - methodAt
	if size >= 8 || c.connect > maxMillis || len(a.All) >= maxAside || !statuses.Has(int(c.status)) {
		return false
	}
	method := methodOf(load(text[methodAt:])&(1<<(8*size)-1) | uint64(size)<<56)
	if method == MethodOther {
		return false
	}
	name := s.body[s.start+int(c.dyno):]
	length := c.dynoEnd - c.dyno
	if length-1 >= maxAsked {
		return false
	}
	key := askedKey{load(name), uint64(length) << 56}
	if length > 8 {
		key.rest |= load(name[8:]) & (1<<(8*(length-8)) - 1)
	} else {
		key.first &= 1<<(8*length) - 1
	}
	place := a.place(key)
	if place == len(a.Dynos) {
		a.Dynos = append(a.Dynos, Asked{Name: name[:length:length], First: s.line.Nanos, key: key})
	}
	a.Dynos[place].Requests++
	a.All = append(a.All, Request{
		Nanos: s.line.Nanos, Service: uint32(c.service), Bytes: uint32(c.bytes),
		Connect: uint16(c.connect), Status: uint16(c.status), Dyno: uint16(place), Method: method,
	})
	return true
}

// place returns where a dyno is, or is to be.
func (a *aside) place(key askedKey) int {
	recent := &a.recent[(key.first+key.rest)*spread>>(64-askedBits)]
	if i := int(*recent); i < len(a.Dynos) && a.Dynos[i].key == key {
		return i
	}
	*recent = uint16(len(a.Dynos))
	return len(a.Dynos)
}
