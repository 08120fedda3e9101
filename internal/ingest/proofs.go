package ingest

import (
	"crypto/subtle"
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// proofs remembers Authorization headers that were right, so that a sender's next POST costs a hash of
// a few nanoseconds and not a decoding and a SHA-256. Passwords never change in a process, so what was
// right stays right.
//
// It tells nobody a secret by how long it takes: which slot is looked at, and whether it is compared
// with at all, depends on a hash under a random seed, and bytes are compared in constant time.
type proofs struct {
	seed  maphash.Seed
	slots *[proofSlots]atomic.Pointer[proof]
}

// proofSlots is how many headers can be remembered. Two that fall on one slot push each other out,
// and are examined again each time.
const proofSlots = 4096

type proof struct {
	sum           uint64
	authorization string
	app           string // whose own password it is, where own
	own           bool
}

func newProofs() proofs {
	return proofs{seed: maphash.MakeSeed(), slots: new([proofSlots]atomic.Pointer[proof])}
}

func (p *proofs) hash(authorization string) uint64 { return maphash.String(p.seed, authorization) }

// find returns the proof of a header, given with its hash; nil if there is none.
func (p *proofs) find(sum uint64, authorization string) *proof {
	known := p.slots[sum%proofSlots].Load()
	if known == nil || known.sum != sum ||
		subtle.ConstantTimeCompare([]byte(known.authorization), []byte(authorization)) == 0 {
		return nil
	}
	return known
}

// add remembers a header that was right. The strings may be views of a whole request.
func (p *proofs) add(sum uint64, authorization, app string, own bool) {
	if len(authorization) > maxCredentials {
		return // blanks around a password could make it as long as a header may be
	}
	known := &proof{sum: sum, authorization: strings.Clone(authorization), own: own}
	if own {
		known.app = strings.Clone(app)
	}
	p.slots[sum%proofSlots].Store(known)
}
