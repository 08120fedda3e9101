package regression

import (
	"math"
	"slices"
)

// Point is one observation.
type Point struct {
	X      []float64 // 0 or more each; as long in all points of a fit
	Y      float64
	Weight float64 // above 0; 1 is full, and half of it a variance of twice as much
}

// Fit is what the points tell of β.
type Fit struct {
	unit  []float64   // by column: its largest x, of which the sums below are counted in
	beta  []float64   // by column, in units
	cov   [][]float64 // of beta, were it not kept from being negative
	times float64     // standard errors in the half-width
}

const (
	// loose is what is known of a share beforehand, as the standard error of one unit: next to nothing. It
	// makes every sum solvable, and what the points don't tell as uncertain as this.
	loose = 1e4

	// before is how many points' worth the noise told beforehand counts. Without it two points would fit
	// without any error, and seem to be certain.
	before = 4

	huber  = 1.345 // standard errors; beyond, a point's distance counts instead of its square. 95 % efficient where none is off
	rounds = 30    // of reweighting at most; it mostly stands still after ten
)

// New fits at least one point. noise, above 0, is the least standard error of a point of weight 1: what its
// maker knows of how it was measured. More is taken where the points show it.
func New(points []Point, noise float64) *Fit {
	f := &Fit{unit: units(points)}
	rows := make([][]float64, len(points))
	weights := make([]float64, len(points))
	for i, p := range points {
		rows[i] = f.scaled(p.X)
		weights[i] = p.Weight
	}
	f.solve(points, rows, weights, noise)
	free := f.freedom(len(points))
	distances := make([]float64, len(points)) // in standard errors of weight 1
	for range rounds {
		for i, p := range points {
			distances[i] = math.Abs(p.Y-dot(rows[i], f.beta)) * math.Sqrt(p.Weight)
		}
		scale := noise
		if free > 0 {
			scale = max(scale, spread(distances)*math.Sqrt(float64(len(points))/free))
		}
		moved := 0.0
		for i, p := range points {
			w := p.Weight * min(1, huber*scale/max(distances[i], noise/1e6))
			moved = max(moved, math.Abs(w-weights[i]))
			weights[i] = w
		}
		f.solve(points, rows, weights, noise)
		if moved < 1e-9 {
			break
		}
	}
	sum := 0.0
	for i, p := range points {
		r := p.Y - dot(rows[i], f.beta)
		sum += weights[i] * r * r
	}
	if free > 0 {
		noise = max(noise, math.Sqrt(sum/free))
	}
	f.solve(points, rows, weights, noise)
	f.times = student(before + free)
	return f
}

// At returns x·β, and how far from it the truth is at most, at 95 %. With a single 1 in x that is one share.
func (f *Fit) At(x []float64) (y, within float64) {
	row := f.scaled(x)
	variance := 0.0
	for i := range row {
		variance += row[i] * dot(f.cov[i], row)
	}
	return dot(row, f.beta), f.times * math.Sqrt(max(0, variance))
}

// freedom is how many points there are more than they need to tell what they do.
func (f *Fit) freedom(points int) float64 {
	told := 0.0
	for i := range f.cov {
		told += 1 - f.cov[i][i]/(loose*loose)
	}
	return max(0, float64(points)-math.Round(told))
}

// units are the columns' largest values; 1 for a column of zeros.
func units(points []Point) []float64 {
	out := make([]float64, len(points[0].X))
	for _, p := range points {
		for j, x := range p.X {
			out[j] = max(out[j], x)
		}
	}
	for j := range out {
		if out[j] == 0 {
			out[j] = 1
		}
	}
	return out
}

func (f *Fit) scaled(x []float64) []float64 {
	out := make([]float64, len(x))
	for j := range x {
		out[j] = x[j] / f.unit[j]
	}
	return out
}

// spread is the standard error that errors of such sizes have, by their median, which up to half of them
// can't spoil.
func spread(sizes []float64) float64 {
	sorted := slices.Sorted(slices.Values(sizes))
	return 1.4826 * (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// student is how many standard errors hold 95 % of Student's distribution, for 4 degrees of freedom or more:
// the first terms of its expansion about the normal one's 1.96 (Abramowitz and Stegun, 26.7.5), off by
// 0.05 at most.
func student(freedom float64) float64 {
	const (
		z  = 1.959964
		z3 = z * z * z
		z5 = z3 * z * z
	)
	return z + (z3+z)/(4*freedom) + (5*z5+16*z3+3*z)/(96*freedom*freedom)
}
