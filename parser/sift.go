package parser

// Sieve says what Sift may set aside.
type Sieve struct {
	Requests *Statuses              // usual requests with one of these statuses; nil: none
	Wanted   func(text []byte) bool // texts of dynos, a Line's Msg, that it says false of; nil: none
	Numbers  bool                   // of metrics lines Numbers are enough: those of the usual form get no Samples
}

// Sift does what Scan does, but for the most usual lines: if the sieve lets it, it sets them aside, for
// Requests and Texts, and goes on to the next frame. Which lines these are depends on the processor, too, and
// on what s has read before.
func (s *Scanner) Sift(sieve *Sieve) bool {
	s.lean = sieve.Numbers
	return s.scanSeen(sieve) || s.scanUsual() || s.scanAny()
}

// Sifts says whether Sift sets anything aside on this processor.
func Sifts() bool { return canCut }

// Requests are those set aside since Reset. They are valid until the next.
func (s *Scanner) Requests() *Requests { return &s.requests }

// Texts are those set aside since Reset. They are valid until the next.
func (s *Scanner) Texts() *Texts { return &s.texts }

// Statuses is a set of those from 0 to 999.
type Statuses [1000/64 + 1]uint64

// Add puts a status into the set.
func (s *Statuses) Add(status int) { s[status/64] |= 1 << (status % 64) }

// Has says whether a status is in the set.
func (s *Statuses) Has(status int) bool {
	return uint(status) < 1000 && s[status/64]>>(status%64)&1 != 0
}
