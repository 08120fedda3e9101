package regression

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func points(rows ...[]float64) []Point {
	var out []Point
	for _, r := range rows {
		out = append(out, Point{X: r[:len(r)-1], Y: r[len(r)-1], Weight: 1})
	}
	return out
}

func TestAt(t *testing.T) {
	f := func(name string, points []Point, x []float64, want, most float64) {
		t.Helper()
		y, within := New(points, 0.5).At(x)
		if math.Abs(y-want) > 0.01*max(1, want) {
			t.Errorf("%s: got %g, want %g", name, y, want)
		}
		if within > most || within < most/3 {
			t.Errorf("%s: within %g, want at most %g and not much less", name, within, most)
		}
	}
	line := points([]float64{1, 1, 12}, []float64{1, 2, 22}, []float64{1, 3, 32})
	f("a share", line, []float64{0, 1}, 10, 1)
	f("what is there anyway", line, []float64{1, 0}, 2, 2.1)
	f("a sum of both", line, []float64{1, 2}, 22, 0.9)
	f("far away", line, []float64{1, 20}, 202, 19)
	f("half as heavy, less certain", []Point{{[]float64{1}, 10, 0.5}}, []float64{1}, 10, 2)
	f("one heavy against one light", []Point{{[]float64{1}, 10, 1}, {[]float64{1}, 10.3, 0.5}}, []float64{1}, 10.1, 1.2)

	together := points([]float64{1, 1, 30}, []float64{2, 2, 60}, []float64{4, 4, 120})
	f("two that moved together, both", together, []float64{3, 3}, 90, 1)
	f("one of them", together, []float64{1, 0}, 15, 8000)
	f("nothing but zeros", points([]float64{0, 0}), []float64{1}, 0, 28000)

	f("one point of eight is off", points(
		[]float64{1, 10}, []float64{2, 20}, []float64{3, 30}, []float64{4, 40},
		[]float64{5, 50}, []float64{6, 60}, []float64{7, 70}, []float64{4, 400}), []float64{1}, 10.1, 1.2)
	f("a share can't be negative", points([]float64{1, 0, 10}, []float64{1, 5, 10}, []float64{1, 9, 9}), []float64{0, 1}, 0, 0.5)
	f("nor what it was the counterweight of", points([]float64{1, 1, 9}, []float64{1, 2, 19}, []float64{1, 3, 30}), []float64{0, 1}, 9.7, 2.2)
}

// The half-width is for 95 %, and still 90 % where errors are twice as large as was told.
func TestIntervalsHold(t *testing.T) {
	f := func(name string, rate float64, n, columns int, sd, off float64) {
		t.Helper()
		const worlds = 1000
		holds := 0
		for seed := range uint64(worlds) {
			r := rand.New(rand.NewPCG(seed, 6))
			truth := make([]float64, columns)
			for j := range truth {
				truth[j] = 30 * r.Float64()
			}
			var seen []Point
			for range n {
				x := make([]float64, columns)
				for j := range x {
					x[j] = float64(r.IntN(8))
				}
				y := dot(x, truth) + sd*r.NormFloat64()
				if r.Float64() < off {
					y += 20 + 50*r.Float64()
				}
				seen = append(seen, Point{x, y, 1})
			}
			x := make([]float64, columns)
			x[0] = 1
			if y, within := New(seen, 1).At(x); math.Abs(y-truth[0]) <= within {
				holds++
			}
		}
		if float64(holds) < rate*worlds {
			t.Errorf("%s: %d of %d hold", name, holds, worlds)
		}
	}
	f("as many points as columns", 0.95, 2, 2, 1, 0)
	f("one more", 0.95, 3, 2, 1, 0)
	f("many", 0.95, 12, 3, 1, 0)
	f("one of ten is off", 0.95, 12, 2, 1, 0.1)
	f("the noise is twice what was told", 0.9, 12, 2, 2, 0)
}

func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 4).Draw(t, "columns")
		n := rapid.IntRange(1, 12).Draw(t, "points")
		var seen []Point
		for range n {
			seen = append(seen, Point{
				X:      rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 1000), func(n int) float64 { return float64(n) }), columns, columns).Draw(t, "x"),
				Y:      rapid.Float64Range(0, 1e5).Draw(t, "y"),
				Weight: rapid.Float64Range(0.05, 1).Draw(t, "weight"),
			})
		}
		noise := rapid.Float64Range(0.1, 100).Draw(t, "noise")
		f := New(seen, noise)
		for j := range columns {
			x := make([]float64, columns)
			x[j] = 1
			if y, within := f.At(x); y < 0 || within < 0 || math.IsNaN(y) || math.IsNaN(within) || math.IsInf(within, 0) {
				t.Fatalf("share %d is %g ± %g", j, y, within)
			}
		}
	})
}

func TestStudent(t *testing.T) {
	for freedom, want := range map[float64]float64{4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 1000: 1.962} {
		if got := student(freedom); math.Abs(got-want) > 0.05 {
			t.Errorf("%g degrees: %g, want %g", freedom, got, want)
		}
	}
}

func TestInverse(t *testing.T) {
	a := [][]float64{{4, 2, 1}, {2, 5, 3}, {1, 3, 6}}
	inv := inverse(a)
	for i := range a {
		for j := range a {
			got, want := dot(a[i], inv[j]), 0.0
			if i == j {
				want = 1
			}
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("row %d, column %d of the product is %g", i, j, got)
			}
		}
	}
}
