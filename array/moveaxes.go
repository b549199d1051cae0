package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// MoveAxes returns the array with each axis of a list at the place that another list has for it, and the others in their order; see
// [Array.MoveAxis] for one.
func (a *Array) MoveAxes(from, to []int) *Array {
	s := site{"MoveAxes", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	sources, err := axesOf(from, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	places, err := axesOf(to, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	if len(sources) != len(places) {
		return s.fail("axes %v to places %v: give a place for each", from, to)
	}
	order := make([]int, a.Rank())
	for i := range order {
		order[i] = -1
	}
	for i, axis := range sources {
		order[places[i]] = axis
	}
	next := 0
	for i := range order {
		if order[i] >= 0 {
			continue
		}
		for slices.Contains(sources, next) {
			next++
		}
		order[i] = next
		next++
	}
	return transpose(s, a, order)
}

// RollAxis returns the array with an axis moved backwards until it lies before the one that was at place start, as NumPy's rollaxis
// does; start may be the number of axes. [Array.MoveAxis] says it more simply.
func (a *Array) RollAxis(axis, start int) *Array {
	s := site{"RollAxis", caller()}
	from, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	n := a.Rank()
	if start < -n || start > n {
		return s.fail("before axis %d of %s: give from %d to %d", start, plural(n, "axis"), -n, n)
	}
	if start < 0 {
		start += n
	}
	if start > from { // the axis itself leaves a place
		start--
	}
	return transpose(s, a, slices.Insert(slices.Delete(numbers(n), from, from+1), start, from))
}

// FlipLR returns the array with its second axis, the columns of a matrix, reversed.
func (a *Array) FlipLR() *Array { return flipped(site{"FlipLR", caller()}, a, 1) }

// FlipUD returns the array with its first axis, the rows of a matrix, reversed.
func (a *Array) FlipUD() *Array { return flipped(site{"FlipUD", caller()}, a, 0) }

func flipped(s site, a *Array, axis int) *Array {
	if _, err := s.along(a, axis); err != nil {
		return &Array{err: err}
	}
	return a.Flip(axis)
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

// Shuffle returns the elements at listed positions along an axis, group after group. A group is never cut, so that a function of blocks
// sees all of it: chunks hold as many groups as there is room for in those of a.
func (a *Array) Shuffle(groups [][]int, axis int) *Array {
	s := site{"Shuffle", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	var positions, sizes []int
	for i, group := range groups {
		own, err := resolved(group, a.Shape()[at])
		if err != nil {
			return s.fail("group number %d: %w", i, err)
		}
		positions = append(positions, own...)
		if n := len(sizes); n > 0 && sizes[n-1]+len(own) <= a.node.Grid[at].Widest() {
			sizes[n-1] += len(own)
			continue
		}
		sizes = append(sizes, len(own))
	}
	g := slices.Clone(a.node.Grid)
	g[at] = arrays.Cut(sizes)
	return &Array{node: arrays.Take(s.name, s.pc, at, positions, g, a.node)}
}

// NormalizeChunks returns the lengths of chunks along each axis into which options would cut an array of a shape and type: [Chunks],
// [ChunkSizes], [ChunkBytes] and [Balanced].
func NormalizeChunks(shape Shape, d ndarray.DType, opts ...Option) ([][]int, error) {
	s, m := site{"NormalizeChunks", caller()}, options(opts)
	if !d.Valid() {
		return nil, s.fail("%v is no element type", d).err
	}
	g, err := m.grid(shape, d.Size())
	if err != nil {
		return nil, s.fail("%w", err).err
	}
	sizes := make([][]int, len(g))
	for k, axis := range g {
		sizes[k] = axis.Sizes()
	}
	return sizes, nil
}
