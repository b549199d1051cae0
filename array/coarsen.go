package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// CoarsenMean returns the means, as float64, of boxes of so many elements along each axis; those at the ends may be smaller.
func (a *Array) CoarsenMean(sides ...int) *Array {
	return coarsen(site{"CoarsenMean", caller()}, a, selection.BoxMean, sides)
}

// CoarsenMin returns the least elements of boxes of so many elements along each axis; NaN where one is.
func (a *Array) CoarsenMin(sides ...int) *Array {
	return coarsen(site{"CoarsenMin", caller()}, a, selection.BoxMin, sides)
}

// CoarsenMax returns the greatest elements of boxes of so many elements along each axis; NaN where one is.
func (a *Array) CoarsenMax(sides ...int) *Array {
	return coarsen(site{"CoarsenMax", caller()}, a, selection.BoxMax, sides)
}

func coarsen(s site, a *Array, k selection.Kind, sides []int) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if len(sides) != a.Rank() || len(sides) > 0 && slices.Min(sides) < 1 {
		return s.fail("boxes of sides %v for an array of shape %s: give a side of at least 1 for each axis", sides, tuple(a.Shape()))
	}
	space, g := make(arrays.Grid, a.Rank()), make(arrays.Grid, a.Rank())
	for axis, side := range sides {
		var sizes, boxes []int
		end, done := 0, 0
		n := a.Shape()[axis]
		for _, size := range a.node.Grid[axis].Sizes() { // chunks end where boxes do
			end += size
			if to := min(n, (end+side-1)/side*side); to > done {
				sizes, boxes = append(sizes, to-done), append(boxes, (to-done+side-1)/side)
				done = to
			}
		}
		space[axis], g[axis] = arrays.Cut(sizes), arrays.Cut(boxes)
	}
	d := a.DType()
	if k == selection.BoxMean {
		d = ndarray.Float64
	}
	return s.select_(selection.Op{Kind: k, Sides: sides}, d, space, g, a)
}
