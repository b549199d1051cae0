package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// MatMul returns the matrix product, with the meaning of NumPy's matmul: of the last two axes, with further axes before them as stacks
// of matrices, which broadcast; an array of one axis is a row on the left and a column on the right. Sums of floats are made of fused
// operations and do not depend on how many workers there are.
func (a *Array) MatMul(b *Array) *Array { return matmul(site{"MatMul", caller()}, a, b) }

func matmul(s site, a, b *Array) *Array {
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	if a.Rank() == 0 || b.Rank() == 0 {
		return s.fail("a matrix product of shapes %s and %s: numbers have no rows and columns; use Mul", tuple(a.Shape()), tuple(b.Shape()))
	}
	const row, column, inner, stack = 0, 1, 2, 3
	left, right := []int{inner}, []int{inner}
	var out []int
	n := max(a.Rank(), b.Rank()) - 2
	for k := range n {
		out = append(out, stack+k)
	}
	if a.Rank() > 1 {
		left, out = append(stackLabels(n, a.Rank()-2), row, inner), append(out, row)
	}
	if b.Rank() > 1 {
		right, out = append(stackLabels(n, b.Rank()-2), inner, column), append(out, column)
	}
	a, b, err := stretchStacks(a, b)
	if err != nil {
		return s.fail("%w", err)
	}
	return s.contract(a, left, b, right, out)
}

// stackLabels are those of the last k of n axes of a stack.
func stackLabels(n, k int) []int {
	var labels []int
	for i := n - k; i < n; i++ {
		labels = append(labels, 3+i)
	}
	return labels
}

// stretchStacks broadcasts the axes before the last two where both have them.
func stretchStacks(a, b *Array) (x, y *Array, err error) {
	if a.Rank() < 3 || b.Rank() < 3 {
		return a, b, nil
	}
	p, q := a.Shape()[:a.Rank()-2], b.Shape()[:b.Rank()-2]
	both, err := ndarray.BroadcastShapes(p, q)
	if err != nil {
		return nil, nil, err
	}
	of := func(a *Array, own []int) *Array {
		shape := slices.Concat(both[len(both)-len(own):], a.Shape()[len(own):])
		if slices.Equal(shape, a.Shape()) {
			return a
		}
		return a.BroadcastTo(shape)
	}
	return of(a, p), of(b, q), nil
}

// Dot returns the sums of products along the last axis of a and the last but one of b, with the meaning of NumPy's dot.
func (a *Array) Dot(b *Array) *Array {
	s := site{"Dot", caller()}
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	if a.Rank() == 0 || b.Rank() == 0 {
		return s.binary(tile.Multiply, a, b)
	}
	return tensordot(s, a, b, []int{a.Rank() - 1}, []int{max(0, b.Rank()-2)})
}

// VDot returns the sum of the products of all elements of a, which are conjugated first, and of b, in row-major order.
func VDot(a, b *Array) *Array {
	s := site{"VDot", caller()}
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	if a.Size() != b.Size() {
		return s.fail("shapes %s and %s have different numbers of elements", tuple(a.Shape()), tuple(b.Shape()))
	}
	if a.DType().IsComplex() {
		a = s.apply(tile.Conj, a)
	}
	return tensordot(s, reshape(s, a, Shape{-1}, making{}), reshape(s, b, Shape{-1}, making{}), []int{0}, []int{0})
}

// TensorDot returns the sums of products over axesA of a, each together with the one of axesB of b at the same place in the list. The
// other axes of a come first, then those of b.
func TensorDot(a, b *Array, axesA, axesB []int) *Array {
	s := site{"TensorDot", caller()}
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	return tensordot(s, a, b, axesA, axesB)
}

func tensordot(s site, a, b *Array, axesA, axesB []int) *Array {
	ofA, err := axesOf(axesA, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	ofB, err := axesOf(axesB, b.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(b.Shape()))
	}
	if len(ofA) != len(ofB) {
		return s.fail("axes %v of one array and %v of the other: name as many of each", axesA, axesB)
	}
	left, right := numbers(a.Rank()), make([]int, b.Rank())
	var out []int
	for i := range left {
		if !slices.Contains(ofA, i) {
			out = append(out, i)
		}
	}
	for k := range right {
		if at := slices.Index(ofB, k); at >= 0 {
			right[k] = ofA[at]
			continue
		}
		right[k] = a.Rank() + k
		out = append(out, right[k])
	}
	return s.contract(a, left, b, right, out)
}

// Outer returns the products of every element of a with every one of b, both in row-major order.
func Outer(a, b *Array) *Array {
	s := site{"Outer", caller()}
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	x, y := reshape(s, a, Shape{-1}, making{}), reshape(s, b, Shape{-1}, making{})
	return s.binary(tile.Multiply, x.ExpandDims(1), y)
}

// Trace returns the sums of the diagonals of the planes of the first two axes.
func (a *Array) Trace() *Array {
	s := site{"Trace", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if a.Rank() < 2 {
		return s.fail("an array of shape %s has no diagonal: it needs two axes", tuple(a.Shape()))
	}
	return Along(-1).sum(s, a.Diagonal(0, 0, 1))
}

// contract sums products over the labels that are not in out. Each axis has a label; one that both have is gone through together.
func (s site) contract(a *Array, left []int, b *Array, right, out []int) *Array {
	d, err := ndarray.ResultType(a.DType(), b.DType())
	if err != nil {
		return s.fail("%w", err)
	}
	a, b = s.cast(a, d), s.cast(b, d)
	kinds := [4][]int{} // labels of the stack, rows, columns, and those summed over
	axes := map[int]arrays.Axis{}
	for k, label := range left {
		axes[label] = a.node.Grid[k]
		kind := 3
		switch inB, inOut := slices.Contains(right, label), slices.Contains(out, label); {
		case inB && inOut:
			kind = 0
		case inOut:
			kind = 1
		}
		kinds[kind] = append(kinds[kind], label)
	}
	for k, label := range right {
		have, both := axes[label]
		of := b.node.Grid[k]
		switch {
		case !both:
			kinds[2] = append(kinds[2], label)
			axes[label] = of
		case have.Len != of.Len:
			return s.fail("axis %d of shape %s has %d elements, and axis %d of shape %s, which it meets, has %d: T or Transpose turn an array",
				slices.Index(left, label), tuple(a.Shape()), have.Len, k, tuple(b.Shape()), of.Len)
		case of.Count() > have.Count():
			axes[label] = of
		}
	}
	var space arrays.Grid
	place, ranks := map[int]int{}, [4]int{}
	for kind, labels := range kinds {
		ranks[kind] = len(labels)
		for _, label := range labels {
			place[label] = len(space)
			space = append(space, axes[label])
		}
	}
	seen := func(a *Array, labels []int) arrays.Seen {
		v := make(arrays.View, len(labels))
		for k, label := range labels {
			v[k] = arrays.ViewAxis{Axis: place[label], Step: 1}
		}
		return arrays.Seen{Node: a.node, View: v}
	}
	c := &Array{node: arrays.Product(s.name, s.pc, space, ranks, seen(a, left), seen(b, right))}
	if arrays.Chains(space, ranks) > 1 {
		fold := tile.Sum
		if d == ndarray.Bool {
			fold = tile.Any
		}
		c = Along(0).fold(s, c, fold, d, nil)
	}
	order := make([]int, len(out))
	for i, label := range out {
		order[i] = place[label]
	}
	if slices.IsSorted(order) {
		return c
	}
	return transpose(s, c, order)
}
