package parser

// cut is what cutHead finds in a frame: one of heads, and places in the body.
type cut struct {
	head            *head
	host, text, end int // the text ends before its newline
}

// cutHead finds the next frame's header among heads, and moves s past the frame. Of the Line it sets the
// time. It returns false, and nothing has changed, where the header is another, or anything is unusual:
// the minute isn't the clock's, the fraction has less than five digits.
//
//go:noescape
func cutHead(s *Scanner, c *cut) bool

// scanSeen does what Scan does, for a frame whose header is among heads. It returns false where it is
// not, or where anything is unusual; nothing has changed then.
func (s *Scanner) scanSeen() bool {
	var c cut
	if !canCut || !cutHead(s, &c) {
		return false
	}
	l, h := &s.line, c.head
	if l.Kind != KindRouter || h.kind != KindRouter { // else the request overwrites it all
		l.forget()
	}
	p := (*[appAt - hostAt + 32]byte)(s.body[c.host:])
	const app = appAt - hostAt
	proc := app + int(h.app&7) + 1
	l.Pri, l.Fault = int(h.pri), FaultNone
	l.Host, l.App, l.Proc, l.Type = p[:app-1], p[app:proc-1], p[proc:proc+int(h.proc&31)], nil
	if h.typ > 0 {
		l.Type = p[proc : proc+int(h.typ&31)]
	}
	l.speak(s.body, h.kind, c.text, c.end)
	return true
}
