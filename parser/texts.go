package parser

// Texts are what Sift has set aside of what dynos said: when, and who.
type Texts struct {
	N        int
	Nanos    [MostTexts]int64 // their TIMESTAMPs in nanoseconds since the Unix epoch, in their order
	Speakers []Speaker        // a dyno can be there more than once
}

// MostTexts is how many are set aside of one body. Others are lines like any.
const MostTexts = 512

// Speaker is a dyno, as the headers of its lines name it.
type Speaker struct {
	Proc  []byte // PROCID, a view into the body
	Type  []byte // process type
	First int64  // Nanos of its first text
	Texts int

	head *head
}

func (t *Texts) reset() {
	clear(t.Speakers) // their names would keep the old body alive
	t.N, t.Speakers = 0, t.Speakers[:0]
}

// setTextAside does that with a line that has a header.
func (s *Scanner) setTextAside(h *head) {
	t := &s.texts
	t.Nanos[t.N] = s.line.Nanos
	t.N++
	if place := int(h.speaker); place < len(t.Speakers) && t.Speakers[place].head == h {
		t.Speakers[place].Texts++
		return
	}
	s.addSpeaker(h)
}

// addSpeaker adds who said the text set aside last, its first.
func (s *Scanner) addSpeaker(h *head) {
	t := &s.texts
	h.speaker = uint16(len(t.Speakers))
	at := s.start + int(s.cut.app) + int(h.app) + 1
	t.Speakers = append(t.Speakers, Speaker{Proc: s.body[at:][:h.proc], Type: s.body[at:][:h.typ], First: s.line.Nanos, Texts: 1, head: h})
}
