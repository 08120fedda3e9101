package logmetrics

import (
	"math/bits"
	"unicode/utf8"

	"drain/parser"
)

// dyno is one dyno's part of an app, or that of all one-off dynos of a type.
type dyno struct {
	key     nameKey // of the label
	last    int64   // Unix nanoseconds: the last batch that named it
	served  bool    // the router has named it, so its classes are shown
	gone    bool    // swept
	gauged  uint8   // a bit for each gauge that was ever set
	classes [len(classes)]uint64
	series  int
	name    string // label values
	process string
	gauges  [dynoGauges]gauge
}

// dynoLabel is the label value of a dyno's name. One-off dynos get a new number each time, so they go
// by their type.
func dynoLabel(name []byte) string {
	if typ := oneOff(name); typ != "" {
		return typ
	}
	return clean(string(name), maxDynoLabel)
}

// oneOff returns the type of a one-off dyno; "" of any other.
func oneOff(name []byte) string {
	typ, _ := parser.Dyno(name)
	return parser.OneOff(typ)
}

// processOf is the process type in a dyno's label value.
func processOf(label string) string {
	if typ, ok := parser.Dyno([]byte(label)); ok {
		return string(typ)
	}
	return label // a one-off dyno's, or a name in a form not known
}

// dynos are an app's dynos by label, under the app's lock. It is a hash table of its own: each router
// line names a dyno, and with thousands of them what counts is how little memory is looked at to find
// one. No string is made for it.
type dynos struct {
	hash    *nameHash
	entries []dynoEntry // a power of two, at least twice as many as dynos; probed one after another
	shift   uint8       // what leaves of a hash the number of an entry
	n       int
}

type dynoEntry struct {
	key  nameKey
	dyno *dyno // nil in an empty entry
}

const firstEntries = 16

func newDynos(hash *nameHash) dynos {
	return dynos{hash: hash, entries: make([]dynoEntry, 2), shift: 63}
}

// short returns the dyno whose label is a batch's short name; nil if there is none.
func (t *dynos) short(key nameKey) *dyno {
	if key.isLong() {
		return nil
	}
	entries := t.entries
	for i := t.home(key); ; i++ {
		if e := &entries[i&uint64(len(entries)-1)]; e.key == key || e.dyno == nil {
			return e.dyno
		}
	}
}

// home is the entry where a key should be.
func (t *dynos) home(key nameKey) uint64 { return t.hash.sum(key) >> (t.shift & 63) }

// labelled returns the dyno with a label; nil if there is none.
func (t *dynos) labelled(label []byte) *dyno {
	key, mask := t.hash.key(label), uint64(len(t.entries)-1)
	for i := t.home(key); ; i++ {
		if e := &t.entries[i&mask]; e.dyno == nil || e.key == key && e.dyno.name == string(label) {
			return e.dyno
		}
	}
}

// named returns the dyno that a name belongs to; nil if there is none.
func (t *dynos) named(name []byte) *dyno {
	if typ := oneOff(name); typ != "" {
		return t.labelled([]byte(typ))
	}
	if len(name) > maxDynoLabel || !utf8.Valid(name) {
		return t.labelled([]byte(dynoLabel(name)))
	}
	return t.labelled(name)
}

// add makes the dyno of a name that has none.
func (t *dynos) add(name []byte) *dyno {
	label := dynoLabel(name)
	d := &dyno{key: t.hash.key([]byte(label)), name: label, process: processOf(label)}
	if 2*(t.n+1) > len(t.entries) {
		t.rebuild(t.n + 1)
	}
	t.place(d)
	return d
}

func (t *dynos) place(d *dyno) {
	mask := uint64(len(t.entries) - 1)
	i := t.home(d.key)
	for t.entries[i].dyno != nil {
		i = (i + 1) & mask
	}
	t.entries[i] = dynoEntry{d.key, d}
	t.n++
}

// rebuild makes a table with room for n dynos and as many again, out of those that are not marked gone.
func (t *dynos) rebuild(n int) {
	old := t.entries
	size := max(firstEntries, 1<<bits.Len(uint(4*n-1)))
	t.entries, t.shift, t.n = make([]dynoEntry, size), uint8(64-bits.TrailingZeros(uint(size))), 0
	for _, e := range old {
		if e.dyno != nil && !e.dyno.gone {
			t.place(e.dyno)
		}
	}
}

// all yields the dynos.
func (t *dynos) all(yield func(*dyno) bool) {
	for _, e := range t.entries {
		if e.dyno != nil && !yield(e.dyno) {
			return
		}
	}
}

// sweep drops the dynos not named since then. It returns how many series they had.
func (t *dynos) sweep(since int64) (series int) {
	left := t.n
	for d := range t.all {
		if d.last <= since {
			d.gone = true
			series += d.series
			left--
		}
	}
	if left < t.n {
		t.rebuild(left)
	}
	return series
}
