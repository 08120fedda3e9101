package parser

// clock reads TIMESTAMPs as Logplex writes them: "2026-11-22T20:00:02.898551+00:00". It remembers the
// last minute, which most lines of a body share.
type clock struct {
	text  [32]byte // "2026-11-22T20:00:00.000000"
	nanos int64    // when that minute began, since the Unix epoch
}

// newClock returns a clock that remembers the epoch. One that remembered nothing would take zeros for its minute.
func newClock() (c clock) {
	copy(c.text[:], "1970-01-01T00:00:00.000000")
	return c
}

// stamp is a TIMESTAMP, the space behind it and one byte more.
type stamp [34]byte

// read returns the time, and how long it is with the space. N is 0 unless it is in UTC, written
// "+00:00", and has no more than six digits of a fraction.
func (c *clock) read(b *stamp) (nanos int64, n int) {
	if (load(b[0:]) != load(c.text[0:]) || load(b[8:]) != load(c.text[8:])) && !c.learn(b) {
		return 0, 0
	}
	fraction, n := load(b[20:]), len("2026-11-22T20:00:02.898551")
	if b[19] != '.' || load(b[n:])<<8 != word("\x00+00:00 ") {
		if fraction, n = padFraction(b); n == 0 {
			return 0, 0
		}
	}
	w := load(b[16:])>>8&0xFFFF | fraction<<16 // "02898551"
	if b[16] != ':' || b[17] > '5' || markNonDigits(w) != 0 {
		return 0, 0
	}
	return c.nanos + int64(decimal(w, 8))*1000, n + len("+00:00 ")
}

// learn remembers the minute that b begins with.
func (c *clock) learn(b *stamp) bool {
	next := clock{}
	n := copy(next.text[:], b[:len("2026-11-22T20:00")])
	n += copy(next.text[n:], ":00.000000")
	var ok bool
	if next.nanos, ok = parseTime(append(append(make([]byte, 0, 32), next.text[:n]...), 'Z')); ok {
		*c = next
	}
	return ok
}

// padFraction returns a fraction of up to five digits with the zeros behind it that Logplex leaves
// out, and where the offset begins; n is 0 if it is no such fraction.
func padFraction(b *stamp) (fraction uint64, n int) {
	n, places := len("2026-11-22T20:00:02"), 0
	if b[n] == '.' {
		if places = digits(load(b[n+1:])); places == 0 || places > 5 {
			return 0, 0
		}
		n += 1 + places
	}
	if load(b[n:])<<8 != word("\x00+00:00 ") {
		return 0, 0
	}
	s := 8 * places
	return load(b[20:])&(1<<s-1) | '0'*each<<s, n
}
