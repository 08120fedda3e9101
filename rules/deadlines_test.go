package rules

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever is set, moved and taken out, the first is the earliest, and each knows its place.
func TestDeadlinesAgainstTheEarliest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := &compiled{}
		var states []*state
		for i := range rapid.IntRange(1, 20).Draw(t, "states") {
			states = append(states, &state{rule: rule, labels: Labels{Dyno: string(rune('a' + i))}, place: -1})
		}
		var d deadlines
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			s := rapid.SampledFrom(states).Draw(t, "state")
			s.deadline = at(float64(rapid.IntRange(0, 9).Draw(t, "at")))
			if rapid.IntRange(0, 3).Draw(t, "out") == 0 {
				s.deadline = (&state{}).deadline
			}
			d.set(s)

			var first *state
			held := 0
			for _, s := range states {
				if s.deadline.IsZero() {
					if s.place != -1 {
						t.Fatalf("%s is out and thinks it is at %d", s.labels, s.place)
					}
					continue
				}
				held++
				if d[s.place].state != s {
					t.Fatalf("%s is not at %d", s.labels, s.place)
				}
				if first == nil || s.deadline.Before(first.deadline) { // of equal ones the first by name
					first = s
				}
			}
			if len(d) != held || d.first() != first {
				t.Fatalf("%d of %d held, the wrong one first", len(d), held)
			}
		}
	})
}
