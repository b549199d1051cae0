package array

import (
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// PadRamp returns the array with so many elements before and behind each axis, which go from a value evenly to the elements at the ends,
// as NumPy's mode "linear_ramp" has them.
func PadRamp(a *Array, widths [][2]int, end float64) *Array {
	s := site{"PadRamp", caller()}
	return s.around(a, widths, func(a *Array, axis, n int, behind bool) *Array {
		at := 0
		if behind {
			at = a.Shape()[axis] - 1
		}
		d := floatType(a.DType())
		edge := s.cast(s.part(a, axis, at, at+1), d)
		step := s.binary(tile.Divide, s.binary(tile.Subtract, edge, end), n)
		shape, coef := slices.Clone(edge.Shape()), make([]int64, edge.Rank())
		shape[axis], coef[axis] = n, 1
		g := slices.Clone(edge.node.Grid)
		g[axis] = arrays.Even(n, n)
		place := s.positions(shape, coef, g)
		if behind {
			place = s.binary(tile.Subtract, n-1, place)
		}
		ramp := s.binary(tile.Add, s.binary(tile.Multiply, step, s.cast(place, d)), end)
		if a.DType().IsInteger() {
			ramp = s.apply(tile.Floor, ramp)
		}
		return ramp
	})
}

// PadWith returns the array with so many elements before and behind each axis, which are what a reduction makes of the lines along the
// axis, such as [Reduction.Mean], [Reduction.Median], [Reduction.Min] or [Reduction.Max]. Means of whole numbers are rounded.
func PadWith(a *Array, widths [][2]int, reduce func(Reduction, *Array) *Array) *Array {
	s := site{"PadWith", caller()}
	if reduce == nil {
		return s.fail("the reduction is nil")
	}
	return s.around(a, widths, func(a *Array, axis, n int, _ bool) *Array {
		line := reduce(Along(axis).Keep(), a)
		if line.Err() == nil && a.DType().IsInteger() && line.DType().IsFloat() {
			line = s.apply(tile.Rint, line)
		}
		if line.Err() != nil {
			return line
		}
		shape := slices.Clone(a.Shape())
		shape[axis] = 1
		if !slices.Equal(line.Shape(), shape) {
			return s.fail("the reduction made an array of shape %s of one of shape %s: it must reduce the axes that it is told", tuple(line.Shape()), tuple(a.Shape()))
		}
		shape[axis] = n
		return broadcastTo(s, line, shape, making{})
	})
}

// around puts what f makes before and behind an array, one axis after the other. f is given the number of elements and the end.
func (s site) around(a *Array, widths [][2]int, f func(a *Array, axis, n int, behind bool) *Array) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if err := s.widths(a, widths); err != nil {
		return &Array{err: err}
	}
	for axis, w := range widths {
		parts := []*Array{a}
		if w[0]+w[1] > 0 && a.Shape()[axis] == 0 {
			return s.fail("beyond the ends of axis %d of shape %s there is nothing to go by", axis, tuple(a.Shape()))
		}
		if w[0] > 0 {
			parts = append([]*Array{s.cast(f(a, axis, w[0], false), a.DType())}, parts...)
		}
		if w[1] > 0 {
			parts = append(parts, s.cast(f(a, axis, w[1], true), a.DType()))
		}
		if len(parts) > 1 {
			a = concatenate(s, axis, parts)
		}
		if a.err != nil {
			return a
		}
	}
	return a
}

// widths checks how many elements are to come before and behind each axis.
func (s site) widths(a *Array, widths [][2]int) error {
	if len(widths) != a.Rank() {
		return s.fail("%d widths for shape %s: give those before and behind each axis", len(widths), tuple(a.Shape())).err
	}
	shape := slices.Clone(a.Shape())
	for axis, w := range widths {
		if w[0] < 0 || w[1] < 0 {
			return s.fail("axis %d: %d elements before and %d behind", axis, w[0], w[1]).err
		}
		if w[0] > math.MaxInt-w[1] || w[0]+w[1] > math.MaxInt-shape[axis] {
			return s.fail("axis %d: %d elements before and %d behind are more than can be counted", axis, w[0], w[1]).err
		}
		shape[axis] += w[0] + w[1]
	}
	if _, err := sizeOf(shape); err != nil {
		return s.fail("%w", err).err
	}
	return nil
}

// part returns the elements from one position of an axis up to another.
func (s site) part(a *Array, axis, from, to int) *Array {
	items := make([]ndarray.Index, axis+1)
	items[axis] = ndarray.Range(from, to)
	return a.Slice(items...)
}
