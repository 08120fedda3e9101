package parser

import (
	"math/rand/v2"
	"slices"
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
	if next, _ := l.cutUsual(body, 16, 16+len(odd), 0, wantAll); next != 16 || len(l.Samples) != 1 {
		t.Fatalf("%d bytes and %d samples were read", next-16, len(l.Samples))
	}
	if l.Numbers.Has != 0 {
		t.Error("they were made anew")
	}
}

// Where spaces are crowded, and in a text of any length, a sample's end is its own, not what a line before has left.
func TestMetricsEnds(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't")
	}
	random := rand.New(rand.NewPCG(1, 2))
	names := strings.Fields("load-avg-1m load-avg-5m read-iops write-iops max-iops memory-total memory-free hit-rate evicted-keys")
	text := func() string {
		var b strings.Builder
		b.WriteString("source=R addon=" + strings.Repeat("a", 1+random.IntN(20)))
		for _, name := range names {
			if random.IntN(3) > 0 {
				continue
			}
			b.WriteString(" sample#" + name + "=" + "1234567890"[:random.IntN(10)])
		}
		if random.IntN(4) == 0 {
			b.WriteString(strings.Repeat(" "+strings.Repeat("y", 20+random.IntN(10)), random.IntN(300)))
		}
		return b.String()
	}
	got, want := NewScanner(nil), NewScanner(nil)
	for range 20_000 {
		body := []byte(frame("<134>1 2026-11-22T20:00:08.898551+00:00 host app heroku-redis - "+text()) + strings.Repeat(" ", 150))
		got.Reset(body)
		want.Reset(body)
		if diff := unlike(got, want); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Of crowded spaces only the first are known. What another text has left where the others would be is none of them.
func TestMetricsEndsThatAreLeft(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't")
	}
	other := []byte("source=R" + strings.Repeat("y", 150))
	for _, at := range []int{10, 20, 30, 70, 90, 123} { // the sixth is among the digits of memory-total
		other[at] = ' '
	}
	crowded := "source=R addon=" + strings.Repeat("a", 31) +
		" sample#read-iops= sample#write-iops= sample#max-iops= sample#memory-total=12345 sample#memory-free=1"
	place := slices.IndexFunc(usualLabels[KindRedis].samples[:], func(l label) bool { return strings.HasPrefix(string(l.text[:]), "le#read-iops=") })
	l := Line{Kind: KindRedis, Samples: make([]Sample, 0, mostLabels)} // nothing else may use the stack between
	body := func(text string) []byte { return []byte(strings.Repeat(" ", 16) + text + strings.Repeat(" ", 150)) }
	first, second := body(string(other)), body(crowded)
	l.cutUsual(first, 16, 16+len(other), place, wantAll)
	l.cutUsual(second, 16, 16+len(crowded), place, wantAll)
	for _, s := range l.Samples {
		if s.Value != 12345 && s.Value != 1 {
			t.Errorf("%s is %v", s.Name, s.Value)
		}
	}
}
