package literals

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ways are all the ways to find the literals, each with its name. Teddy is missing where the processor
// can't do it, and where it doesn't want these literals.
func ways(list []Literal) map[string]*Finder {
	out := map[string]*Finder{"chosen": Compile(list), "sieve": {plan(merge(list))}}
	if t := newTeddy(merge(list)); t != nil && hasTeddy() {
		narrow := *t
		narrow.skips = false
		out["teddy"], out["teddy, no skipping"] = &Finder{t}, &Finder{&narrow}
	}
	return out
}

// words makes a literal of each word, which owns itself.
func words(list []string, fold func(i int) bool) []Literal {
	out := make([]Literal, len(list))
	for i, w := range list {
		out[i] = Literal{Text: w, Fold: fold(i), Owner: i}
	}
	return out
}

// naive is the plainest thing that could do a Finder's work.
func naive(list []Literal, text []byte) []int {
	var found []int
	lower := asciiLower(text)
	for _, l := range list {
		if l.Fold && bytes.Contains(lower, asciiLower([]byte(l.Text))) || !l.Fold && bytes.Contains(text, []byte(l.Text)) {
			found = append(found, l.Owner)
		}
	}
	return found
}

func asciiLower(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if bytes.IndexByte([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), c) >= 0 {
			b[i] = c | 0x20
		}
	}
	return b
}

func check(t interface {
	Helper()
	Fatalf(string, ...any)
}, finders map[string]*Finder, list []Literal, text []byte,
) {
	t.Helper()
	want := naive(list, text)
	for way, f := range finders {
		found := make([]uint64, (len(list)+63)/64)
		some := f.Find(text, found)
		var got []int
		for _, l := range list {
			if found[l.Owner/64]>>(l.Owner%64)&1 != 0 {
				got = append(got, l.Owner)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s found in %q: (-want +got):\n%s", way, text, diff)
		}
		if some != (len(got) > 0) {
			t.Fatalf("%s found %v and said %v", way, got, some)
		}
		if has := f.Has(text); has != some {
			t.Fatalf("%s found %v in %q, and said %v of whether it has any", way, got, text, has)
		}
	}
}

// Every length of the shortest word has a mesh of its own, and a word may begin anywhere in it.
func TestAWordIsFoundWhereverItStands(t *testing.T) {
	const alphabet = "the quick Brown fox jumps over 13 lazy dogs, and \xc3\xa9\x00\xff[]{}@`"
	for shortest := range len(alphabet) {
		list := []string{alphabet[:shortest+1], alphabet, "none of all this", alphabet[len(alphabet)-shortest-1:]}
		for _, folded := range []bool{false, true} {
			of := words(list, func(int) bool { return folded })
			f := ways(of)
			for before := range 20 {
				for _, word := range list {
					for _, after := range []int{0, 1, 7, 40} {
						text := strings.Repeat("-", before) + word + strings.Repeat("-", after)
						check(t, f, of, []byte(text))
						check(t, f, of, []byte(strings.ToUpper(text)))
						check(t, f, of, []byte(text[:len(text)-after-1])) // cut off
					}
				}
			}
			check(t, f, of, nil)
		}
	}
}

// Words that have much in common with each other and with the text.
func TestFinderAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{
			"a", "b", "A", " ", "ab", "error", "Error: ", "connection ", "refused", "timeout after ", "0", "17",
			"\xc3\xa9", "\xff", "aaaaaaaa", "max number of clients", "[", "{", "@", "`",
		})
		made := func(label string, least, most int) string {
			return strings.Join(rapid.SliceOfN(piece, least, most).Draw(t, label), "")
		}
		list := make([]string, rapid.SampledFrom([]int{1, 2, 5, 30, 200}).Draw(t, "words"))
		least := rapid.IntRange(1, 3).Draw(t, "least")
		for i := range list {
			list[i] = made("word", least, 6)
		}
		folded := rapid.SliceOfN(rapid.Bool(), 7, 7).Draw(t, "folded")
		of := words(list, func(i int) bool { return folded[i%7] })
		f := ways(of)
		for range 5 {
			text := made("before", 0, 8) + rapid.SampledFrom(list).Draw(t, "in") + made("after", 0, 8)
			if rapid.Bool().Draw(t, "upper") {
				text = strings.ToUpper(text)
			}
			check(t, f, of, []byte(text))
		}
	})
}

// A thousand words that begin alike, or end alike, are told apart.
func TestFinderOfManyAlike(t *testing.T) {
	for _, format := range []string{"payment provider %04d", "%04d of the payment providers", "shard %d is out of disk, says shard %[1]d"} {
		list := make([]string, 1000)
		for i := range list {
			list[i] = fmt.Sprintf(format, i)
		}
		of := words(list, func(i int) bool { return i%3 == 0 })
		f := ways(of)
		for i := 0; i < 1100; i += 19 {
			check(t, f, of, fmt.Appendf(nil, "-- "+format+" --", i))
			check(t, f, of, bytes.ToUpper(fmt.Appendf(nil, format, i)))
		}
	}
}

// One short word must not make the search for all the others slow, nor many short words be looked
// for one after another.
func TestPlan(t *testing.T) {
	f := func(want int, list ...string) {
		t.Helper()
		got := plan(merge(words(list, func(int) bool { return false })))
		if len(got.alone) != want || (got.sieve == nil) != (want == len(list)) {
			t.Errorf("%.60q: %d alone, want %d", list, len(got.alone), want)
		}
	}
	f(0, "connection refused", "heap out of memory")
	f(1, "oom")
	f(1, "oom", "connection refused", "heap out of memory")
	f(2, "oom", "rst", "connection refused", "heap out of memory")
	many := []string{"connection refused", "heap out of memory"}
	for i := range 100 {
		many = append(many, fmt.Sprintf("%03d", i))
	}
	f(0, many...)
}

func FuzzFinder(f *testing.F) {
	f.Add("max number of clients reached\noom\nECONNREFUSED", "xx Max Number of clients reached, OOM", uint64(1))
	f.Add("a\nab\nabc\nabcd\nabcde", "abcdeABCDE", uint64(2))
	f.Add("aaaaaaaaaa\naaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", uint64(0))
	f.Fuzz(func(t *testing.T, lines, text string, folded uint64) {
		list := slices.DeleteFunc(strings.Split(lines, "\n"), func(s string) bool { return s == "" })
		if len(list) == 0 {
			return
		}
		of := words(list, func(i int) bool { return folded>>(i%64)&1 != 0 })
		check(t, ways(of), of, []byte(text))
	})
}
