package rules

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// finderOf makes one pattern of each word.
func finderOf(words []string, fold func(i int) bool) (*finder, []*pattern) {
	var patterns []*pattern
	for i, w := range words {
		p := &pattern{place: i, fold: fold(i), any: []string{w}}
		if p.fold {
			p.any = lowerAll(p.any)
		}
		patterns = append(patterns, p)
	}
	return newFinder(patterns), patterns
}

// naive is the plainest thing that could do a finder's work.
func naive(patterns []*pattern, text []byte) []int {
	var found []int
	lower := asciiLower(text)
	for _, p := range patterns {
		if slices.ContainsFunc(p.any, func(s string) bool {
			if p.fold {
				return bytes.Contains(lower, asciiLower([]byte(s)))
			}
			return bytes.Contains(text, []byte(s))
		}) {
			found = append(found, p.place)
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
}, f *finder, patterns []*pattern, text []byte,
) {
	t.Helper()
	found := make(places, (len(patterns)+63)/64)
	some := f.find(text, found)
	var got []int
	for _, p := range patterns {
		if found[p.place/64]>>(p.place%64)&1 != 0 {
			got = append(got, p.place)
		}
	}
	if diff := cmp.Diff(naive(patterns, text), got); diff != "" {
		t.Fatalf("found in %q: (-want +got):\n%s", text, diff)
	}
	if some != (len(got) > 0) {
		t.Fatalf("found %v and said %v", got, some)
	}
}

// Every length of the shortest word has a mesh of its own, and a word may begin anywhere in it.
func TestAWordIsFoundWhereverItStands(t *testing.T) {
	const alphabet = "the quick Brown fox jumps over 13 lazy dogs, and \xc3\xa9\x00\xff[]{}@`"
	for shortest := range len(alphabet) {
		words := []string{alphabet[:shortest+1], alphabet, "none of all this", alphabet[len(alphabet)-shortest-1:]}
		for _, folded := range []bool{false, true} {
			f, patterns := finderOf(words, func(int) bool { return folded })
			for before := range 20 {
				for _, word := range words {
					for _, after := range []int{0, 1, 7, 40} {
						text := strings.Repeat("-", before) + word + strings.Repeat("-", after)
						check(t, f, patterns, []byte(text))
						check(t, f, patterns, []byte(strings.ToUpper(text)))
						check(t, f, patterns, []byte(text[:len(text)-after-1])) // cut off
					}
				}
			}
			check(t, f, patterns, nil)
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
		words := make([]string, rapid.SampledFrom([]int{1, 2, 5, 30, 200}).Draw(t, "words"))
		least := rapid.IntRange(1, 3).Draw(t, "least")
		for i := range words {
			words[i] = made("word", least, 6)
		}
		folded := rapid.SliceOfN(rapid.Bool(), 7, 7).Draw(t, "folded")
		f, patterns := finderOf(words, func(i int) bool { return folded[i%7] })
		for range 5 {
			text := made("before", 0, 8) + rapid.SampledFrom(words).Draw(t, "in") + made("after", 0, 8)
			if rapid.Bool().Draw(t, "upper") {
				text = strings.ToUpper(text)
			}
			check(t, f, patterns, []byte(text))
		}
	})
}

// A thousand words that begin alike, or end alike, are told apart.
func TestFinderOfManyAlike(t *testing.T) {
	for _, format := range []string{"payment provider %04d", "%04d of the payment providers", "shard %d is out of disk, says shard %[1]d"} {
		words := make([]string, 1000)
		for i := range words {
			words[i] = fmt.Sprintf(format, i)
		}
		f, patterns := finderOf(words, func(i int) bool { return i%3 == 0 })
		for i := 0; i < 1100; i += 19 {
			check(t, f, patterns, fmt.Appendf(nil, "-- "+format+" --", i))
			check(t, f, patterns, bytes.ToUpper(fmt.Appendf(nil, format, i)))
		}
	}
}

// One short word must not make the search for all the others slow, nor many short words be looked
// for one after another.
func TestPlan(t *testing.T) {
	f := func(want int, words ...string) {
		t.Helper()
		got, _ := finderOf(words, func(int) bool { return false })
		if len(got.alone) != want || (got.sieve == nil) != (want == len(words)) {
			t.Errorf("%.60q: %d alone, want %d", words, len(got.alone), want)
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
		words := slices.DeleteFunc(strings.Split(lines, "\n"), func(s string) bool { return s == "" })
		if len(words) == 0 {
			return
		}
		finder, patterns := finderOf(words, func(i int) bool { return folded>>(i%64)&1 != 0 })
		check(t, finder, patterns, []byte(text))
	})
}
