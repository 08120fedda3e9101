package parser

import (
	"bytes"
	"strings"
	"testing"
)

// Once a dyno is known, its requests are set aside without a word of Go.
func TestSiftIsAssembly(t *testing.T) {
	if !Sifts() {
		t.Skip("the processor can't")
	}
	for _, change := range [][2]string{{"", ""}, {"GET", "DELETE"}, {"web.1", "web.1234"}, {"=200", "=404"}} {
		body := []byte(strings.Repeat(frame(changed(change[0], change[1])), 3) + strings.Repeat(" ", 150))
		s := NewScanner(body)
		for s.Sift(sieve()) {
		}
		later, latest := bytes.ReplaceAll(body, []byte(":02.89"), []byte(":04.89")), bytes.ReplaceAll(body, []byte(":02.89"), []byte(":03.89"))
		s.Reset(latest)
		if h := cutLine(s, siftedStatuses()); h != nil || s.requests.N != 3 {
			t.Errorf("%s: %d set aside, and there is more: %t", change[1], s.requests.N, h != nil)
		}
		if diff := sifted(s, string(later)); diff != "" {
			t.Error(diff)
		}
	}
}
