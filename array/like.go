package array

import (
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
)

// ZerosLike returns zeros of the shape, type and chunks of a.
func ZerosLike(a *Array) *Array { return fullLike(site{"ZerosLike", caller()}, a, 0) }

// OnesLike returns ones of the shape, type and chunks of a.
func OnesLike(a *Array) *Array { return fullLike(site{"OnesLike", caller()}, a, 1) }

// FullLike returns equal elements of the shape, type and chunks of a.
func FullLike(a *Array, value any) *Array { return fullLike(site{"FullLike", caller()}, a, value) }

func fullLike(s site, a *Array, value any) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	v, ok := scalarOf(value)
	if !ok {
		return s.fail("a value of type %T is no number", value)
	}
	if err := v.fits(a.DType()); err != nil {
		return s.fail("%w", err)
	}
	return &Array{node: arrays.Full(s.name, s.pc, a.DType(), v.bits(a.DType()), a.node.Grid)}
}

// Tri returns the matrix of n rows and m columns whose elements are 1 on and below diagonal number k, and 0 above.
func Tri(n, m, k int, opts ...Option) *Array {
	return site{"Tri", caller()}.diagonals(tile.LessEqual, n, m, k, opts)
}

// Diag returns of a matrix its diagonal number k, and of an array of one axis the square matrix that has it there and 0 elsewhere.
func (a *Array) Diag(k int) *Array {
	s := site{"Diag", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	switch a.Rank() {
	case 2:
		return a.Diagonal(k, 0, 1)
	case 1:
	default:
		return s.fail("an array of shape %s: it must have one axis or two", tuple(a.Shape()))
	}
	n := a.Size() + max(k, -k)
	line := Pad(a, [][2]int{{max(k, 0), max(-k, 0)}}, Constant(0))
	square := []int{n, n}
	m := making{bytes: max(1, a.node.ChunkBytes())}
	g, err := m.grid(square, a.DType().Size())
	if err != nil {
		return s.fail("%w", err)
	}
	on := s.binary(tile.Equal, s.positions(square, []int64{-1, 1}, g), k)
	return s.where(on, line, zeroOf(a.DType()))
}

// Meshgrid returns, for arrays of one axis, arrays of as many axes in which each is repeated along the others: the first along the
// columns and the second along the rows, as NumPy does.
func Meshgrid(of ...*Array) []*Array { return meshgrid(site{"Meshgrid", caller()}, true, of) }

// MeshgridIJ is [Meshgrid] with the first array along the first axis.
func MeshgridIJ(of ...*Array) []*Array { return meshgrid(site{"MeshgridIJ", caller()}, false, of) }

func meshgrid(s site, swap bool, of []*Array) []*Array {
	out := make([]*Array, len(of))
	fail := func(a *Array) []*Array {
		for i := range out {
			out[i] = a
		}
		return out
	}
	if err := s.check(of...); err != nil {
		return fail(&Array{err: err})
	}
	place := numbers(len(of))
	if swap && len(of) > 1 {
		place[0], place[1] = 1, 0
	}
	g, shape := make(arrays.Grid, len(of)), make([]int, len(of))
	for i, a := range of {
		if a.Rank() != 1 {
			return fail(s.fail("array %d has shape %s: it must have one axis", i, tuple(a.Shape())))
		}
		g[place[i]], shape[place[i]] = a.node.Grid[0], a.Size()
	}
	if _, err := sizeOf(shape); err != nil {
		return fail(s.fail("%w", err))
	}
	for i, a := range of {
		out[i] = s.look(a, arrays.View{{Axis: place[i], Step: 1}}, g)
	}
	return out
}
