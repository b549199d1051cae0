package array

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// SetSlice returns the array with other elements where items point, as in a[items] = value of NumPy: the value, an *Array, an array of
// package ndarray or a number, broadcasts to what items take and gets the type of a. Nothing is changed in a.
func (a *Array) SetSlice(value any, items ...ndarray.Index) *Array {
	s := site{"SetSlice", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	v, out, err := sliced(a.Shape(), items)
	if err != nil {
		return s.fail("%w", err)
	}
	new, err := s.stretched(value, a.DType(), out)
	if err != nil {
		return &Array{err: err}
	}
	if new.Size() == 0 {
		return a
	}
	return s.regrid(s.place(a, s.under(new, v), v, 0), a.node.Grid)
}

// stretched returns a value as an array of a type and shape.
func (s site) stretched(value any, d ndarray.DType, shape []int) (*Array, error) {
	o, err := s.operandOf(value)
	if err != nil {
		return nil, err
	}
	a := o.array
	if a == nil {
		if err := o.number.fits(d); err != nil {
			return nil, s.wrong(err)
		}
		a = &Array{node: arrays.Full(s.name, s.pc, d, o.number.bits(d), arrays.Grid{})}
	}
	for a.Rank() > len(shape) && a.Shape()[0] == 1 {
		a = a.Slice(ndarray.At(0))
	}
	a = s.cast(a, d)
	if !slices.Equal(a.Shape(), shape) {
		a = broadcastTo(s, a, shape, making{})
	}
	return a, a.err
}

// under gives new elements the axes of the array that they are for: one of length 1 where items take a single position, none for new
// axes, and forwards.
func (s site) under(new *Array, v arrays.View) *Array {
	var back, extra []int
	used := map[int]bool{}
	for _, a := range v {
		if a.Axis >= 0 {
			used[a.Axis] = true
			if a.Step < 0 {
				back = append(back, a.Axis)
			}
		}
	}
	for i := range new.Rank() {
		if !used[i] {
			extra = append(extra, i)
		}
	}
	if back != nil {
		new = new.Flip(back...)
	}
	if extra != nil {
		new = new.Squeeze(extra...)
	}
	for k, a := range v {
		if a.Axis < 0 {
			new = new.ExpandDims(k)
		}
	}
	return new
}

// place puts new elements into an array from axis k on.
func (s site) place(a, new *Array, v arrays.View, k int) *Array {
	if k == a.Rank() {
		return new
	}
	n := new.Shape()[k]
	first, step := v[k].Offset, max(v[k].Step, -v[k].Step)
	if v[k].Step < 0 {
		first -= step * (n - 1)
	}
	if v[k].Axis < 0 || step == 0 {
		step = 1
	}
	part := func(i ndarray.Index) *Array {
		items := make([]ndarray.Index, k+1)
		items[k] = i
		return a.Slice(items...)
	}
	end := first + step*(n-1) + 1
	middle := part(ndarray.Range(first, end))
	taken := middle
	if step > 1 {
		items := make([]ndarray.Index, k+1)
		items[k] = ndarray.All().By(step)
		taken = middle.Slice(items...)
	}
	inside := s.place(taken, new, v, k+1)
	if step > 1 {
		inside = s.between(middle, inside, k, step)
	}
	parts := []*Array{inside}
	if first > 0 {
		parts = append([]*Array{part(ndarray.To(first))}, parts...)
	}
	if end < a.Shape()[k] {
		parts = append(parts, part(ndarray.From(end)))
	}
	if len(parts) == 1 {
		return inside
	}
	return concatenate(s, k, parts)
}

// between puts elements at every so many places of an axis.
func (s site) between(a, new *Array, axis, step int) *Array {
	places := make([]int, a.Shape()[axis])
	for i := range places {
		places[i] = i / step
	}
	on := s.binary(tile.Equal, s.binary(tile.Mod, indicesAlong(s, a, axis), step), 0)
	return s.where(on, take(s, new, places, axis), a)
}

// SetMask returns the array with a value, an array or a number, where the mask is true, or other than zero. The value gets the type of
// a; value and mask broadcast to its shape.
func (a *Array) SetMask(mask *Array, value any) *Array {
	s := site{"SetMask", caller()}
	if err := s.check(a, mask); err != nil {
		return &Array{err: err}
	}
	new, err := s.stretched(value, a.DType(), a.Shape())
	if err != nil {
		return &Array{err: err}
	}
	if _, err := ndarray.RowMajor(mask.Shape()...).BroadcastTo(a.Shape()...); err != nil {
		return s.fail("%w", err)
	}
	return s.regrid(s.where(mask, new, a), a.node.Grid)
}

// VIndex returns the elements at listed points: the list at number k has their coordinates along axis k, which may count from the end.
func (a *Array) VIndex(coordinates ...[]int) *Array {
	s := site{"VIndex", caller()}
	flat, err := s.points(a, coordinates)
	if err != nil {
		return &Array{err: err}
	}
	return take(s, reshape(s, a, Shape{-1}, making{}), flat, 0)
}

// points returns the places in row-major order of points of an array.
func (s site) points(a *Array, coordinates [][]int) ([]int, error) {
	if err := s.check(a); err != nil {
		return nil, err
	}
	if len(coordinates) != a.Rank() || a.Rank() == 0 {
		return nil, s.wrong(fmt.Errorf("coordinates along %d axes for an array of shape %s", len(coordinates), tuple(a.Shape())))
	}
	flat := make([]int, len(coordinates[0]))
	for axis, of := range coordinates {
		n := a.Shape()[axis]
		own, err := resolved(of, n)
		if err != nil {
			return nil, s.wrong(fmt.Errorf("axis %d: %w", axis, err))
		}
		if len(own) != len(flat) {
			return nil, s.wrong(fmt.Errorf("%d coordinates along axis 0 and %d along axis %d", len(flat), len(own), axis))
		}
		for i, p := range own {
			flat[i] = flat[i]*n + p
		}
	}
	return flat, nil
}
