package array

import (
	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// FromDelayed returns the array of a shape whose chunks, in row-major order, are the results of calls, delayed or submitted before, or
// values. Options say how it is cut: there must be as many blocks as chunks, and each must be of the shape of its chunk, or the tasks that
// read it fail. Elements are of type T, unless the option As says another one.
//
//	blocks := []*braid.Delayed[*ndarray.Array[float64]]{load.Call(braid.V("a")), load.Call(braid.V("b"))}
//	a := array.FromDelayed(blocks, array.Shape{200, 50}, array.Chunks(100, -1))
func FromDelayed[T ndarray.Element, A braid.Arg[*ndarray.Array[T]]](blocks []A, shape Shape, opts ...Option) *Array {
	s, m, d := site{"FromDelayed", caller()}, options(opts), ndarray.DTypeOf[T]()
	g, err := m.grid(shape, d.Size())
	if err != nil {
		return s.fail("%w", err)
	}
	if n := g.Count(); n != len(blocks) {
		return s.fail("%s for shape %s, which is cut into %d: give one for each, or say by Chunks or ChunkSizes how it is cut",
			plural(len(blocks), "block"), tuple(shape), n)
	}
	chunks := make([]any, len(blocks))
	for i, b := range blocks {
		chunks[i] = b
	}
	return m.cast(s, &Array{node: arrays.Promised(s.name, s.pc, d, g, chunks)})
}
