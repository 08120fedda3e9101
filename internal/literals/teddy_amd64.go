package literals

import "golang.org/x/sys/cpu"

// hasTeddy says whether the processor can do what next does.
func hasTeddy() bool { return cpu.X86.HasAVX2 }

// hasSkip says whether the processor can do what skip does, and well: those without VBMI slow their clock down
// where 512 bits are used.
func hasSkip() bool { return cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI && cpu.X86.HasBMI2 }

// next looks at the places of in, thirty-two at a time, from the one at from on. It returns where the
// first thirty-two begin in which a place suits some bucket, and a bit for each such place; no bits if
// there are none. The last thirty-two end where in does, which must have span bytes at least; places
// before from, which those may have, get no bit.
//
//go:noescape
func next(m *masks, in []byte, from int) (at int, places uint32)

// skip looks at the places of in, sixty-four at a time, and at seven of their eight bytes. It returns where the
// first sixty-four begin in which a place suits some bucket as far as that tells, or the length of in if none
// does.
//
//go:noescape
func skip(m *masks, in []byte) (from int)
