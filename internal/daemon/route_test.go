package daemon

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValidUTF8(t *testing.T) {
	f := func(name string) {
		t.Helper()
		if got, want := validUTF8(name), strings.ToValidUTF8(name, "\uFFFD"); got != want {
			t.Fatalf("%q: want %q, got %q", name, want, got)
		}
	}
	for n := range 40 {
		for at := range n {
			name := strings.Repeat("r", n)
			for _, odd := range []string{"\x80", "\xff", "\xc3", "é", "\x7f", "\x00", "\uFFFD"} {
				f(name[:at] + odd + name[at+1:])
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) { f(string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "name"))) })

	long := strings.Repeat("r", 100)
	if n := testing.AllocsPerRun(10, func() { validUTF8(long) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
