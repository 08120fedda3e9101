package budget

import (
	"maps"
	"math"
	"math/rand/v2"
	"time"

	"pgregory.net/rapid"
)

// world is an app whose dynos take so many connections of one add-on, and what happens to it.
type world struct {
	each   map[string]int // truth, by process type
	base   int
	limit  int
	visits []visit
}

// visit is one formation for a while, and what the add-on said each minute.
type visit struct {
	dynos map[string]int
	used  []int
}

// troubles are how much goes wrong in a world.
type troubles struct {
	noise   float64 // the standard error of a reading, as a share of it
	moods   float64 // the same of a whole visit, as from one day to another
	scrapes float64 // share of the readings that failed, and say 0
	bursts  float64 // share of the readings while one-off dynos run too
	leaks   float64 // share of the visits in which connections grow all the time
}

var processes = []string{"web", "worker", "clock"}

// newWorld draws a world of so many process types and visits.
func newWorld(r *rand.Rand, types, visits, limit int, bad troubles) world {
	w := world{each: map[string]int{}, base: r.IntN(6), limit: limit}
	for _, p := range processes[:types] {
		w.each[p] = r.IntN(30)
	}
	for range visits {
		v := visit{dynos: map[string]int{}}
		for _, p := range processes[:types] {
			v.dynos[p] = r.IntN(7)
		}
		demand, leak := float64(w.demand(v.dynos))*(1+r.NormFloat64()*bad.moods), 0.0
		if r.Float64() < bad.leaks {
			leak = 1 + 3*r.Float64()
		}
		for i := range 5 + r.IntN(12) {
			used := demand*(1+r.NormFloat64()*bad.noise) + leak*float64(i)
			switch {
			case r.Float64() < bad.scrapes:
				used = 0
			case r.Float64() < bad.bursts:
				used += 5 + 50*r.Float64()
			}
			v.used = append(v.used, max(0, min(limit, int(math.Round(used)))))
		}
		w.visits = append(w.visits, v)
	}
	return w
}

// drawWorld draws any world, with all that can go wrong.
func drawWorld(t *rapid.T, limit int) world {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	return newWorld(r, rapid.IntRange(1, 3).Draw(t, "types"), rapid.IntRange(1, 15).Draw(t, "visits"), limit, troubles{
		noise:   rapid.Float64Range(0, 0.2).Draw(t, "noise"),
		moods:   rapid.Float64Range(0, 0.2).Draw(t, "moods"),
		scrapes: rapid.Float64Range(0, 0.3).Draw(t, "scrapes"),
		bursts:  rapid.Float64Range(0, 0.3).Draw(t, "bursts"),
		leaks:   rapid.Float64Range(0, 0.3).Draw(t, "leaks"),
	})
}

// demand is what the dynos really take.
func (w *world) demand(dynos map[string]int) int {
	n := w.base
	for p, each := range w.each {
		n += each * dynos[p]
	}
	return n
}

// with is the formation at the end, with another quantity of web.
func (w *world) with(web int) map[string]int {
	out := maps.Clone(w.visits[len(w.visits)-1].dynos)
	out["web"] = web
	return out
}

// live has a Budget see the visits, one after the other, and returns when they are over.
func (w *world) live(b *Budget, at time.Time) time.Time {
	for _, v := range w.visits {
		b.Formation(v.dynos, at)
		at = b.stayed(at, w.limit, v.used...)
	}
	return at
}
