package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Assemble returns arrays put together from rows of them, as NumPy's block does: those of a row beside each other along the last axis,
// and rows below each other along the one before. Arrays of fewer axes get further ones in front.
func Assemble(rows ...[]*Array) *Array {
	s := site{"Assemble", caller()}
	rank := 2
	for _, row := range rows {
		if len(row) == 0 {
			return s.fail("a row has no arrays")
		}
		if err := s.check(row...); err != nil {
			return &Array{err: err}
		}
		for _, a := range row {
			rank = max(rank, a.Rank())
		}
	}
	wide := make([]*Array, len(rows))
	for i, row := range rows {
		parts := make([]*Array, len(row))
		for k, a := range row {
			parts[k] = atLeast(s, a, rank)
		}
		wide[i] = concatenate(s, rank-1, parts)
	}
	return concatenate(s, max(0, rank-2), wide)
}

// atLeast gives an array further axes of length 1 in front.
func atLeast(s site, a *Array, rank int) *Array {
	if more := rank - a.Rank(); more > 0 {
		return reshape(s, a, append(slices.Repeat(Shape{1}, more), a.Shape()...), making{sizes: append(slices.Repeat([][]int{{1}}, more), a.Chunks()...)})
	}
	return a
}

// AtLeast1D returns the array with at least one axis.
func (a *Array) AtLeast1D() *Array { return atLeastD(site{"AtLeast1D", caller()}, a, 1) }

// AtLeast2D returns the array with at least two axes: a line becomes a row.
func (a *Array) AtLeast2D() *Array { return atLeastD(site{"AtLeast2D", caller()}, a, 2) }

// AtLeast3D returns the array with at least three axes, as NumPy does: the axes of a plane are the first two, and a line is the second.
func (a *Array) AtLeast3D() *Array { return atLeastD(site{"AtLeast3D", caller()}, a, 3) }

func atLeastD(s site, a *Array, rank int) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	switch have := a.Rank(); {
	case rank == 3 && have == 2:
		return a.ExpandDims(2)
	case rank == 3 && have == 1:
		return a.ExpandDims(0).ExpandDims(2)
	}
	return atLeast(s, a, rank)
}

// DStack returns arrays behind each other along a third axis, which those of fewer get; see [Array.AtLeast3D].
func DStack(of ...*Array) *Array {
	s := site{"DStack", caller()}
	deep := make([]*Array, len(of))
	for i, a := range of {
		deep[i] = atLeastD(s, a, 3)
	}
	return concatenate(s, 2, deep)
}

// Append returns the array with others behind its end along an axis.
func (a *Array) Append(values *Array, axis int) *Array {
	return concatenate(site{"Append", caller()}, axis, []*Array{a, values})
}

// BroadcastArrays returns arrays stretched to the shape that they broadcast to.
func BroadcastArrays(of ...*Array) []*Array {
	return each(site{"BroadcastArrays", caller()}, of, func(s site, shape []int, _ arrays.Grid, a *Array) *Array { return broadcastTo(s, a, shape, making{}) })
}

// UnifyChunks returns arrays stretched to the shape that they broadcast to, and cut alike: along each axis as the one that has the most
// chunks there.
func UnifyChunks(of ...*Array) []*Array {
	return each(site{"UnifyChunks", caller()}, of, func(s site, shape []int, g arrays.Grid, a *Array) *Array { return s.regrid(s.wide(a, shape), g) })
}

// each makes something of each of some arrays, of which it knows the common shape and chunks.
func each(s site, of []*Array, f func(s site, shape []int, g arrays.Grid, a *Array) *Array) []*Array {
	out := make([]*Array, len(of))
	shapes, nodes := make([][]int, len(of)), make([]*arrays.Node, len(of))
	err := s.check(of...)
	for i, a := range of {
		if err == nil {
			shapes[i], nodes[i] = a.Shape(), a.node
		}
	}
	var shape []int
	if err == nil {
		shape, err = s.broadcast(shapes...)
	}
	for i, a := range of {
		if out[i] = (&Array{err: err}); err == nil {
			out[i] = f(s, shape, unified(shape, nodes), a)
		}
	}
	return out
}

// Blocks returns the part that items take of the grid of chunks, with the meaning of [ndarray.Index]; an axis of which a single chunk is
// taken stays.
//
//	a.Blocks(ndarray.At(0), ndarray.From(1)) // the first row of chunks, without its first one
func (a *Array) Blocks(items ...ndarray.Index) *Array {
	s := site{"Blocks", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	counts := a.NumBlocks()
	v, out, err := sliced(counts, items)
	if err != nil {
		return s.fail("of %v chunks: %w", counts, err)
	}
	if used := slices.IndexFunc(v, func(x arrays.ViewAxis) bool { return x.Axis >= 0 }); len(out) > len(counts) || used < 0 && len(out) > 0 {
		return s.fail("chunks have no new axes")
	}
	for axis, x := range v {
		parts, n := []*Array{}, 1
		if x.Axis >= 0 {
			n = out[x.Axis]
		}
		for i := range n {
			low, high := a.node.Grid[axis].Bounds(x.Offset + i*x.Step)
			part := make([]ndarray.Index, axis+1)
			part[axis] = ndarray.Range(low, high)
			parts = append(parts, a.Slice(part...))
		}
		switch {
		case n == 0:
			none := make([]ndarray.Index, axis+1)
			none[axis] = ndarray.To(0)
			a = a.Slice(none...)
		case n == 1:
			a = parts[0]
		case n < counts[axis] || x.Step != 1:
			a = concatenate(s, axis, parts)
		}
	}
	return a
}

// SlidingWindow returns windows of n neighbours along an axis, as the last axis of the result: there are n-1 fewer windows than elements.
// Each is made: the result has n times the bytes. [MapOverlap] sees neighbours without that.
func (a *Array) SlidingWindow(n, axis int) *Array {
	s := site{"SlidingWindow", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	length := a.Shape()[at]
	if n < 1 || n > length {
		return s.fail("windows of %d elements along axis %d of shape %s: give from 1 to %d", n, at, tuple(a.Shape()), length)
	}
	parts := make([]*Array, n)
	for i := range parts {
		items := make([]ndarray.Index, at+1)
		items[at] = ndarray.Range(i, length-n+1+i)
		parts[i] = a.Slice(items...).ExpandDims(-1)
	}
	return concatenate(s, a.Rank(), parts)
}

// RepeatEach returns the array with each part along an axis as often as a list says.
func (a *Array) RepeatEach(times []int, axis int) *Array {
	s := site{"RepeatEach", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	if n := a.Shape()[at]; len(times) != n || n > 0 && slices.Min(times) < 0 {
		return s.fail("%v times along axis %d of shape %s: give a number that is not negative for each of %d", times, at, tuple(a.Shape()), n)
	}
	return s.placed(a, at, func(int) ([]int, error) {
		var places []int
		for i, n := range times {
			if err := countable(1, len(places)+n); err != nil {
				return nil, err
			}
			places = append(places, slices.Repeat([]int{i}, n)...)
		}
		return places, nil
	})
}

// TrilIndices returns the coordinates along both axes of the elements of a matrix of n by m on and below its diagonal number k.
func TrilIndices(n, k, m int) []*Unsized {
	return trilOf(site{"TrilIndices", caller()}, n, k, m, true)
}

// TriuIndices returns the coordinates along both axes of the elements of a matrix of n by m on and above its diagonal number k.
func TriuIndices(n, k, m int) []*Unsized {
	return trilOf(site{"TriuIndices", caller()}, n, k, m, false)
}

// TrilIndicesFrom returns what [TrilIndices] does for a matrix of the shape of a.
func TrilIndicesFrom(a *Array, k int) []*Unsized {
	return trianglesFrom(site{"TrilIndicesFrom", caller()}, a, k, true)
}

// TriuIndicesFrom returns what [TriuIndices] does for a matrix of the shape of a.
func TriuIndicesFrom(a *Array, k int) []*Unsized {
	return trianglesFrom(site{"TriuIndicesFrom", caller()}, a, k, false)
}

func trianglesFrom(s site, a *Array, k int, lower bool) []*Unsized {
	err := s.check(a)
	if err == nil && a.Rank() != 2 {
		err = s.fail("an array of shape %s: it must have two axes", tuple(a.Shape())).err
	}
	if err != nil {
		return []*Unsized{{err: err}, {err: err}}
	}
	return trilOf(s, a.Shape()[0], k, a.Shape()[1], lower)
}

func trilOf(s site, n, k, m int, lower bool) []*Unsized {
	all := full(s, true, Shape{n, m}, making{})
	return nonzero(s, triangle(s, all, k, lower), 2)
}
