package parser

import (
	"encoding/binary"
	"math/bits"
)

// A word is eight bytes of text in a uint64, the first in the lowest byte. Lines of the usual forms
// are read a word at a time: a loop over bytes costs a branch a byte, and the one that ends a name or
// a number can't be foreseen. Bytes that are looked for are marked by their highest bit. Behind the
// first mark there may be wrong ones, since the sums carry upwards.

const (
	each  = 0x0101010101010101 // c*each has c in all eight bytes
	highs = 0x80 * each

	each4  = each & 0xFFFFFFFF // the same for half a word
	highs4 = highs & 0xFFFFFFFF
)

// load returns the first word of b, which must have eight bytes.
func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func load4(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// word returns the word of a constant; the compiler makes it a constant too. Texts of less than eight
// bytes are compared with NULs in front: load(b)<<8 == word("\x00method=").
func word(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// mark marks each c in w.
func mark(w uint64, c byte) uint64 {
	x := w ^ uint64(c)*each
	return (x - each) & ^x & highs
}

// before is how many bytes of w stand before the first c; 8 if there is none.
func before(w uint64, c byte) int { return bits.TrailingZeros64(mark(w, c)) / 8 }

// behind is where in w the bytes behind the last c begin; 0 if there is none. After a wrong mark it
// is too far, so what stands before must be compared.
func behind(w uint64, c byte) int { return bits.Len64(mark(w, c)) / 8 }

// markOdd marks bytes that are not from '#' to 0xA2: spaces, quotes and controls among them.
func markOdd(w uint64) uint64 { return (w - '#'*each) & highs }

// markNonDigits marks bytes that are no digits.
func markNonDigits(w uint64) uint64 {
	w ^= '0' * each
	return (w + (0x80-10)*each | w) & highs
}

// digits is how many digits w begins with.
func digits(w uint64) int { return bits.TrailingZeros64(markNonDigits(w)) / 8 }

// letters is how many lower-case letters w begins with.
func letters(w uint64) int {
	return bits.TrailingZeros64((^(w+(0x80-'a')*each)|(w+(0x80-'z'-1)*each)|w)&highs) / 8
}

// decimal is the number that the first n bytes of w are, which must be digits; n is 1 to 8.
func decimal(w uint64, n int) int { return join((w ^ '0'*each) << ((64 - 8*n) & 63)) }

// decimalAtEnd reads the digits that w ends with; from is where they begin, 8 if there are none.
func decimalAtEnd(w uint64) (v, from int) {
	from = bits.Len64(markNonDigits(w)) / 8
	s := 8 * from & 63
	return join((w ^ '0'*each) >> s << s), from
}

// join is the number whose eight digits are the bytes of x.
func join(x uint64) int {
	x = x*10 + x>>8 // each second byte is two digits
	const pairs = 0x000000FF000000FF
	return int((x&pairs*(100+1000000<<32) + x>>16&pairs*(1+10000<<32)) >> 32)
}

// decimal4 reads the digits that w begins with; n is how many there are. Of four there may be more.
func decimal4(w uint32) (v, n int) {
	x := w ^ '0'*each4
	n = bits.TrailingZeros32((x+(0x80-10)*each4|x)&highs4) / 8
	return join4(x << ((32 - 8*n) & 31)), n
}

// decimal4AtEnd reads the digits that w ends with; from is where they begin, 4 if there are none.
func decimal4AtEnd(w uint32) (v, from int) {
	x := w ^ '0'*each4
	from = bits.Len32((x+(0x80-10)*each4|x)&highs4) / 8
	s := 8 * from & 31
	return join4(x >> s << s), from
}

// join4 is the number whose four digits are the bytes of x.
func join4(x uint32) int {
	x = (x*10 + x>>8) & 0x00FF00FF
	return int((x*100 + x>>16) & 0xFFFF)
}
