package ingest

import (
	"math/bits"
	"time"
)

// frameKey stands for an app and a frame id. The zero key stands for no frame id.
type frameKey [2]uint64

// recent remembers the newest keys that were accepted: a ring in the order of acceptance, and a hash
// table of places in it. 65,536 keys take 2.5 MiB. Finding a key that is not there, as nearly none is,
// looks at one cache line.
type recent struct {
	limit int
	keys  []frameKey // the ring
	ring  []int64    // of the same places: when the key was accepted, Unix nanoseconds
	next  int        // where the oldest is, once the ring is full

	// slots is open-addressed with linear probing: a key is between its home and the next empty slot.
	slots []slot // a power of two, at least twice the limit
}

// slot is one place of the table.
type slot struct {
	hash  uint32 // of the key: its low bits are the home
	place uint32 // in the ring, plus one; 0 in an empty slot
}

func newRecent(limit int) *recent {
	return &recent{
		limit: limit,
		keys:  make([]frameKey, 0, limit),
		ring:  make([]int64, 0, limit),
		slots: make([]slot, 1<<bits.Len(uint(2*limit-1))),
	}
}

func (k frameKey) hash() uint32 { return uint32((k[0] + k[1]) * 0x9e3779b97f4a7c15 >> 32) }

// find returns the slot that holds key, or the empty one where it would go.
func (r *recent) find(key frameKey) int {
	hash, mask := key.hash(), len(r.slots)-1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		s := r.slots[i]
		if s.place == 0 || s.hash == hash && r.keys[s.place-1] == key {
			return i
		}
	}
}

func (r *recent) has(key frameKey) bool { return r.slots[r.find(key)].place != 0 }

// add remembers a key that it doesn't have yet. Where that pushes out the oldest, it returns how
// long that one was remembered.
func (r *recent) add(key frameKey, at time.Time) (age time.Duration, evicted bool) {
	now := at.UnixNano()
	place := len(r.keys)
	if place < r.limit {
		r.keys, r.ring = append(r.keys, key), append(r.ring, now)
	} else {
		place = r.next
		r.next = (r.next + 1) % r.limit
		r.remove(r.find(r.keys[place]))
		age, evicted = time.Duration(now-r.ring[place]), true
		r.keys[place], r.ring[place] = key, now
	}
	r.slots[r.find(key)] = slot{hash: key.hash(), place: uint32(place + 1)}
	return age, evicted
}

// remove empties slot i. What was probed past it moves up, or it could no longer be found.
func (r *recent) remove(i int) {
	mask := len(r.slots) - 1
	for j := (i + 1) & mask; r.slots[j].place != 0; j = (j + 1) & mask {
		home := int(r.slots[j].hash) & mask
		if (j-home)&mask >= (j-i)&mask { // i is on its way from home
			r.slots[i] = r.slots[j]
			i = j
		}
	}
	r.slots[i] = slot{}
}
