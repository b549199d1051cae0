package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// wholeAlong returns chunks that hold all of an axis, and less of the others where chunks would grow.
func wholeAlong(a *Array, axis int) arrays.Grid {
	g := slices.Clone(a.node.Grid)
	g[axis] = arrays.Even(g[axis].Len, g[axis].Len)
	most := max(DefaultChunkBytes, a.node.ChunkBytes())
	for {
		bytes, longest, side := int64(a.DType().Size()), -1, 1
		for k, axisOf := range g {
			n := axisOf.Widest()
			bytes *= int64(max(n, 1))
			if k != axis && n > side {
				longest, side = k, n
			}
		}
		if bytes <= most || longest < 0 {
			return g
		}
		g[longest] = arrays.Even(g[longest].Len, (side+1)/2)
	}
}

// select_ returns what a selection makes of an array whose chunks are those of space.
func (s site) select_(op selection.Op, d ndarray.DType, space, g arrays.Grid, of ...*Array) *Array {
	if !op.Kind.Defined(of[0].DType()) {
		return s.fail("there is no %v of elements of type %v", op.Kind, of[0].DType())
	}
	seen := make([]arrays.Seen, len(of))
	for i, a := range of {
		seen[i] = arrays.Seen{Node: a.node, View: arrays.Identity(a.Rank())}
	}
	return &Array{node: arrays.Block(s.name, s.pc, op, d, space, g, seen...)}
}

// along resolves the axis of an array.
func (s site) along(a *Array, axis int) (int, error) {
	if err := s.check(a); err != nil {
		return 0, err
	}
	at, err := axisOf(axis, a.Rank())
	if err != nil {
		return 0, s.fail("%w; shape %s", err, tuple(a.Shape())).err
	}
	return at, nil
}

// Sort returns the array sorted along an axis, NaN behind all numbers. A task sorts lines that it holds in full.
func (a *Array) Sort(axis int) *Array {
	return sortAlong(site{"Sort", caller()}, a, axis, selection.Sort, a.DType())
}

// ArgSort returns the indices that sort the array along an axis; equal elements keep their order.
func (a *Array) ArgSort(axis int) *Array {
	return sortAlong(site{"ArgSort", caller()}, a, axis, selection.ArgSort, ndarray.Int64)
}

func sortAlong(s site, a *Array, axis int, k selection.Kind, d ndarray.DType) *Array {
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	g := wholeAlong(a, at)
	return s.select_(selection.Op{Kind: k, Axis: at}, d, g, g, a)
}

// TopK returns the k greatest elements along an axis, the greatest first, or with a negative k the least, the least first. Each chunk
// keeps its own k, and these are merged in a tree.
func (a *Array) TopK(k, axis int) *Array { return top(site{"TopK", caller()}, a, k, axis, false) }

// ArgTopK returns the indices of what [Array.TopK] returns; of equal elements the first one comes first.
func (a *Array) ArgTopK(k, axis int) *Array {
	return top(site{"ArgTopK", caller()}, a, k, axis, true)
}

// topFan is how many chunks one task merges.
const topFan = 16

func top(s site, a *Array, k, axis int, indices bool) *Array {
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	if k == 0 {
		return s.fail("the 0 greatest elements: give a number, negative for the least")
	}
	values := selection.Op{Kind: selection.Top, Axis: at, N: max(k, -k), Least: k < 0}
	places := values
	places.Kind = selection.ArgTop
	var of *Array
	if indices {
		of = indicesAlong(s, a, at)
	}
	for space := a.node.Grid; ; {
		var sizes []int
		for _, n := range space[at].Sizes() {
			sizes = append(sizes, min(n, values.N))
		}
		g := slices.Clone(space)
		g[at] = arrays.Cut(sizes)
		next := s.select_(values, a.DType(), space, g, a)
		if next.err != nil {
			return next
		}
		if indices {
			of = s.select_(places, ndarray.Int64, space, g, a, of)
		}
		if a = next; len(sizes) == 1 {
			break
		}
		var merged []int
		for i := 0; i < len(sizes); i += topFan {
			sum := 0
			for _, n := range sizes[i:min(i+topFan, len(sizes))] {
				sum += n
			}
			merged = append(merged, sum)
		}
		space = slices.Clone(g)
		space[at] = arrays.Cut(merged)
	}
	if indices {
		return of
	}
	return a
}

// indicesAlong returns the coordinates of the elements of an array along an axis.
func indicesAlong(s site, a *Array, axis int) *Array {
	coef := make([]int64, a.Rank())
	coef[axis] = 1
	return s.positions(a.Shape(), coef, a.node.Grid)
}
