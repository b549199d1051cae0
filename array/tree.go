package array

import (
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Tree is a reduction by functions of the user's, from elements of type T through partial results of type U to results of type V.
type Tree[T, U, V ndarray.Element] struct {
	Fold   Block[T, U] // makes of a chunk a partial result, of length 1 along the axes that are reduced
	Merge  Block[U, U] // makes one of several partial results, which lie behind each other along these axes
	Finish Block[U, V] // makes of the last partial result the result, of the same shape; nil if they are the same
}

// ReduceTree reduces an array along the axes of a reduction, of which [Reduction.Keep] and [Reduction.SplitEvery] count. The tree of merges
// depends on the number of chunks only. Where several axes are reduced, a task merges about so many partial results of all of them together.
func ReduceTree[T, U, V ndarray.Element](r Reduction, t Tree[T, U, V], a *Array) *Array {
	s := site{"ReduceTree", caller()}
	if err := checkBlocks(s, t.Fold, a); err != nil {
		return &Array{err: err}
	}
	mask, n, err := r.reduced(a)
	switch {
	case err != nil:
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	case t.Merge == nil:
		return s.fail("the merging function is nil")
	case n == 0:
		return s.fail("an axis of shape %s that is reduced has no elements", tuple(a.Shape()))
	case t.Finish == nil && ndarray.DTypeOf[U]() != ndarray.DTypeOf[V]():
		return s.fail("the finishing function is nil, and partial results of type %v are no results of type %v", ndarray.DTypeOf[U](), ndarray.DTypeOf[V]())
	case r.fanIn() < 2:
		return s.fail("SplitEvery(%d): a task merges at least 2 partial results", r.fan)
	}
	a = s.tree(a, mask, r.fanIn(), t.Fold, t.Merge, ndarray.DTypeOf[U]())
	if t.Finish != nil {
		a = &Array{node: arrays.Call(s.name, s.pc, t.Finish, ndarray.DTypeOf[V](), a.node.Grid, a.node)}
	}
	if r.keep {
		return a
	}
	var gone []int
	for axis, reduced := range mask {
		if reduced {
			gone = append(gone, axis)
		}
	}
	if gone == nil {
		return a
	}
	return a.Squeeze(gone...)
}

// tree folds chunks and merges neighbours until one is left along the axes of a mask.
func (s site) tree(a *Array, mask []bool, fan int, fold, merge any, d ndarray.DType) *Array {
	reduced := 0
	for _, r := range mask {
		if r {
			reduced++
		}
	}
	side := max(2, int(math.Pow(float64(fan), 1/float64(max(1, reduced)))+1e-9))
	call := func(f any, of *Array) *Array {
		g := slices.Clone(of.node.Grid)
		for axis, r := range mask {
			if r {
				g[axis] = arrays.Even(g[axis].Count(), 1)
			}
		}
		return &Array{node: arrays.Call(s.name, s.pc, f, d, g, of.node)}
	}
	for a = call(fold, a); ; a = call(merge, a) {
		g, more := slices.Clone(a.node.Grid), false
		for axis, r := range mask {
			if r && g[axis].Len > 1 {
				g[axis], more = arrays.Even(g[axis].Len, side), true
			}
		}
		if !more {
			return a
		}
		a = s.regrid(a, g)
	}
}
