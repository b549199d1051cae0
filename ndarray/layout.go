package ndarray

import (
	"fmt"
	"slices"
)

// Layout says where the elements of an array lie: element (i, j, …) at
// Offset + i·Strides[0] + j·Strides[1] + … of a slice, counted in elements.
// Strides may be negative, or 0 where an axis repeats one element. All views
// are changes of a Layout, so a program can work them out without any data.
//
// A Layout is a value: its methods return new ones. Its slices may be shared,
// so do not write to those of a Layout that you were given.
type Layout struct {
	Shape   []int
	Strides []int
	Offset  int
}

// RowMajor returns the layout of a new array: the last axis is contiguous.
// The shape is not checked; see [Size].
func RowMajor(shape ...int) Layout {
	l := newLayout(len(shape))
	copy(l.Shape, shape)
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		l.Strides[i] = step
		step *= max(1, shape[i])
	}
	return l
}

// newLayout returns a layout of so many axes, whose numbers lie in one piece of memory.
func newLayout(rank int) Layout {
	numbers := make([]int, 2*rank)
	return Layout{Shape: numbers[:rank:rank], Strides: numbers[rank:]}
}

// ColumnMajor returns the layout of Fortran's arrays: the first axis is contiguous.
func ColumnMajor(shape ...int) Layout {
	l := RowMajor(reversed(shape)...)
	return Layout{reversed(l.Shape), reversed(l.Strides), 0}
}

func reversed(s []int) []int {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// Rank returns the number of axes.
func (l Layout) Rank() int { return len(l.Shape) }

// Size returns the number of elements, repeated ones counted each time.
func (l Layout) Size() int {
	size := 1
	for _, n := range l.Shape {
		size *= n
	}
	return size
}

// IsContiguous reports whether the elements lie one after the other in
// row-major order, without gaps. Arrays without elements are contiguous.
func (l Layout) IsContiguous() bool {
	if l.Size() == 0 {
		return true
	}
	step := 1
	for i := len(l.Shape) - 1; i >= 0; i-- {
		if l.Shape[i] == 1 {
			continue
		}
		if l.Strides[i] != step {
			return false
		}
		step *= l.Shape[i]
	}
	return true
}

// Check returns an error unless l is well formed and all its elements lie in a
// slice of n elements.
func (l Layout) Check(n int) error {
	if len(l.Shape) != len(l.Strides) {
		return fmt.Errorf("ndarray: shape %s has %d axes and there are %d strides: give one stride an axis", FormatShape(l.Shape), len(l.Shape), len(l.Strides))
	}
	size, err := Size(l.Shape...)
	if err != nil || size == 0 {
		return err
	}
	for i, s := range l.Strides {
		// Compared by division, so that no product overflows. A stride as long as
		// the slice leaves it at once.
		if steps := l.Shape[i] - 1; steps > 0 && (s > n/steps || s < -(n/steps)) {
			return l.outside(n)
		}
	}
	if l.Offset < 0 || l.Offset >= n {
		return l.outside(n)
	}
	if low, high := l.bounds(); low < 0 || high >= n {
		return l.outside(n)
	}
	return nil
}

// bounds returns the places of the first and the last element in memory. There
// must be one.
func (l Layout) bounds() (low, high int) {
	low, high = l.Offset, l.Offset
	for i, s := range l.Strides {
		if reach := s * (l.Shape[i] - 1); reach > 0 {
			high += reach
		} else {
			low += reach
		}
	}
	return low, high
}

func (l Layout) outside(n int) error {
	return fmt.Errorf("ndarray: shape %s with strides %v and offset %d reaches outside a slice of %d elements", FormatShape(l.Shape), l.Strides, l.Offset, n)
}

// at returns where the element at index lies. It panics as Go's slices do, with
// the axis and the shape.
func (l Layout) at(index []int) int {
	if len(index) != len(l.Shape) {
		panic(fmt.Sprintf("ndarray: %d indices for shape %s, which has %d axes", len(index), FormatShape(l.Shape), len(l.Shape)))
	}
	at := l.Offset
	for axis, i := range index {
		if uint(i) >= uint(l.Shape[axis]) {
			panic(fmt.Sprintf("ndarray: axis %d: index %d out of range for shape %s", axis, i, FormatShape(l.Shape)))
		}
		at += i * l.Strides[axis]
	}
	return at
}

// clone returns l with slices of its own.
func (l Layout) clone() Layout {
	c := newLayout(len(l.Shape))
	copy(c.Shape, l.Shape)
	copy(c.Strides, l.Strides)
	c.Offset = l.Offset
	return c
}
