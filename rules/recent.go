package rules

import (
	"encoding/binary"
	"math/bits"
)

// recent remembers the newest ids, so that judging an Observation twice changes nothing. The zero
// value is empty. It is a hash table of its own, of chains through a ring: each delivery adds an id and
// forgets another. Places in the ring count from 1; 0 is none.
type recent struct {
	ring   []recentID
	next   int        // the index of the oldest, once the ring is full
	chains [512]uint8 // the place of the newest id of each chain; so many that most have none
}

type recentID struct {
	id    uint64
	older uint8 // the next place in its chain
}

// maxRecent is how many ids an Engine keeps. Repeats are told apart in ingest already; this is for a
// delivery that reaches an Engine twice, which happens within moments. A place fits a byte.
const maxRecent = 255

// add says whether id is new.
func (r *recent) add(id uint64) bool {
	chain := r.chain(id)
	for at := *chain; at != 0; at = r.ring[at-1].older {
		if r.ring[at-1].id == id {
			return false
		}
	}
	if len(r.ring) < maxRecent {
		r.ring = append(r.ring, recentID{id, *chain})
		*chain = uint8(len(r.ring))
		return true
	}
	at := uint8(r.next + 1)
	r.forget(at)
	r.ring[r.next] = recentID{id, *chain}
	*chain = at
	r.next = (r.next + 1) % maxRecent
	return true
}

func (r *recent) chain(id uint64) *uint8 { return &r.chains[id%uint64(len(r.chains))] }

// forget takes the oldest id, which is at a place, from the end of its chain.
func (r *recent) forget(at uint8) {
	link := r.chain(r.ring[at-1].id)
	for *link != at {
		link = &r.ring[*link-1].older
	}
	*link = 0
}

// list is the ids, the oldest first.
func (r *recent) list() []uint64 {
	out := make([]uint64, 0, len(r.ring))
	for i := range r.ring {
		out = append(out, r.ring[(r.next+i)%len(r.ring)].id)
	}
	return out
}

// hash spreads an id over 64 bits, the same in every process.
func hash(id string) uint64 {
	text, h := view(id), uint64(len(id))
	for ; len(text) >= 8; text = text[8:] {
		h = mix(h ^ binary.LittleEndian.Uint64(text))
	}
	for _, c := range text {
		h = mix(h ^ uint64(c))
	}
	return h
}

func mix(h uint64) uint64 {
	high, low := bits.Mul64(h^spread, spread)
	return high ^ low
}
