package parser

// MaxFrame is the longest line taken, in bytes. Logplex itself takes 10,240 at most (heroku/logplex,
// SYSLOG_MAX_SIZE).
const MaxFrame = 64 << 10

// Scanner walks the frames of one body. The zero Scanner has an empty body.
type Scanner struct {
	body   []byte
	next   int // where the next frame's length is looked for
	start  int // where the last frame's length began, but for those that cutRequest sets aside
	frames int
	line   Line
	clock  clock
	heads  heads
	router *head // of these, the one that a router's line was learnt by last
	cut    cut   // of the last frame whose header was among heads, but for those too
	cuts   cuts  // of the last request that was cut
	lean   bool  // Sieve.Numbers

	requests Requests // set aside
	texts    Texts    // set aside
}

// NewScanner returns a Scanner over body, which must not change while it is used.
func NewScanner(body []byte) *Scanner {
	s := new(Scanner)
	s.Reset(body)
	return s
}

// Reset makes s read another body and keeps its memory, so that a Scanner which is reused allocates
// nothing.
func (s *Scanner) Reset(body []byte) {
	s.body, s.next, s.start, s.frames = body, 0, 0, 0
	if s.router == nil {
		s.router, s.clock = &s.heads[0][0], newClock()
	}
	s.line.reset()
	clear(s.line.Samples[:cap(s.line.Samples)]) // their names would keep the old body alive
	s.requests.reset()
	s.texts.reset()
}

// Scan reads the next frame into Line. It returns true for every frame, also for a bad one, which
// Line().Fault tells; and false at the end of the body. A length that can't be read, or one beyond
// the end of the body, is the last frame: its Fault is FaultLength or FaultTruncated.
// Whitespace between frames belongs to none.
func (s *Scanner) Scan() bool {
	return s.Sift(&Sieve{}) // which lets nothing be set aside
}

// scanAny does what Scan does for every frame.
func (s *Scanner) scanAny() bool {
	s.line.reset()
	rest := skipSpace(s.body[s.next:])
	s.start = len(s.body) - len(rest)
	if len(rest) == 0 {
		s.next = len(s.body)
		return false
	}
	s.frames++
	n, rest, fault := cutLength(rest)
	switch {
	case fault != FaultNone:
		s.next = len(s.body)
		s.line.bad(fault, rest)
	case n > len(rest):
		s.next = len(s.body)
		s.line.parse(rest)
		s.line.spoil(FaultTruncated)
	default:
		s.next = len(s.body) - len(rest) + n
		s.line.parse(rest[:n])
	}
	return true
}

// Line is what Scan or Sift read. It is valid until the next call to one of them or Reset.
func (s *Scanner) Line() *Line { return &s.line }

// Frames counts the frames so far, bad ones and those set aside included.
func (s *Scanner) Frames() int { return s.frames }

// Offset is where in the body the Line's frame begins: at its length.
func (s *Scanner) Offset() int { return s.start }

// cutLength takes a frame's length and the space behind it off the front of b. A leading zero is
// refused as RFC 6587 does, since it hints at text that is no length; "0 " alone is an empty frame
// and does no harm.
func cutLength(b []byte) (n int, rest []byte, fault Fault) {
	const maxDigits = 9
	n, rest, ok := cutDigits(b, maxDigits)
	switch {
	case !ok, b[0] == '0' && len(b)-len(rest) > 1:
		return 0, b, FaultLength
	case len(rest) == 0:
		return 0, b, FaultTruncated
	case rest[0] != ' ':
		return 0, b, FaultLength
	}
	return n, rest[1:], FaultNone
}
