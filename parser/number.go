package parser

import (
	"math"
	"strconv"
)

// pow10 holds the powers of ten that float64 holds exactly.
var pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseQuantity reads a number with its unit and turns it into base units: bytes, seconds, ratios,
// counts. Ok is false for anything else, also for no number at all or one beyond float64.
func parseQuantity(b []byte) (v float64, ok bool) {
	n := numberLen(b)
	scale, shift, ok := unit(b[n:])
	if !ok {
		return 0, false
	}
	v, ok = parseDecimal(b[:n], shift)
	v *= scale
	return v, ok && !math.IsInf(v, 0)
}

// unit tells what a number with that unit is to be multiplied by: scale × 10^-shift. Heroku's kB is
// 1024 bytes: memory-total=16167800kB is what the kernel calls kB.
func unit(b []byte) (scale float64, shift int, ok bool) {
	switch string(b) {
	case "", "bytes", "B", "pages", "s":
		return 1, 0, true
	case "kB", "KB", "K", "k":
		return 1 << 10, 0, true
	case "MB", "M":
		return 1 << 20, 0, true
	case "GB", "G":
		return 1 << 30, 0, true
	case "TB", "T":
		return 1 << 40, 0, true
	case "%":
		return 1, 2, true
	case "ms":
		return 1, 3, true
	}
	return 0, 0, false
}

// numberLen is how much of the front of b is a decimal number, with at least one digit before any
// exponent; 0 if nothing is.
func numberLen(b []byte) int {
	n := 0
	if n < len(b) && (b[n] == '-' || b[n] == '+') {
		n++
	}
	whole := digitsLen(b[n:])
	n += whole
	if n < len(b) && b[n] == '.' {
		fraction := digitsLen(b[n+1:])
		n += 1 + fraction
		whole += fraction
	}
	if whole == 0 {
		return 0
	}
	if n < len(b) && b[n]|0x20 == 'e' {
		e := n + 1
		if e < len(b) && (b[e] == '-' || b[e] == '+') {
			e++
		}
		if digits := digitsLen(b[e:]); digits > 0 {
			n = e + digits
		}
	}
	return n
}

func digitsLen(b []byte) int {
	n := 0
	for n < len(b) && isDigit(b[n]) {
		n++
	}
	return n
}

// parseDecimal reads a number × 10^-shift. Shifting the point before rounding makes 170.1 % the
// float64 nearest to 1.701, which a division afterwards would miss.
func parseDecimal(b []byte, shift int) (v float64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	mantissa, places, point := uint64(0), 0, false
	for _, c := range b {
		switch {
		case c == '.':
			point = true
		case isDigit(c) && mantissa < 1<<49: // ten times that and a digit is below 2^53, so exact
			mantissa = mantissa*10 + uint64(c-'0')
			if point {
				places++
			}
		default:
			return parseDecimalSlow(b, shift)
		}
	}
	if shift+places >= len(pow10) {
		return parseDecimalSlow(b, shift)
	}
	return float64(mantissa) / pow10[shift+places], true // both exact, so rounded once
}

// parseDecimalSlow takes signs, exponents and more digits than float64 has.
func parseDecimalSlow(b []byte, shift int) (v float64, ok bool) {
	// Up to 32 bytes the conversion stays on the stack. No sender writes longer numbers.
	if len(b) > 32 {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v / pow10[shift], err == nil
}

// parseCount reads a whole number; ok is false for anything else and beyond 18 digits.
func parseCount(b []byte) (n int, ok bool) {
	n, rest, ok := cutDigits(b, 18)
	return n, ok && len(rest) == 0
}
