package selection

import (
	"github.com/braid-compute/braid/ndarray"
)

// boxes calls f with every element and the number of the box that it is in, and returns the shape of the boxes.
func boxes[T number](a *ndarray.Array[T], sides []int, begin func(count int), f func(box int, x T)) []int {
	shape, count := make([]int, len(sides)), 1
	for k, n := range a.Shape() {
		shape[k] = (n + sides[k] - 1) / sides[k]
		count *= shape[k]
	}
	begin(count)
	index := make([]int, len(sides))
	last := len(sides) - 1
	data := a.Clone().Memory()
	for at := 0; at < len(data); {
		box := 0
		for k, i := range index {
			box = box*shape[k] + i/sides[k]
		}
		n, side := 1, 1
		if last >= 0 {
			n, side = a.Shape()[last], sides[last]
		}
		for i, x := range data[at : at+n] {
			f(box+i/side, x)
		}
		at += n
		for k := last - 1; k >= 0; k-- {
			if index[k]++; index[k] < a.Shape()[k] {
				break
			}
			index[k] = 0
		}
	}
	return shape
}

// boxMeans returns means as float64; where an element is NaN, so is the mean.
func boxMeans[T number](a *ndarray.Array[T], sides []int) ndarray.Untyped {
	var sums, counts []float64
	shape := boxes(a, sides, func(n int) { sums, counts = make([]float64, n), make([]float64, n) }, func(box int, x T) {
		sums[box] += float64(x)
		counts[box]++
	})
	for i := range sums {
		sums[i] /= counts[i]
	}
	return ndarray.Must(ndarray.FromSlice(sums, shape...))
}

// boxExtremes returns the least or greatest elements; NaN where one is.
func boxExtremes[T number](a *ndarray.Array[T], sides []int, greatest bool) ndarray.Untyped {
	var found []T
	var begun []bool
	shape := boxes(a, sides, func(n int) { found, begun = make([]T, n), make([]bool, n) }, func(box int, x T) {
		if have := found[box]; !begun[box] || x != x || have == have && (x > have) == greatest && x != have {
			found[box], begun[box] = x, true
		}
	})
	return ndarray.Must(ndarray.FromSlice(found, shape...))
}
