package logmetrics

// maxNames is how many names a table holds in one batch. With more than maxKept of them it starts anew.
const maxNames = 2 * maxKept

// table has the tallies of one batch by name. It keeps the names from batch to batch, so that a name
// is made into a label once and not on every line.
type table[T any] struct {
	label   func(name []byte) string
	names   map[string]*row[T]
	touched []*row[T]
	refused int // how often there was no room for a name
}

type row[T any] struct {
	name    string
	label   string
	touched bool
	tally   T
}

func newTable[T any](label func(name []byte) string) table[T] {
	return table[T]{label: label, names: make(map[string]*row[T])}
}

// find returns the tally of a name, or nil where there are too many names.
func (t *table[T]) find(name []byte) *T {
	r := t.row(name)
	if r == nil {
		return nil
	}
	t.touch(r)
	return &r.tally
}

// row returns the row of a name, or nil where there are too many names.
func (t *table[T]) row(name []byte) *row[T] {
	r := t.names[string(name)]
	if r == nil {
		if len(t.names) >= maxNames {
			t.refused++
			return nil
		}
		r = &row[T]{name: string(name), label: t.label(name)}
		t.names[r.name] = r
	}
	return r
}

// touch makes r one of this batch.
func (t *table[T]) touch(r *row[T]) {
	if !r.touched {
		r.touched = true
		t.touched = append(t.touched, r)
	}
}

func (t *table[T]) reset() {
	if len(t.touched) == 0 {
		return // where there is no room for a name either, those before it took it in this batch
	}
	var zero T
	for _, r := range t.touched {
		r.touched = false
		r.tally = zero
	}
	clear(t.touched) // rows that are dropped below must not be kept alive by it
	t.touched, t.refused = t.touched[:0], 0
	if len(t.names) > maxKept {
		clear(t.names)
	}
}
