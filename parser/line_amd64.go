package parser

import (
	"time"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// canCut says whether the processor can do what cutLine, cutRequest and cutMetrics do.
var canCut = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2

// cutLine finds the next frame's header among heads, and moves s past the frame. It sets the Line's time,
// s.start and s.cut. It returns nil, and nothing has changed, where the header is another, or anything is
// unusual: the minute isn't the clock's, or the fraction has less than five digits. A router's line it hands
// to cutRequest before it sets the last two.
//
//go:noescape
func cutLine(s *Scanner, statuses *Statuses) *head

// cutRequest finds the parts of the request whose line cutLine has found, and returns the head that cutLine
// did. It sets what cutLine has left to it, s.cut.request and, of what is a usual request, s.cuts; but if it may
// be set aside, its dyno is known and there is room, it sets it aside and goes on to cutLine. So one call takes
// up to MostRequests lines, of 10 KB at most.
//
// It finds spaces and quotes by 64 bytes at once and reads the four numbers together. It takes the most usual
// alone: texts of leastText bytes and more with at=info, pairs in the router's own order up to protocol=, no
// backslash that matters, and a path from the root; host= of up to 64 bytes, and fwd= of up to 63. Nothing
// outside the 200 bytes before the line's end, and its text, is read.
//
//go:noescape
//lint:ignore U1000 cutLine jumps to it
func cutRequest(s *Scanner, statuses *Statuses) *head

// leastText is how long a text cutRequest takes at least. With the 62 bytes that stand before the shortest, a
// length of two digits included, that makes 200, and so far before the line's end it may read.
//
//lint:ignore U1000 it does
const leastText = 138

// view is n bytes, less than MaxFrame, of a line from a place on. They must be in it, as all are that were
// cut: this looks at no bounds, which would cost half as much again.
//
//go:nocheckptr
func view(line *byte, from, n uint32) []byte {
	n %= MaxFrame
	return (*[MaxFrame]byte)(unsafe.Add(unsafe.Pointer(line), from))[:n:n]
}

// scanSeen does what Scan does, for a frame whose header is among heads; with a sieve, what Sift does. It
// returns false where the header is another, or where anything is unusual; nothing has changed then, but for
// what was set aside.
func (s *Scanner) scanSeen(sieve *Sieve) bool {
	if !canCut {
		return false
	}
	for {
		h := cutLine(s, sieve.Requests)
		if h == nil {
			return false
		}
		request := false
		switch h.kind {
		case KindApp:
			if sieve.Wanted != nil && s.texts.N < MostTexts && !sieve.Wanted(view(&s.body[s.start], s.cut.text, s.cut.end-s.cut.text)) {
				s.setTextAside(h)
				continue
			}
		case KindRouter:
			request = s.cut.request
			if request && sieve.Requests != nil && s.setRequestAside(sieve.Requests) {
				continue
			}
		}
		s.take(h, request)
		return true
	}
}

// take makes the Line of what cutLine found, and of a request that was cut.
func (s *Scanner) take(h *head, request bool) {
	l, c, frame := &s.line, &s.cut, &s.body[s.start]
	if l.Kind != KindApp && (l.Kind != KindRouter || !request) { // a request overwrites another
		l.forget()
	}
	host := c.app - uint32(len("host "))
	app, proc, typ := uint32(h.app), uint32(h.proc), uint32(h.typ)
	l.Pri, l.Fault = int(h.pri), FaultNone
	l.Host, l.App, l.Proc = view(frame, host, uint32(len("host"))), view(frame, c.app, app), view(frame, c.app+app+1, proc)
	if l.Type = nil; typ > 0 {
		l.Type = view(frame, c.app+app+1, typ)
	}
	if request {
		l.takeRequest(frame, int(c.text), &s.cuts)
	} else if h.kind != KindApp {
		l.speak(s.body, h.kind, s.start+int(c.text), s.start+int(c.end), s.lean)
		return
	}
	l.Kind, l.Msg = h.kind, view(frame, c.text, c.end-c.text)
}

// takeRequest sets what a request that was cut says.
func (l *Line) takeRequest(line *byte, text int, c *cuts) {
	r := &l.Router
	if l.Code != nil || r.Desc != nil {
		l.Code, r.Desc = nil, nil
	}
	method := uint32(text) + methodAt
	path := c.methodEnd + uint32(len(` path="`))
	r.Method, r.Path = view(line, method, c.methodEnd-method), view(line, path, c.pathEnd-path)
	r.Dyno = view(line, c.dyno, c.dynoEnd-c.dyno)
	r.RequestID = view(line, c.id, uint32(len("407b828f-ec16-bfef-cff3-25e749e57945")))
	r.Connect, r.Service = time.Duration(c.connect)*time.Millisecond, time.Duration(c.service)*time.Millisecond
	r.Status, r.Bytes, r.Pairs = int(c.status), int64(c.bytes), true
}
