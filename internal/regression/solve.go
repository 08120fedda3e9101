package regression

import "math"

// solve sets beta and cov to what the weighted points tell, each with the standard error noise.
func (f *Fit) solve(points []Point, rows [][]float64, weights []float64, noise float64) {
	n := len(f.unit)
	sums, right := square(n), make([]float64, n)
	for j := range n {
		sums[j][j] = 1 / (loose * loose)
	}
	for i, row := range rows {
		w := weights[i] / (noise * noise)
		for j := range n {
			right[j] += w * row[j] * points[i].Y
			for k := range n {
				sums[j][k] += w * row[j] * row[k]
			}
		}
	}
	f.cov = inverse(sums)
	f.beta = positive(sums, right)
}

// positive solves sums·β = right, without the columns that would be negative: the worst goes first, since
// the others may have been only its counterweight.
func positive(sums [][]float64, right []float64) []float64 {
	beta := make([]float64, len(right))
	var left []int // columns
	for j := range right {
		left = append(left, j)
	}
	for len(left) > 0 {
		part, to := square(len(left)), make([]float64, len(left))
		for i, j := range left {
			to[i] = right[j]
			for k, l := range left {
				part[i][k] = sums[j][l]
			}
		}
		solved, worst := product(inverse(part), to), 0
		for i := range solved {
			if solved[i] < solved[worst] {
				worst = i
			}
		}
		if solved[worst] >= 0 {
			for i, j := range left {
				beta[j] = solved[i]
			}
			break
		}
		left = append(left[:worst], left[worst+1:]...)
	}
	return beta
}

// inverse inverts a symmetric positive definite matrix by its Cholesky factor.
func inverse(a [][]float64) [][]float64 {
	n := len(a)
	low := square(n) // a is low times its transpose
	for i := range n {
		for j := range i + 1 {
			rest := a[i][j] - dot(low[i][:j], low[j][:j])
			if i == j {
				low[i][i] = math.Sqrt(max(rest, a[i][i]*1e-14)) // rounding must not make it negative
			} else {
				low[i][j] = rest / low[j][j]
			}
		}
	}
	out := square(n)
	for c := range n { // out[c] solves a·out[c] = the c-th unit vector; a is symmetric, so rows are columns
		col := out[c]
		for i := range n {
			col[i] = -dot(low[i][:i], col[:i])
			if i == c {
				col[i]++
			}
			col[i] /= low[i][i]
		}
		for i := n - 1; i >= 0; i-- {
			for k := i + 1; k < n; k++ {
				col[i] -= low[k][i] * col[k]
			}
			col[i] /= low[i][i]
		}
	}
	return out
}

func product(a [][]float64, v []float64) []float64 {
	out := make([]float64, len(v))
	for i := range a {
		out[i] = dot(a[i], v)
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}
