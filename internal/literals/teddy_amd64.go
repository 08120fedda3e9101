package literals

import "golang.org/x/sys/cpu"

// hasTeddy says whether the processor can do what next does.
func hasTeddy() bool { return cpu.X86.HasAVX2 }

// next looks at the places of the text at p, thirty-two at a time, from the one at from on. It returns
// where the first thirty-two begin in which a place suits some bucket, and a bit for each such place;
// no bits if there are none. They begin at last at most, and so last+span bytes must be there; places
// before from, which those at last may have, get no bit.
//
//go:noescape
func next(m *masks, p *byte, from, last int) (at int, places uint32)
