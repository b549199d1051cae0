package ndarray

import "fmt"

// Untyped is an array whose element type is decided at run time. Every
// *Array[T] is one, and nothing else is: use a type switch, or [As].
type Untyped interface {
	DType() DType
	Layout() Layout
	Shape() []int
	Rank() int
	Size() int
	fmt.Stringer

	view(l Layout) Untyped
	withLayout(l Layout) (Untyped, error)
	clone() Untyped
	bytes() []byte
	copyFrom(src Untyped)
	convertFrom(src Untyped)
	memory() any
	texts() []string
}

// NewUntyped returns an array of zeros. Unlike [New] it returns an error for a
// type or a shape that cannot be, because both come from elsewhere.
func NewUntyped(d DType, shape ...int) (Untyped, error) { return newUntyped(d, shape, false) }

// Empty returns an array like [NewUntyped], whose elements may be anything: it
// is for who sets them all. A large one costs a pass over memory less.
func Empty(d DType, shape ...int) (Untyped, error) { return newUntyped(d, shape, true) }

func newUntyped(d DType, shape []int, empty bool) (Untyped, error) {
	n, err := Size(shape...)
	if err != nil {
		return nil, err
	}
	switch d {
	case Bool:
		return newOf[bool](shape, n, empty), nil
	case Int8:
		return newOf[int8](shape, n, empty), nil
	case Int16:
		return newOf[int16](shape, n, empty), nil
	case Int32:
		return newOf[int32](shape, n, empty), nil
	case Int64:
		return newOf[int64](shape, n, empty), nil
	case Uint8:
		return newOf[uint8](shape, n, empty), nil
	case Uint16:
		return newOf[uint16](shape, n, empty), nil
	case Uint32:
		return newOf[uint32](shape, n, empty), nil
	case Uint64:
		return newOf[uint64](shape, n, empty), nil
	case Float32:
		return newOf[float32](shape, n, empty), nil
	case Float64:
		return newOf[float64](shape, n, empty), nil
	case Complex64:
		return newOf[complex64](shape, n, empty), nil
	case Complex128:
		return newOf[complex128](shape, n, empty), nil
	}
	return nil, fmt.Errorf("ndarray: %v is no element type: use one of %v", d, DTypes())
}

// newOf returns an array of n elements, of zeros unless they will all be set.
func newOf[T Element](shape []int, n int, empty bool) Untyped {
	if empty {
		return &Array[T]{RowMajor(shape...), emptySlice[T](n)}
	}
	return &Array[T]{RowMajor(shape...), make([]T, n)}
}

// As returns u as an array of T, without a copy. An array of another type is an
// error; [Cast] converts.
func As[T Element](u Untyped) (*Array[T], error) {
	if a, ok := u.(*Array[T]); ok && a != nil {
		return a, nil
	}
	if u == nil {
		return nil, fmt.Errorf("ndarray: no array where one of %v is wanted", DTypeOf[T]())
	}
	return nil, fmt.Errorf("ndarray: the array has elements of type %v, not %v: use Cast to convert them", u.DType(), DTypeOf[T]())
}

// View returns an array over u's memory with any layout inside it.
func View(u Untyped, l Layout) (Untyped, error) { return u.withLayout(l) }

func (a *Array[T]) view(l Layout) Untyped { return &Array[T]{l, a.data} }

func (a *Array[T]) withLayout(l Layout) (Untyped, error) {
	v, err := a.WithLayout(l)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// memory returns the whole slice that a is a view of.
func (a *Array[T]) memory() any { return a.data }
