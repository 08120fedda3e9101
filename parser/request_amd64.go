package parser

import (
	"time"

	"golang.org/x/sys/cpu"
)

// canCut says whether the processor can do what cutRequest does.
var canCut = cpu.X86.HasAVX2 && cpu.X86.HasBMI2

// cuts is where in its line the texts of a request are, and its numbers.
type cuts struct {
	bytes, status, service, connect uint32
	methodEnd, pathEnd              uint32
	id                              uint32 // request_id, as long as a UUID
	dyno, dynoEnd                   uint32
}

// cutRequest takes apart the request whose text begins at text, and whose bytes= ends at end, in the
// line. It finds spaces and quotes by 64 bytes at once and reads the four numbers together. False is
// what it says of all but the most usual: at=info, pairs in the router's own order, no backslash that
// matters, a dyno= of up to 15 bytes, fwd= and host= of up to 63. Nothing outside the 88 bytes before
// end, and text to end, is read; end must be at least 128.
//
//go:noescape
func cutRequest(line *byte, text, end int, c *cuts) bool

// parseCut is parseWords by cutRequest.
func (l *Line) parseCut(line []byte, text, end int) bool {
	var c cuts
	if !canCut || end < 128 || !cutRequest(&line[0], text, end, &c) {
		return false
	}
	r := &l.Router
	l.Code, r.Desc = nil, nil
	r.Method = line[text+len("at=info method=") : c.methodEnd]
	r.Path = line[int(c.methodEnd)+len(` path="`) : c.pathEnd]
	r.RequestID = line[c.id:][:len("407b828f-ec16-bfef-cff3-25e749e57945")]
	r.Dyno = line[c.dyno:c.dynoEnd]
	r.Connect, r.Service = time.Duration(c.connect)*time.Millisecond, time.Duration(c.service)*time.Millisecond
	r.Status, r.Bytes, r.Pairs = int(c.status), int64(c.bytes), true
	return true
}
