package logmetrics

import (
	"encoding/binary"
	"hash/maphash"
)

// nameKey stands for a dyno's name. Up to maxShort bytes it is the name, with its length in the last
// byte. In a batch the key of a longer one says where the batch has it; elsewhere it is a hash.
type nameKey struct{ first, rest uint64 }

const (
	maxShort = 15
	longMark = 0xff << 56
)

func (k nameKey) isNone() bool { return k.rest == 0 }
func (k nameKey) isLong() bool { return k.rest >= longMark }

// shortKey makes a name's key of its length and up to maxShort bytes of it, the first lowest. It reads
// several at once, some of them twice.
func shortKey(name []byte) nameKey {
	n := min(len(name), maxShort)
	size := uint64(n) << 56
	le := binary.LittleEndian
	switch {
	case n >= 8:
		return nameKey{le.Uint64(name), le.Uint64(name[n-8:])>>(8*(16-n)) | size}
	case n >= 4:
		return mediumKey(name)
	case n > 0:
		return nameKey{uint64(name[0]) | uint64(name[n/2])<<(8*(n/2)) | uint64(name[n-1])<<(8*(n-1)), size}
	}
	return nameKey{}
}

// mediumKey is shortKey of 4 to 7 bytes: web.1 to web.999.
func mediumKey(name []byte) nameKey {
	n, le := len(name), binary.LittleEndian
	return nameKey{uint64(le.Uint32(name)) | uint64(le.Uint32(name[n-4:]))<<(8*(n-4)), uint64(n) << 56}
}

// names has the long names of one batch.
type names struct{ long []byte }

// key makes a name's key, and keeps what the key can't.
func (s *names) key(name []byte) nameKey {
	if 4 <= len(name) && len(name) < 8 { // most are, and need no other call
		return mediumKey(name)
	}
	if len(name) <= maxShort {
		return shortKey(name)
	}
	s.long = append(s.long, name...)
	return nameKey{uint64(len(s.long)), longMark | uint64(len(name))}
}

// text returns a key's name, in buf where it is short.
func (s *names) text(k nameKey, buf *[16]byte) []byte {
	if k.isLong() {
		return s.long[k.first-k.rest&^longMark : k.first]
	}
	binary.LittleEndian.PutUint64(buf[:], k.first)
	binary.LittleEndian.PutUint64(buf[8:], k.rest)
	return buf[:k.rest>>56]
}

// nameHash hashes names at random: nobody can make some up that collide.
type nameHash struct {
	seed        maphash.Seed
	first, rest uint64 // odd
}

func newNameHash() *nameHash {
	seed := maphash.MakeSeed()
	return &nameHash{seed, maphash.String(seed, "first") | 1, maphash.String(seed, "rest") | 1}
}

func (h *nameHash) sum(k nameKey) uint64 { return k.first*h.first + k.rest*h.rest }

// key makes the key of a name outside a batch.
func (h *nameHash) key(name []byte) nameKey {
	if len(name) <= maxShort {
		return shortKey(name)
	}
	return nameKey{maphash.Bytes(h.seed, name), longMark | uint64(len(name))}
}
