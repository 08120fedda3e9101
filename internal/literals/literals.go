package literals

import (
	"bytes"
	"unsafe"
)

// Literal is a text to look for. It must not be empty.
type Literal struct {
	Text  string
	Fold  bool // without regard to the case of ASCII letters
	Owner int  // what Find reports, 0 or more; a literal may have several, and an owner several literals
}

// literal is a text that one or more owners look for.
type literal struct {
	text   string // lower-case if fold
	fold   bool
	owners []int
}

// Finder says whose literals are in a text.
type Finder struct{ search }

// search is a way to find literals. Find reports to no one if found is nil.
type search interface {
	has(text []byte) bool
	find(text []byte, found []uint64) bool
}

// plain is the search without teddy.
type plain struct {
	alone []*literal // the short ones, looked for one by one
	sieve *sieve     // and the others; nil if there are none
}

// Compile returns a Finder of the literals, nil if there are none.
func Compile(list []Literal) *Finder {
	literals := merge(list)
	if len(literals) == 0 {
		return nil
	}
	if hasTeddy() {
		if t := newTeddy(literals); t != nil {
			return &Finder{t}
		}
	}
	return &Finder{plan(literals)}
}

// merge makes one of the same literal of several owners.
func merge(list []Literal) []*literal {
	type key struct {
		text string
		fold bool
	}
	known := make(map[key]*literal)
	var out []*literal
	for _, of := range list {
		k := key{of.Text, of.Fold}
		if of.Fold {
			k.text = Lower(of.Text)
		}
		l := known[k]
		if l == nil {
			l = &literal{text: k.text, fold: k.fold}
			known[k] = l
			out = append(out, l)
		}
		l.owners = append(l.owners, of.Owner)
	}
	return out
}

// Has says whether any of the literals is in text. It costs less than Find.
func (f *Finder) Has(text []byte) bool { return f.has(text) }

// Find adds to found, a bit each, the owners one of whose literals is in text, and says whether there
// are any. Found must have a bit for the greatest owner.
func (f *Finder) Find(text []byte, found []uint64) bool { return f.find(text, found) }

func (p *plain) has(text []byte) bool { return p.find(text, nil) }

func (p *plain) find(text []byte, found []uint64) bool {
	some := false
	for _, l := range p.alone {
		if l.in(text) {
			l.report(found)
			some = true
		}
	}
	if p.sieve != nil && p.sieve.find(text, found) {
		some = true
	}
	return some
}

func (l *literal) report(found []uint64) {
	if found == nil {
		return
	}
	for _, owner := range l.owners {
		found[owner/64] |= 1 << (owner % 64)
	}
}

// at says whether the literal stands at text[i:]. Any i will do.
func (l *literal) at(text []byte, i int) bool {
	if i < 0 || i > len(text)-len(l.text) {
		return false
	}
	text = text[i : i+len(l.text)]
	if l.fold {
		return equalFold(text, l.text)
	}
	return string(text) == l.text
}

// in says whether the literal is in text.
func (l *literal) in(text []byte) bool {
	if l.fold {
		return ContainsFold(text, l.text)
	}
	return bytes.Contains(text, view(l.text))
}

// view is a string's bytes without a copy; they must not be written to.
func view(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
