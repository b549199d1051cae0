package ndarray

import (
	"fmt"
	"iter"
	"slices"
	"unsafe"
)

// Array is a dense n-dimensional array: a [Layout] over a slice. Views made
// from it share that slice, so a write through one is seen through the others.
// An Array is never changed except in its elements. The zero Array has no axes
// and no element; use [New] or a conversion.
type Array[T Element] struct {
	layout Layout
	data   []T
}

// New returns an array of zeros. It panics, as make does, if the shape is
// negative or too large; check a shape that comes from outside with [Size].
func New[T Element](shape ...int) *Array[T] {
	n, err := Size(shape...)
	if err != nil {
		panic(err)
	}
	return &Array[T]{RowMajor(shape...), make([]T, n)}
}

// Full returns an array whose elements are all v. It panics as [New] does.
func Full[T Element](v T, shape ...int) *Array[T] {
	a := New[T](shape...)
	for i := range a.data {
		a.data[i] = v
	}
	return a
}

// FromSlice returns an array over data itself, in row-major order. Without a
// shape it has one axis. The shape must have as many elements as data.
func FromSlice[T Element](data []T, shape ...int) (*Array[T], error) {
	if len(shape) == 0 {
		return &Array[T]{RowMajor(len(data)), data}, nil
	}
	n, err := Size(shape...)
	if err != nil {
		return nil, err
	}
	if n != len(data) {
		return nil, fmt.Errorf("ndarray: a slice of %d elements for shape %s, which has %d", len(data), FormatShape(shape), n)
	}
	return &Array[T]{RowMajor(shape...), data}, nil
}

// FromLayout returns an array over data itself, laid out as l says. It is an
// error if an element would lie outside of data.
func FromLayout[T Element](data []T, l Layout) (*Array[T], error) {
	if err := l.Check(len(data)); err != nil {
		return nil, err
	}
	return &Array[T]{l.clone(), data}, nil
}

// Scalar returns an array without axes that holds v.
func Scalar[T Element](v T) *Array[T] { return &Array[T]{RowMajor(), []T{v}} }

// Must returns v, and panics if err is not nil. It is for views and conversions
// whose arguments are written in the program.
func Must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// DType returns the type of the elements.
func (a *Array[T]) DType() DType { return DTypeOf[T]() }

// MemorySize returns how many bytes the elements take, each counted once where
// several places of a broadcast array share it.
func (a *Array[T]) MemorySize() int64 {
	return int64(min(a.Size(), len(a.data))) * int64(unsafe.Sizeof(*new(T)))
}

// Layout returns where the elements lie in [Array.Memory].
func (a *Array[T]) Layout() Layout { return a.layout }

// Shape returns the lengths of the axes. Do not write to it.
func (a *Array[T]) Shape() []int { return a.layout.Shape }

// Rank returns the number of axes.
func (a *Array[T]) Rank() int { return a.layout.Rank() }

// Size returns the number of elements.
func (a *Array[T]) Size() int { return a.layout.Size() }

// Memory returns the slice that the array is a view of. Elements that are not
// the array's may be in it; see [Array.Data].
func (a *Array[T]) Memory() []T { return a.data }

// Data returns the elements in row-major order without a copy. ok is false if
// they do not lie so; [Array.Ravel] copies then.
func (a *Array[T]) Data() (data []T, ok bool) {
	if !a.layout.IsContiguous() {
		return nil, false
	}
	n := a.layout.Size()
	if n == 0 {
		return a.data[:0], true
	}
	return a.data[a.layout.Offset : a.layout.Offset+n : a.layout.Offset+n], true
}

// At returns one element. Like a[i] of a slice it panics if there are not as
// many indices as axes, or one is outside; it does not count from the end.
func (a *Array[T]) At(index ...int) T { return a.data[a.layout.at(index)] }

// Set changes one element. It panics as [Array.At] does.
func (a *Array[T]) Set(v T, index ...int) { a.data[a.layout.at(index)] = v }

// Values returns the elements in row-major order.
func (a *Array[T]) Values() iter.Seq[T] {
	return func(yield func(T) bool) {
		l := mustLoop(InOrder, a.layout)
		step := l.Strides[0]
		for at := range l.All() {
			for i, p := 0, at[0]; i < l.N; i, p = i+1, p+step {
				if !yield(a.data[p]) {
					return
				}
			}
		}
	}
}

// AppendTo appends the elements in row-major order to dst.
func (a *Array[T]) AppendTo(dst []T) []T {
	if data, ok := a.Data(); ok {
		return append(dst, data...)
	}
	dst = slices.Grow(dst, a.Size())
	for v := range a.Values() {
		dst = append(dst, v)
	}
	return dst
}
