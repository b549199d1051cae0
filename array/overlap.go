package array

import "github.com/braid-compute/braid/internal/plan/arrays"

// Overlap returns the chunks of a, each together with some elements of its neighbours, as those of a larger array: for functions of blocks
// that [MapOverlap] does not call, such as a [Function]. [TrimOverlap] cuts off again what was added.
//
//	h := array.Halo{Depth: []int{1}, Edge: []array.Edge{array.Nearest}}
//	smooth := array.TrimOverlap(blur.Map(array.Overlap(a, h)), h)
func Overlap(a *Array, h Halo) *Array {
	s := site{"Overlap", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	halo, err := h.of(a.Shape(), a.DType())
	if err != nil {
		return s.fail("%w", err)
	}
	return &Array{node: arrays.Widened(s.name, s.pc, halo, a.node)}
}

// TrimOverlap returns an array whose chunks are those that [Overlap] makes, or what functions made of them, without what the halo added.
// Chunks must have been as long as the halo is deep.
func TrimOverlap(a *Array, h Halo) *Array {
	s := site{"TrimOverlap", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	halo, err := h.of(a.Shape(), a.DType())
	if err != nil {
		return s.fail("%w", err)
	}
	n, err := arrays.Trimmed(s.name, s.pc, halo, a.node)
	if err != nil {
		return s.fail("%w", err)
	}
	return &Array{node: n}
}
