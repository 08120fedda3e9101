package ingest

import "time"

// frameKey stands for an app and a frame id. The zero key stands for no frame id.
type frameKey [2]uint64

// recent remembers the newest keys that were accepted: a ring in the order of acceptance, and a set
// of what is in it. 65,536 keys take about 4 MiB.
type recent struct {
	limit int
	ring  []acceptance
	next  int // where the oldest is, once the ring is full
	keys  map[frameKey]struct{}
}

type acceptance struct {
	key frameKey
	at  int64 // Unix nanoseconds
}

func newRecent(limit int) *recent {
	return &recent{limit: limit, keys: make(map[frameKey]struct{})}
}

func (r *recent) has(key frameKey) bool {
	_, ok := r.keys[key]
	return ok
}

// add remembers a key that it doesn't have yet. Where that pushes out the oldest, it returns how
// long that one was remembered.
func (r *recent) add(key frameKey, at time.Time) (age time.Duration, evicted bool) {
	entry := acceptance{key, at.UnixNano()}
	r.keys[key] = struct{}{}
	if len(r.ring) < r.limit {
		r.ring = append(r.ring, entry)
		return 0, false
	}
	oldest := r.ring[r.next]
	delete(r.keys, oldest.key)
	r.ring[r.next] = entry
	r.next = (r.next + 1) % r.limit
	return time.Duration(entry.at - oldest.at), true
}
