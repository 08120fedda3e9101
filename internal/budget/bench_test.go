package budget

import (
	"math/rand/v2"
	"testing"
)

// An incident's words, the page and each scrape ask for one; a new figure comes each minute.
func BenchmarkSnapshot(b *testing.B) {
	w := newWorld(rand.New(rand.NewPCG(1, 6)), 3, 24, 1000, troubles{noise: 0.03, moods: 0.03})
	one := New(nil)
	w.live(one, t0)
	b.Run("anew", func(b *testing.B) {
		for b.Loop() {
			one.addons[0].outdated = true
			one.Snapshot()
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			one.Snapshot()
		}
	})
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			one.Report()
		}
	})
}
