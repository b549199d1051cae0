package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// SearchSorted returns for each element of x where it would stand in a, an array of one axis that is sorted: before equal elements, or
// behind them if right is true. Each task holds all of a.
func (a *Array) SearchSorted(x *Array, right bool) *Array {
	return lookUp(site{"SearchSorted", caller()}, x, a, selection.Op{Kind: selection.Search, Right: right}, ndarray.Int64)
}

// Digitize returns for each element in which of the bins it is whose edges rise: 0 is before the first edge, and an edge belongs to the
// bin that it begins.
func (a *Array) Digitize(edges []float64) *Array {
	s := site{"Digitize", caller()}
	if !rising(edges) {
		return s.fail("edges %v do not rise", edges)
	}
	table, err := ndarray.FromSlice(edges)
	if err != nil {
		return s.fail("%w", err)
	}
	return lookUp(s, a, fromNdarray(s, table, making{}), selection.Op{Kind: selection.Search, Right: true}, ndarray.Int64)
}

// IsIn returns whether the elements are among those of other. Each task holds all of other.
func (a *Array) IsIn(other *Array) *Array {
	s := site{"IsIn", caller()}
	if err := s.check(a, other); err != nil {
		return &Array{err: err}
	}
	d := ndarray.Promote(a.DType(), other.DType())
	table := sortAlong(s, reshape(s, s.cast(other, d), Shape{-1}, making{}), 0, selection.Sort, d)
	return lookUp(s, a, table, selection.Op{Kind: selection.Contains}, ndarray.Bool)
}

func lookUp(s site, a, table *Array, op selection.Op, to ndarray.DType) *Array {
	if err := s.check(a, table); err != nil {
		return &Array{err: err}
	}
	if table.Rank() != 1 {
		return s.fail("the table has shape %s: it must have one axis", tuple(table.Shape()))
	}
	d := ndarray.Promote(a.DType(), table.DType())
	if !op.Kind.Defined(d) {
		return s.fail("there is no %v of elements of type %v", op.Kind, d)
	}
	n := table.Size()
	space := append(slices.Clone(a.node.Grid), arrays.Even(n, n))
	return &Array{node: arrays.Block(s.name, s.pc, op, to, space, a.node.Grid,
		arrays.Seen{Node: s.cast(a, d).node, View: arrays.Identity(a.Rank())},
		arrays.Seen{Node: s.cast(table, d).node, View: arrays.View{{Axis: a.Rank(), Step: 1}}})}
}

func rising(edges []float64) bool {
	for i, e := range edges {
		if e != e || i > 0 && e < edges[i-1] {
			return false
		}
	}
	return true
}

// BinCount returns how often each whole number from 0 up to and without n is among the elements, which are all there. With an array of
// weights, of the same shape, it returns the sums of the weights.
func (a *Array) BinCount(n int, weights ...*Array) *Array {
	s := site{"BinCount", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if d := a.DType(); n < 0 || !d.IsInteger() && d != ndarray.Bool {
		return s.fail("counts of %d numbers among elements of type %v: they must be whole", n, a.DType())
	}
	return tally(s, s.cast(a, ndarray.Int64), weights, selection.Op{Kind: selection.Count, N: n}, n)
}

// Histogram returns how many elements are in each bin between neighbouring edges, which rise. An edge belongs to the bin that it
// begins, and the last one to the last bin. With an array of weights, of the same shape, it returns the sums of the weights.
func (a *Array) Histogram(edges []float64, weights ...*Array) *Array {
	s := site{"Histogram", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if len(edges) < 2 || !rising(edges) {
		return s.fail("edges %v: there must be two at least, and they must rise", edges)
	}
	return tally(s, a, weights, selection.Op{Kind: selection.Histogram, Levels: edges}, len(edges)-1)
}

// Edges returns the edges of n bins of the same width from low to high, for [Array.Histogram] and [Array.Digitize].
func Edges(low, high float64, n int) []float64 {
	edges := make([]float64, max(n, 0)+1)
	for i := range edges {
		edges[i] = low + float64(i)*((high-low)/float64(max(n, 1)))
	}
	edges[len(edges)-1] = high
	return edges
}

// tally counts in each chunk, and adds that.
func tally(s site, a *Array, weights []*Array, op selection.Op, n int) *Array {
	of, d := []*Array{a}, ndarray.Int64
	if len(weights) > 1 {
		return s.fail("%d arrays of weights: give one or none", len(weights))
	}
	for _, w := range weights {
		if err := s.check(w); err != nil {
			return &Array{err: err}
		}
		if !slices.Equal(w.Shape(), a.Shape()) {
			return s.fail("weights of shape %s for elements of shape %s", tuple(w.Shape()), tuple(a.Shape()))
		}
		if w.DType().IsComplex() {
			return s.fail("weights are complex numbers: count with their real and imaginary parts")
		}
		of, d = append(of, s.cast(w, ndarray.Float64)), ndarray.Float64
	}
	counts := s.select_(op, d, a.node.Grid, arrays.Grid{arrays.Even(a.node.Grid.Count(), 1), arrays.Even(n, n)}, of...)
	if counts.err != nil {
		return counts
	}
	return Along(0).fold(s, counts, tile.Sum, d, nil)
}
