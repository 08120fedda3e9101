package residency

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCleanMappings(t *testing.T) {
	var swapped int
	f := func(head string, resident, anonymous int, want ...mapping) {
		t.Helper()
		smaps := fmt.Sprintf("%s\nSize: 999 kB\nRss:  %d kB\nPss_Dirty: 0 kB\nAnonymous: %d kB\nSwap: %d kB\nSwapPss: 0 kB\nTHPeligible: 0\nVmFlags: rd mr mw me\n",
			head, resident, anonymous, swapped)
		got, err := cleanMappings(strings.NewReader(smaps))
		if err != nil {
			t.Fatalf("%s: %v", head, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(mapping{})); diff != "" {
			t.Errorf("%s (want -, got +):\n%s", smaps, diff)
		}
	}
	text := mapping{0x400000, 0x10e6000, 7448 << 10}
	f("00400000-010e6000 r-xp 00000000 fe:00 123456                             /app/bin/drain", 7448, 0, text)
	f("00400000-010e6000 r--p 00ce6000 fe:00 123456                             /app/bin/drain", 7448, 0, text)
	f("00400000-010e6000 r-xp 00000000 fe:00 123456                             /a name: with/spaces (deleted)", 7448, 0, text)

	f("00400000-010e6000 r-xp 00000000 fe:00 123456                             /app/bin/drain", 0, 0)    // nothing to gain
	f("00400000-010e6000 r--p 00000000 fe:00 123456                             /app/bin/drain", 7448, 4) // relocated
	f("00400000-010e6000 rw-p 00000000 fe:00 123456                             /app/bin/drain", 7448, 0)
	f("00400000-010e6000 r--s 00000000 fe:00 123456                             /data/ledger", 7448, 0)
	f("00400000-010e6000 r-xp 00000000 00:00 0                                  [vdso]", 8, 0)
	f("00400000-010e6000 r--p 00000000 00:00 0 ", 8, 0)

	swapped = 4
	f("00400000-010e6000 r--p 00ce6000 fe:00 123456                             /app/bin/drain", 7448, 0) // relocated and swapped out
}

// What one mapping has says nothing of the next.
func TestCleanMappingsAreToldApart(t *testing.T) {
	const smaps = "1000-2000 r-xp 00000000 fe:00 1 /a\nRss: 4 kB\nAnonymous: 0 kB\nSwap: 0 kB\n" +
		"3000-4000 rw-p 00000000 fe:00 1 /a\nRss: 4 kB\nAnonymous: 0 kB\nSwap: 0 kB\n" +
		"5000-6000 r--p 00000000 fe:00 1 /a\nAnonymous: 0 kB\nSwap: 0 kB\n"
	got, err := cleanMappings(strings.NewReader(smaps))
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping{{0x1000, 0x2000, 4 << 10}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mapping{})); diff != "" {
		t.Errorf("(want -, got +):\n%s", diff)
	}
}

func TestStrangeSmaps(t *testing.T) {
	for _, smaps := range []string{
		"here r-xp 00000000 fe:00 1 /a\n",
		"1000-2000 r-xp 00000000 fe:00 1 /a\nRss: much kB\n",
		"1000-2000 r-xp 00000000 fe:00 1 /a\nRss: 4 kB\nAnonymous: some kB\n",
		"1000-2000 r-xp 00000000 fe:00 1 /a\nRss: 4 kB\nAnonymous: 0 kB\nSwap: some kB\n",
	} {
		if got, err := cleanMappings(strings.NewReader(smaps)); err == nil {
			t.Errorf("%q: %v, want an error", smaps, got)
		}
	}
}
