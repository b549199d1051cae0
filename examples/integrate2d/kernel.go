package integrate2d

import (
	"fmt"
	"math"
	"sort"
)

// Rows returns the part of the double integral of sin(x+y) over [0, π]² that the grid rows first ≤ i < last give by
// the midpoint rule: h² times the sum of sin(x_j + y_i), with h = π/n, y_i = (i+½)h, x_j = (j+½)h and 0 ≤ j < n.
// Every one of the (last-first)·n points has its own sine. No rows give 0.
//
// Rows(n, 0, n) is 0 up to rounding, since the function is odd about the line x+y = π; Rows(n, 0, n/2) is
// 2 + O(1/n²) for even n, and the other half is its negative.
//
// Rows panics if n < 1 or if a row lies outside the grid. It makes a table of n numbers of 8 bytes each time, which
// costs less than one row.
func Rows(n, first, last int) float64 {
	check(n, first, last)
	h := math.Pi / float64(n)
	xs := midpoints(n)
	sum := 0.0
	for i := first; i < last; i++ {
		sum += sumRow(xs, (float64(i)+0.5)*h)
	}
	return sum * h * h
}

// serialRows is Rows written as one would on first thought. It is the reference for the kernel's values and its
// speed.
func serialRows(n, first, last int) float64 {
	check(n, first, last)
	h := math.Pi / float64(n)
	sum := 0.0
	for i := first; i < last; i++ {
		y := (float64(i) + 0.5) * h
		for j := range n {
			x := (float64(j) + 0.5) * h
			sum += math.Sin(x + y)
		}
	}
	return sum * h * h
}

// check panics unless rows first ≤ i < last are rows of a grid of n by n points.
func check(n, first, last int) {
	if n < 1 || first < 0 || last > n || first > last {
		panic(fmt.Sprintf("integrate2d: rows [%d, %d) are not rows of a grid of %d by %d points: want 0 ≤ first ≤ last ≤ n and n ≥ 1",
			first, last, n, n))
	}
}

// midpoints returns the centres of n equal cells of [0, π], ascending.
func midpoints(n int) []float64 {
	h := math.Pi / float64(n)
	xs := make([]float64, n)
	for j := range xs {
		xs[j] = (float64(j) + 0.5) * h
	}
	return xs
}

// quarters holds q·π/2 for q = 0 … 4, each as the nearest float64 and what that lacks, the split of Cody and Waite.
// Constant expressions are exact, so the second number is right to its own last bit.
var quarters = [5]struct{ high, low float64 }{
	{0, 0},
	{0x1.921fb54442d18p+0, math.Pi/2 - 0x1.921fb54442d18p+0},
	{0x1.921fb54442d18p+1, math.Pi - 0x1.921fb54442d18p+1},
	{0x1.2d97c7f3321d2p+2, 3*math.Pi/2 - 0x1.2d97c7f3321d2p+2},
	{0x1.921fb54442d18p+2, 2*math.Pi - 0x1.921fb54442d18p+2},
}

// sumRow returns the sum of sin(x+y) over ascending xs, where 0 ≤ x ≤ π and 0 ≤ y ≤ π.
//
// The argument of each sine is reduced to r = x + y − q·π/2 with |r| ≤ π/4, where sin(x+y) is sin r, cos r, −sin r or
// −cos r. Since xs ascend, the points of one q lie side by side: q is found once for each such stretch, not once for
// each point, which leaves one addition of the reduction and no branch in the inner loops. The reduced constant
// c = y − q·π/2 is rounded once, by at most 2.3e-16 (|c| < 4), about half of what rounding x+y would do. Each sine is within 4.9e-16 of sin(x+y).
func sumRow(xs []float64, y float64) float64 {
	sum := 0.0
	for q, quarter := range quarters {
		end := len(xs)
		if q < len(quarters)-1 {
			end = sort.SearchFloat64s(xs, float64(2*q+1)*(math.Pi/4)-y)
		}
		c := (y - quarter.high) - quarter.low
		switch q % 4 {
		case 0:
			sum += sumSines(xs[:end], c)
		case 1:
			sum += sumCosines(xs[:end], c)
		case 2:
			sum -= sumSines(xs[:end], c)
		case 3:
			sum -= sumCosines(xs[:end], c)
		}
		xs = xs[end:]
	}
	return sum
}
