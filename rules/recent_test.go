package rules

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The newest ids are known and no others, in whatever order they come and however many share a chain.
func TestRecentAgainstAList(t *testing.T) {
	for _, step := range []uint64{1, 512, 1 << 40} {
		random := rand.New(rand.NewPCG(step, 1))
		var r recent
		var want []uint64
		for range 20 * maxRecent {
			id := step * random.Uint64N(2*maxRecent)
			known := slices.Contains(want, id)
			if !known {
				want = append(want[max(0, len(want)+1-maxRecent):], id)
			}
			if r.add(id) == known {
				t.Fatalf("step %d: id %d is known: %v, want %v", step, id, !known, known)
			}
		}
		if diff := cmp.Diff(want, r.list()); diff != "" {
			t.Errorf("step %d: the list (-want +got):\n%s", step, diff)
		}
	}
}

func TestIDsThatDifferHashApart(t *testing.T) {
	ids := []string{"", "a", "b", "ab", "ba", "\x00", "\x00\x00", "12345678", "12345678a", "1234567812345678", "8765432112345678"}
	seen := map[uint64]string{}
	for _, id := range ids {
		if other, ok := seen[hash(id)]; ok {
			t.Errorf("%q has the hash of %q", id, other)
		}
		seen[hash(id)] = id
	}
}
