package array

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

const opReblock = "num/reblock"

func init() {
	braid.RegisterOperation(arrays.CallOperation(opReblock, "1", reblock))
}

// reblock gives a chunk the shape of the one that is to be made.
func reblock(_ context.Context, b *arrays.Blocks) ([]ndarray.Untyped, error) {
	if len(b.In) != 1 {
		return nil, fmt.Errorf("%s of %d chunks: client and worker are of different versions", opReblock, len(b.In))
	}
	u := ndarray.Clone(b.In[0])
	_, _, shape := b.Region(0)
	l, _, err := u.Layout().Reshape(shape...)
	if err != nil {
		return nil, err
	}
	u, err = ndarray.View(u, l)
	return []ndarray.Untyped{u}, err
}

// ReshapeBlockwise returns the array with each chunk reshaped by itself: no element leaves its chunk, so their order differs from that of
// [Array.Reshape] where several chunks lie along axes that become one. It is for what does not depend on that order, and for reshaping there
// and back. Neighbouring axes are merged into one where their lengths multiplied are that of an axis of the shape; an axis that is cut into several
// needs [ChunkSizes], which say what becomes of each chunk: as many chunks as there were, each of as many elements.
//
//	flat := a.ReshapeBlockwise(array.Shape{6})
//	same := flat.ReshapeBlockwise(a.Shape(), array.ChunkSizes(a.Chunks()...))
func (a *Array) ReshapeBlockwise(shape Shape, opts ...Option) *Array {
	s, m := site{"ReshapeBlockwise", caller()}, options(opts)
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	n, err := sizeOf(shape)
	if err == nil && n != a.Size() {
		err = fmt.Errorf("%d elements of shape %s as shape %s", a.Size(), tuple(a.Shape()), tuple(shape))
	}
	if err != nil {
		return s.fail("%w", err)
	}
	var g arrays.Grid
	if m.sizes != nil {
		g, err = listed(shape, m.sizes)
	} else {
		g, err = merged(a.node.Grid, shape)
	}
	if err == nil {
		err = sameChunks(a.node.Grid, g)
	}
	if err != nil {
		return s.fail("%w", err)
	}
	made := arrays.Apply(s.name, s.pc, opReblock, nil, a.node.Grid, []arrays.Result{{Grid: g, DType: a.DType()}}, [][]int{numbers(a.Rank())}, a.node)
	return &Array{node: made[0]}
}

// merged returns the chunks of a shape whose axes are neighbouring axes of a grid, merged.
func merged(from arrays.Grid, shape Shape) (arrays.Grid, error) {
	g := make(arrays.Grid, len(shape))
	for i, n := range shape {
		sizes, length := []int{1}, 1
		take := func() {
			length *= from[0].Len
			sizes = products(sizes, from[0].Sizes())
			from = from[1:]
		}
		if n == 1 && len(from) > 0 && from[0].Len == 1 {
			take()
		}
		for len(from) > 0 && length != n {
			take()
		}
		for i == len(shape)-1 && len(from) > 0 && from[0].Len == 1 {
			take()
		}
		if length != n {
			return nil, fmt.Errorf("axis %d of shape %s is not made of whole axes of the array: say by ChunkSizes what becomes of each chunk", i, tuple(shape))
		}
		g[i] = arrays.Cut(sizes)
	}
	return g, nil
}

// products returns each number of one list times each of another, in row-major order.
func products(x, y []int) []int {
	out := make([]int, 0, len(x)*len(y))
	for _, a := range x {
		for _, b := range y {
			out = append(out, a*b)
		}
	}
	return out
}

// sameChunks refuses chunks that are not as many as others, or not of as many elements.
func sameChunks(from, to arrays.Grid) error {
	if from.Count() != to.Count() {
		return fmt.Errorf("%s become %d: none may be cut or joined", plural(from.Count(), "chunk"), to.Count())
	}
	for k := range from.Count() {
		_, have := from.Chunk(k)
		_, want := to.Chunk(k)
		if product(have) != product(want) {
			return fmt.Errorf("chunk number %d of shape %s cannot become one of shape %s", k, tuple(have), tuple(want))
		}
	}
	return nil
}

func product(of []int) int {
	n := 1
	for _, k := range of {
		n *= k
	}
	return n
}
