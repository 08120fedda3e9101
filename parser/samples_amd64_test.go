package parser

import (
	"strings"
	"testing"
)

// A pair that is no usual sample leaves Numbers alone: making them anew for each would take the square of a
// line's length.
func TestOddPairsCostNoNumbers(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't")
	}
	const odd = "x sample#hit-rate=1"
	l := Line{Kind: KindRedis, Samples: []Sample{newSample([]byte("evicted-keys"), 7)}}
	body := []byte(strings.Repeat(" ", 16) + odd + strings.Repeat(" ", 150))
	if next, _ := l.cutUsual(body, 16, 16+len(odd), 0); next != 16 || len(l.Samples) != 1 {
		t.Fatalf("%d bytes and %d samples were read", next-16, len(l.Samples))
	}
	if l.Numbers.Has != 0 {
		t.Error("they were made anew")
	}
}
