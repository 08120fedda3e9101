package ingest

import (
	"math/bits"
	"time"
)

// frameKey stands for an app and a frame id: a random hash of both. That it is one of 65,536 others' happens
// once in 10^14 deliveries. The zero key stands for no frame id.
type frameKey uint64

// recent remembers the newest keys that were accepted: a ring in the order of acceptance, and a hash
// table of places in it. 65,536 keys take 1.75 MiB. To find a key that is not there, as nearly none is, or
// to remove one looks at one cache line of the table. Hardly any of it is in a cache, and to fetch one costs as
// much as a line of the log.
type recent struct {
	limit int
	keys  []frameKey // the ring
	ring  []uint32   // of the same places: when the key was accepted, seconds since start
	start time.Time  // of the first key
	next  int        // where the oldest is, once the ring is full

	fetched slot // nobody wants it, but the processor has its cache line

	// slots is open-addressed with linear probing: a key is between its home and the next empty slot.
	slots []slot // a power of two, at least twice the limit
}

// slot is one place of the table: the place in the ring plus one, and above it the key's hash, which tells
// other keys and where they belong without a look at the ring. 0 is an empty slot.
type slot uint64

func slotOf(key frameKey, place int) slot { return slot(key.hash())<<32 | slot(place+1) }

func (s slot) place() int   { return int(uint32(s)) - 1 }
func (s slot) hash() uint32 { return uint32(s >> 32) }

// newRecent remembers limit keys.
func newRecent(limit int) *recent {
	return &recent{
		limit: limit,
		keys:  make([]frameKey, 0, limit),
		ring:  make([]uint32, 0, limit),
		slots: make([]slot, 1<<bits.Len(uint(2*limit-1))),
	}
}

func (k frameKey) hash() uint32 { return uint32(k) }

// find returns the slot that holds key, or the empty one where it would go.
func (r *recent) find(key frameKey) int {
	hash, mask := key.hash(), len(r.slots)-1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		s := r.slots[i]
		if s == 0 || s.hash() == hash && r.keys[s.place()] == key {
			return i
		}
	}
}

// has reports whether key is remembered. It also fetches the cache line where the add that mostly follows
// removes a key: both lines together take as long as one.
func (r *recent) has(key frameKey) bool {
	if len(r.keys) == r.limit {
		r.fetched = r.slots[int(r.keys[r.next].hash())&(len(r.slots)-1)]
	}
	return r.slots[r.find(key)] != 0
}

// add remembers a key that it doesn't have yet. Where that pushes out the oldest, it returns how
// long that one was remembered, to the second.
func (r *recent) add(key frameKey, at time.Time) (age time.Duration, evicted bool) {
	place := len(r.keys)
	if place == 0 {
		r.start = at
	}
	now := uint32(max(0, at.Sub(r.start)/time.Second))
	if place < r.limit {
		r.keys, r.ring = append(r.keys, key), append(r.ring, now)
	} else {
		place = r.next
		r.next = (r.next + 1) % r.limit
		r.remove(r.find(r.keys[place]))
		age, evicted = time.Duration(int64(now)-int64(r.ring[place]))*time.Second, true
		r.keys[place], r.ring[place] = key, now
	}
	r.slots[r.find(key)] = slotOf(key, place)
	return age, evicted
}

// remove empties slot i. What was probed past it moves up, or it could no longer be found.
func (r *recent) remove(i int) {
	mask := len(r.slots) - 1
	for j := (i + 1) & mask; r.slots[j] != 0; j = (j + 1) & mask {
		home := int(r.slots[j].hash()) & mask
		if (j-home)&mask >= (j-i)&mask { // i is on its way from home
			r.slots[i] = r.slots[j]
			i = j
		}
	}
	r.slots[i] = 0
}
