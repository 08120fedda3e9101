package literals

import "encoding/binary"

// spot is a window's place in a literal.
type spot struct {
	*literal
	end int // where the window ends
}

// beside is what all literals with a window have next to it. Most of what is a window by chance, in
// another word, is told by that.
type beside struct {
	ahead       int    // from the window's end to the eight bytes that are looked at
	bytes, care uint64 // what they must be but for the case of letters, and which of them matter
}

// newBeside chooses the bytes of which most matter, near the window and not in it.
func newBeside(spots []spot, width int) beside {
	var best beside
	most := 0
	for ahead := -width - load; ahead <= 0; ahead++ {
		b := beside{ahead: ahead}
		n := 0
		for i := range load {
			at := ahead + i
			if at >= -width && at < 0 {
				continue
			}
			if c, same := common(spots, at); same {
				b.bytes |= uint64(c) << (8 * i)
				b.care |= 0xff << (8 * i)
				n++
			}
		}
		if n > most {
			best, most = b, n
		}
	}
	return best
}

// common returns the byte that all spots have so far ahead of their window's end.
func common(spots []spot, ahead int) (c byte, same bool) {
	for i, s := range spots {
		at := s.end + ahead
		if at < 0 || at >= len(s.text) {
			return 0, false
		}
		this := s.text[at] | lowerCase
		if i > 0 && this != c {
			return 0, false
		}
		c = this
	}
	return c, true
}

// allows says whether one of the literals may stand where its window ends at end of text. Near the
// ends of the text it doesn't know.
func (b *beside) allows(text []byte, end uint) bool {
	i := int(end) + b.ahead
	if i < 0 || i+load > len(text) {
		return true
	}
	return (binary.LittleEndian.Uint64(text[i:])|caseBits)&b.care == b.bytes
}

// fork tells many literals with one window apart: four more bytes of the text, at the distance where
// the literals differ most, leave few of them to be compared. Without it an app that writes
// "payment" in each line would pay for each of a thousand rules about payments.
type fork struct {
	spots []spot // to be compared

	ahead int // from the window's end to the four bytes; negative: before it
	next  map[uint32]*fork
	rest  *fork // those that have no such bytes
}

const (
	maxCompared = 8  // a fork costs as much as some comparisons
	maxTried    = 32 // literals looked at to choose a distance, …
	maxAhead    = 40 // … and how far
)

func newFork(spots []spot) *fork {
	if len(spots) <= maxCompared {
		return &fork{spots: spots}
	}
	ahead, kinds := 0, 0
	for d := -maxAhead; d <= maxAhead; d++ {
		seen := make(map[uint32]bool)
		for i := range min(maxTried, len(spots)) {
			// from all over the list, which is in order of length
			if four, ok := spots[i*len(spots)/min(maxTried, len(spots))].four(d); ok {
				seen[four] = true
			}
		}
		if len(seen) > kinds {
			ahead, kinds = d, len(seen)
		}
	}
	if kinds < 2 {
		return &fork{spots: spots}
	}
	groups := make(map[uint32][]spot)
	var rest []spot
	for _, s := range spots {
		if four, ok := s.four(ahead); ok {
			groups[four] = append(groups[four], s)
		} else {
			rest = append(rest, s)
		}
	}
	f := &fork{ahead: ahead, next: make(map[uint32]*fork, len(groups))}
	for four, group := range groups {
		f.next[four] = newFork(group)
	}
	if rest != nil {
		f.rest = newFork(rest)
	}
	return f
}

// four returns the literal's four bytes that begin so far ahead of the window's end.
func (s spot) four(ahead int) (uint32, bool) { return four(view(s.text), s.end+ahead) }

// four is text[i:i+4] without the case of letters.
func four(text []byte, i int) (uint32, bool) {
	if i < 0 || i+4 > len(text) {
		return 0, false
	}
	return binary.LittleEndian.Uint32(text[i:]) | caseBits&0xffffffff, true
}

// find adds to found the owners of the literals that stand in text where its window ends at end.
func (f *fork) find(text []byte, end int, found []uint64) bool {
	some := false
	for _, s := range f.spots {
		if s.at(text, end-s.end) {
			s.report(found)
			some = true
		}
	}
	if f.next != nil {
		if four, ok := four(text, end+f.ahead); ok {
			if next := f.next[four]; next != nil {
				some = next.find(text, end, found) || some
			}
		}
	}
	if f.rest != nil {
		some = f.rest.find(text, end, found) || some
	}
	return some
}
