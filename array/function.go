package array

import (
	"slices"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Block2 is a registered function of two chunks, which is made with [braid.Func2] as a package variable.
type Block2[T, U, V ndarray.Element] = *braid.Fn2[*ndarray.Array[T], *ndarray.Array[U], *ndarray.Array[V]]

// MapBlocks2 returns the array of what f makes of each chunk of a and the one of b at the same place. The arrays broadcast to one shape
// and are cut alike, as for an operation on elements; f makes a chunk of the shape of those that it is given. A function that wants to know
// where its chunk is gets that as b: see [Indices].
func MapBlocks2[T, U, V ndarray.Element](f Block2[T, U, V], a, b *Array) *Array {
	s := site{"MapBlocks2", caller()}
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	if f == nil {
		return s.fail("the function is nil")
	}
	if d, e := ndarray.DTypeOf[T](), ndarray.DTypeOf[U](); a.DType() != d || b.DType() != e {
		return s.fail("%s takes chunks of types %v and %v, and the elements are of types %v and %v: use Cast to convert them", f.Name(), d, e, a.DType(), b.DType())
	}
	shape, err := s.broadcast(a.Shape(), b.Shape())
	if err != nil {
		return &Array{err: err}
	}
	g := unified(shape, []*arrays.Node{a.node, b.node})
	inputs := make([]*arrays.Node, 2)
	for i, x := range []*Array{a, b} {
		if !slices.Equal(x.Shape(), shape) {
			x = x.BroadcastTo(shape)
		}
		inputs[i] = s.regrid(x, g).node
	}
	return &Array{node: arrays.Call(s.name, s.pc, f, ndarray.DTypeOf[V](), g, inputs...)}
}

// MapAlong returns the array of what f makes of chunks that hold all of an axis, such as a transform of each line. f returns n elements
// along that axis, and otherwise the shape that it is given.
func MapAlong[T, U ndarray.Element](f Block[T, U], a *Array, axis, n int) *Array {
	s := site{"MapAlong", caller()}
	if err := checkBlocks(s, f, a); err != nil {
		return &Array{err: err}
	}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	if n < 0 {
		return s.fail("%d elements along axis %d", n, at)
	}
	space := wholeAlong(a, at)
	g := slices.Clone(space)
	g[at] = arrays.Even(n, n)
	return &Array{node: arrays.Call(s.name, s.pc, f, ndarray.DTypeOf[U](), g, s.regrid(a, space).node)}
}

// Reduce reduces an array along an axis by functions of the user's: fold makes of each chunk one of length 1 along that axis, and merge
// does the same with partial results that lie behind each other there. The tree of merges depends on the number of chunks only. The axis
// stays, with length 1. [ReduceTree] reduces along several axes, with a function for the end.
func Reduce[T, U ndarray.Element](fold Block[T, U], merge Block[U, U], a *Array, axis int) *Array {
	s := site{"Reduce", caller()}
	if err := checkBlocks(s, fold, a); err != nil {
		return &Array{err: err}
	}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	switch {
	case merge == nil:
		return s.fail("the merging function is nil")
	case a.Shape()[at] == 0:
		return s.fail("axis %d of shape %s has no elements to reduce", at, tuple(a.Shape()))
	}
	mask := make([]bool, a.Rank())
	mask[at] = true
	return s.tree(a, mask, arrays.FanIn, fold, merge, ndarray.DTypeOf[U]())
}
