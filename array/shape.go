package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Reshape returns the elements in row-major order under another shape. One length may be -1: it is what the others
// leave. The first axis is cut as the chunks of a were, unless options say otherwise.
func (a *Array) Reshape(shape Shape, opts ...Option) *Array {
	return reshape(site{"Reshape", caller()}, a, shape, options(opts))
}

// Ravel returns the elements in row-major order along one axis.
func (a *Array) Ravel() *Array { return reshape(site{"Ravel", caller()}, a, Shape{-1}, making{}) }

func reshape(s site, a *Array, shape Shape, m making) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	l, _, err := ndarray.RowMajor(a.Shape()...).Reshape(shape...)
	if err != nil {
		return s.fail("%w", err)
	}
	shape = l.Shape
	if slices.Equal(shape, a.Shape()) && m.chunks == nil && m.sizes == nil && m.bytes == 0 {
		return a
	}
	if m.bytes == 0 {
		m.bytes = max(1, a.node.ChunkBytes())
	}
	g, err := m.grid(shape, a.DType().Size())
	if err != nil {
		return s.fail("%w", err)
	}
	if m.chunks == nil && m.sizes == nil {
		g = rows(shape, int64(a.DType().Size()), m.bytes)
	}
	return &Array{node: arrays.Reshape(s.name, s.pc, g, a.node)}
}

// rows cuts a shape into parts that lie together in row-major order.
func rows(shape []int, element, most int64) arrays.Grid {
	g := arrays.Whole(shape)
	bytes := element
	for _, n := range shape {
		bytes *= int64(max(n, 1))
	}
	for i, n := range shape {
		if bytes <= most || n == 0 {
			break
		}
		row := bytes / int64(n)
		step := int(max(1, most/row))
		g[i] = arrays.Even(n, step)
		bytes = row
	}
	return g
}

// Concatenate returns arrays one behind the other along an axis. Their types meet as in [ndarray.ResultType].
func Concatenate(axis int, of ...*Array) *Array {
	return concatenate(site{"Concatenate", caller()}, axis, of)
}

func concatenate(s site, axis int, of []*Array) *Array {
	if err := s.check(of...); err != nil {
		return &Array{err: err}
	}
	if len(of) == 0 {
		return s.fail("there are no arrays")
	}
	at, err := axisOf(axis, of[0].Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(of[0].Shape()))
	}
	types := make([]ndarray.DType, len(of))
	for i, a := range of {
		types[i] = a.DType()
		same := a.Rank() == of[0].Rank()
		for k := 0; same && k < a.Rank(); k++ {
			same = k == at || a.Shape()[k] == of[0].Shape()[k]
		}
		if !same {
			return s.fail("shapes %s and %s differ in another axis than %d, along which they are joined", tuple(of[0].Shape()), tuple(a.Shape()), at)
		}
	}
	d, err := ndarray.ResultType(types...)
	if err != nil {
		return s.fail("%w", err)
	}
	nodes := make([]*arrays.Node, len(of))
	for i, a := range of {
		g := slices.Clone(of[0].node.Grid)
		g[at] = a.node.Grid[at]
		nodes[i] = s.regrid(s.cast(a, d), g).node
	}
	return &Array{node: arrays.Join(s.name, s.pc, at, nodes...)}
}

// Stack returns arrays of one shape as the parts of a new axis.
func Stack(axis int, of ...*Array) *Array {
	s := site{"Stack", caller()}
	if err := s.check(of...); err != nil {
		return &Array{err: err}
	}
	if len(of) == 0 {
		return s.fail("there are no arrays")
	}
	wide := make([]*Array, len(of))
	for i, a := range of {
		if !slices.Equal(a.Shape(), of[0].Shape()) {
			return s.fail("shapes %s and %s differ", tuple(of[0].Shape()), tuple(a.Shape()))
		}
		wide[i] = a.ExpandDims(axis)
		if err := wide[i].Err(); err != nil {
			return s.fail("axis %d of %d: there is no such place", axis, a.Rank()+1)
		}
	}
	if axis < 0 {
		axis += of[0].Rank() + 1
	}
	return concatenate(s, axis, wide)
}
