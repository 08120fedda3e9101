package literals

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func needTeddy(t *testing.T) {
	t.Helper()
	if !hasTeddy() {
		t.Skip("the processor has no AVX2")
	}
}

// nextPlain is what next does, a place after the other.
func nextPlain(m *masks, text []byte, from, last int) (at int, places uint32) {
	for ; from < last+lane; from += lane {
		at = min(from, last)
		for i := from - at; i < lane; i++ {
			miss := byte(0)
			for j := range reach {
				miss |= m[j][text[at+i+j]&15]
			}
			if miss != 0xff {
				places |= 1 << i
			}
		}
		if places != 0 {
			return at, places
		}
	}
	return 0, 0
}

// someMasks are ones that few bytes suit, so that often none of thirty-two places does.
func someMasks(t *rapid.T) *masks {
	var m masks
	for i := range m {
		row := rapid.SliceOfN(rapid.SampledFrom([]byte{0xff, 0xff, 0xff, 0xfe, 0x7f, 0x0f, 0}), 16, 16).Draw(t, "row")
		copy(m[i][:], row)
	}
	return &m
}

func TestNextAgainstPlain(t *testing.T) {
	needTeddy(t)
	rapid.Check(t, func(t *rapid.T) {
		m := someMasks(t)
		text := rapid.SliceOfN(rapid.Byte(), span, 300).Draw(t, "text")
		last := len(text) - span
		from := rapid.IntRange(0, last+lane).Draw(t, "from")
		at, places := next(m, text, from)
		wantAt, want := nextPlain(m, text, from, last)
		if at != wantAt || places != want {
			t.Fatalf("from %d, last %d: got %d %032b, want %d %032b", from, last, at, bits.Reverse32(places), wantAt, bits.Reverse32(want))
		}
	})
}

// skipPlain is what skip does, a place after the other.
func skipPlain(m *masks, text []byte) int {
	for i := range len(text) - reach + 1 {
		miss := byte(0)
		for j := 1; j < reach; j++ {
			if c := text[i+j]; c < 0x80 {
				miss |= m[j][c&15]
			}
		}
		if miss != 0xff {
			return i / wide * wide
		}
	}
	return len(text)
}

func TestSkipAgainstPlain(t *testing.T) {
	if !hasSkip() {
		t.Skip("the processor has no AVX-512")
	}
	rapid.Check(t, func(t *rapid.T) {
		m := someMasks(t)
		c := rapid.SampledFrom([]*rapid.Generator[byte]{rapid.Byte(), rapid.ByteRange(' ', '~')}).Draw(t, "bytes")
		text := rapid.SliceOfN(c, reach, 300).Draw(t, "text")
		if got, want := skip(m, text), skipPlain(m, text); got != want {
			t.Fatalf("of %d bytes: got %d, want %d", len(text), got, want)
		}
	})
}

// What ordinary rules look for is found in one pass, few or many rules, and what isn't still is found.
func TestWhatTeddyTakes(t *testing.T) {
	f := func(want int, list []string) {
		t.Helper()
		got := 0
		if teddy := newTeddy(merge(words(list, func(i int) bool { return i%2 == 0 }))); teddy != nil {
			got = len(teddy.passes)
		}
		if got != want {
			t.Errorf("%.60q: %d passes, want %d", list, got, want)
		}
	}
	many := func(n int, format string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(format, i))
		}
		return out
	}
	f(1, []string{"connection refused"})
	f(1, []string{"oom", "connection refused", "heap out of memory"})
	f(1, strings.Split("fatal error,operation timed out,permission denied,ECONNREFUSED,deadlock detected,too many clients", ","))
	f(1, many(1000, "payment provider %04d failed"))
	f(0, []string{"e"})
	f(0, many(10, "%d"))
	f(1, randomWords(40))
	f(2, randomWords(150))
	f(0, randomWords(450))
	f(0, many(300, "%x"))
}

// randomWords share next to nothing, and so each needs a mark of its own.
func randomWords(n int) []string {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]string, n)
	for i := range out {
		word := make([]byte, 12)
		for j := range word {
			word[j] = byte('a' + r.IntN(26))
		}
		out[i] = string(word)
	}
	return out
}

func TestFindDoesNotAllocate(t *testing.T) {
	list := words(append(randomWords(100), "oom", "max number of clients"), func(i int) bool { return i%2 == 0 })
	for way, f := range ways(list) {
		found := make([]uint64, (len(list)+63)/64)
		for _, s := range []string{"", "oom", "Out of it: ERR MAX number of clients", strings.Repeat("all quiet ", 100)} {
			text := []byte(s)
			if n := testing.AllocsPerRun(100, func() { f.Has(text); f.Find(text, found) }); n != 0 {
				t.Errorf("%s: %v allocations for %.20q", way, n, s)
			}
		}
	}
}
