package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// T returns the array with its axes in reverse order.
func (a *Array) T() *Array { return transpose(site{"T", caller()}, a, nil) }

// Transpose returns the array with its axes in another order: axis i of the result is axis axes[i] of a. Without axes
// their order is reversed.
func (a *Array) Transpose(axes ...int) *Array {
	return transpose(site{"Transpose", caller()}, a, axes)
}

func transpose(s site, a *Array, axes []int) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	rank := a.Rank()
	if len(axes) == 0 {
		for i := rank - 1; i >= 0; i-- {
			axes = append(axes, i)
		}
	}
	order, err := axesOf(axes, rank)
	if err != nil {
		return s.fail("%w", err)
	}
	if len(order) != rank {
		return s.fail("axes %v of an array of shape %s: name each once", axes, tuple(a.Shape()))
	}
	v, g := make(arrays.View, rank), make(arrays.Grid, rank)
	for i, from := range order {
		v[from] = arrays.ViewAxis{Axis: i, Step: 1}
		g[i] = a.node.Grid[from]
	}
	return s.look(a, v, g)
}

func (s site) look(a *Array, v arrays.View, g arrays.Grid) *Array {
	return &Array{node: arrays.Look(s.name, s.pc, v, g, a.node)}
}

// SwapAxes returns the array with two axes exchanged.
func (a *Array) SwapAxes(axis1, axis2 int) *Array {
	s := site{"SwapAxes", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	i, err1 := axisOf(axis1, a.Rank())
	j, err2 := axisOf(axis2, a.Rank())
	if err1 != nil || err2 != nil {
		return s.fail("axes %d and %d of an array of shape %s", axis1, axis2, tuple(a.Shape()))
	}
	axes := numbers(a.Rank())
	axes[i], axes[j] = axes[j], axes[i]
	return transpose(s, a, axes)
}

// MoveAxis returns the array with one axis at another place, and the others in their order.
func (a *Array) MoveAxis(from, to int) *Array {
	s := site{"MoveAxis", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	i, err1 := axisOf(from, a.Rank())
	j, err2 := axisOf(to, a.Rank())
	if err1 != nil || err2 != nil {
		return s.fail("axis %d to place %d of an array of shape %s", from, to, tuple(a.Shape()))
	}
	axes := slices.Insert(slices.Delete(numbers(a.Rank()), i, i+1), j, i)
	return transpose(s, a, axes)
}

func numbers(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// Slice returns the part that items take, one for each axis from the first on, with the meaning of [ndarray.Index];
// axes without an item stay whole.
//
//	a.Slice(ndarray.At(0))                         // a[0]
//	a.Slice(ndarray.All(), ndarray.From(1).By(2))  // a[:, 1::2]
func (a *Array) Slice(items ...ndarray.Index) *Array {
	s := site{"Slice", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	v, out, err := sliced(a.Shape(), items)
	if err != nil {
		return s.fail("%w", err)
	}
	g := make(arrays.Grid, len(out))
	for i, n := range out {
		g[i] = arrays.Even(n, n)
	}
	for k, axis := range v {
		if axis.Axis >= 0 {
			g[axis.Axis] = cutView(a.node.Grid[k], axis, out[axis.Axis])
		}
	}
	return s.look(a, v, g)
}

// sliced returns the view that items take, and its shape.
func sliced(shape []int, items []ndarray.Index) (arrays.View, []int, error) {
	probe := ndarray.Layout{Shape: shape, Strides: make([]int, len(shape))}
	whole, err := probe.Slice(items...)
	if err != nil {
		return nil, nil, err
	}
	v := make(arrays.View, len(shape))
	for k := range shape { // with a stride of 1 here and of 0 elsewhere, the axis can be followed
		probe.Strides = make([]int, len(shape))
		probe.Strides[k] = 1
		l := ndarray.Must(probe.Slice(items...))
		v[k] = arrays.ViewAxis{Axis: -1, Offset: l.Offset}
		for i, step := range l.Strides {
			if step != 0 {
				v[k].Axis, v[k].Step = i, step
			}
		}
	}
	return v, whole.Shape, nil
}

// cutView returns how an axis of a view is cut where chunks of its source end.
func cutView(source arrays.Axis, v arrays.ViewAxis, n int) arrays.Axis {
	if n == 0 {
		return arrays.Even(0, 1)
	}
	var sizes []int
	for i := 0; i < n; {
		p := v.Offset + v.Step*i
		low, high := source.Bounds(source.Find(p))
		m := (high - 1 - p) / max(v.Step, 1) // further points in this chunk
		if v.Step < 0 {
			m = (p - low) / -v.Step
		}
		m = min(m+1, n-i)
		sizes = append(sizes, m)
		i += m
	}
	return arrays.Cut(sizes)
}

// Flip returns the array with the named axes, or all, reversed.
func (a *Array) Flip(axes ...int) *Array {
	s := site{"Flip", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	flipped, err := axesOf(axes, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	v, g := arrays.Identity(a.Rank()), slices.Clone(a.node.Grid)
	for i, n := range a.Shape() {
		if len(axes) == 0 || slices.Contains(flipped, i) {
			v[i] = arrays.ViewAxis{Axis: i, Offset: n - 1, Step: -1}
			g[i] = cutView(a.node.Grid[i], v[i], n)
		}
	}
	return s.look(a, v, g)
}

// BroadcastTo returns the array stretched to a shape: missing axes come in front, and axes of length 1 repeat their
// element.
func (a *Array) BroadcastTo(shape Shape, opts ...Option) *Array {
	return broadcastTo(site{"BroadcastTo", caller()}, a, shape, options(opts))
}

func broadcastTo(s site, a *Array, shape Shape, m making) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if _, err := ndarray.RowMajor(a.Shape()...).BroadcastTo(shape...); err != nil {
		return s.fail("%w", err)
	}
	g, err := m.grid(shape, a.DType().Size())
	if err != nil {
		return s.fail("%w", err)
	}
	v, more := make(arrays.View, a.Rank()), len(shape)-a.Rank()
	for i, n := range a.Shape() {
		v[i] = arrays.ViewAxis{Axis: more + i, Step: 1}
		if n == 1 && shape[more+i] != 1 {
			v[i] = arrays.ViewAxis{Axis: -1}
		} else if m.chunks == nil && m.sizes == nil {
			g[more+i] = a.node.Grid[i]
		}
	}
	return s.look(a, v, g)
}

// Squeeze returns the array without the named axes of length 1, or without all of them.
func (a *Array) Squeeze(axes ...int) *Array {
	s := site{"Squeeze", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	drop, err := axesOf(axes, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	for _, i := range drop {
		if a.node.Shape[i] != 1 {
			return s.fail("axis %d of shape %s has %d elements and cannot be squeezed away", i, tuple(a.Shape()), a.node.Shape[i])
		}
	}
	v, g := make(arrays.View, a.Rank()), arrays.Grid{}
	for i, n := range a.Shape() {
		if n == 1 && (len(axes) == 0 || slices.Contains(drop, i)) {
			v[i] = arrays.ViewAxis{Axis: -1}
			continue
		}
		v[i] = arrays.ViewAxis{Axis: len(g), Step: 1}
		g = append(g, a.node.Grid[i])
	}
	return s.look(a, v, g)
}

// ExpandDims returns the array with a new axis of length 1 at the place axis of the result, which may count from its
// end.
func (a *Array) ExpandDims(axis int) *Array {
	s := site{"ExpandDims", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	at, err := axisOf(axis, a.Rank()+1)
	if err != nil {
		return s.fail("%w, counting the new one", err)
	}
	if a.Rank() == ndarray.MaxRank {
		return s.fail("one axis more than %d: an array has at most %d", a.Rank(), ndarray.MaxRank)
	}
	v := arrays.Identity(a.Rank())
	for i := at; i < len(v); i++ {
		v[i].Axis++
	}
	return s.look(a, v, slices.Insert(slices.Clone(a.node.Grid), at, arrays.Even(1, 1)))
}

// Diagonal returns the diagonals of the planes of two axes, offset places above the main one, as the last axis.
func (a *Array) Diagonal(offset, axis1, axis2 int) *Array {
	s := site{"Diagonal", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	both, err := axesOf([]int{axis1, axis2}, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	l, err := ndarray.RowMajor(a.Shape()...).Diagonal(offset, axis1, axis2)
	if err != nil {
		return s.fail("%w", err)
	}
	n := l.Shape[len(l.Shape)-1]
	v, g := make(arrays.View, a.Rank()), arrays.Grid{}
	for i := range v {
		if !slices.Contains(both, i) {
			v[i] = arrays.ViewAxis{Axis: len(g), Step: 1}
			g = append(g, a.node.Grid[i])
		}
	}
	last := len(g)
	v[both[0]] = arrays.ViewAxis{Axis: last, Offset: max(0, -offset), Step: 1}
	v[both[1]] = arrays.ViewAxis{Axis: last, Offset: max(0, offset), Step: 1}
	return s.look(a, v, append(g, cutView(a.node.Grid[both[0]], v[both[0]], n)))
}
