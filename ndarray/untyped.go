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
func NewUntyped(d DType, shape ...int) (Untyped, error) {
	if _, err := Size(shape...); err != nil {
		return nil, err
	}
	switch d {
	case Bool:
		return New[bool](shape...), nil
	case Int8:
		return New[int8](shape...), nil
	case Int16:
		return New[int16](shape...), nil
	case Int32:
		return New[int32](shape...), nil
	case Int64:
		return New[int64](shape...), nil
	case Uint8:
		return New[uint8](shape...), nil
	case Uint16:
		return New[uint16](shape...), nil
	case Uint32:
		return New[uint32](shape...), nil
	case Uint64:
		return New[uint64](shape...), nil
	case Float32:
		return New[float32](shape...), nil
	case Float64:
		return New[float64](shape...), nil
	case Complex64:
		return New[complex64](shape...), nil
	case Complex128:
		return New[complex128](shape...), nil
	}
	return nil, fmt.Errorf("ndarray: %v is no element type: use one of %v", d, DTypes())
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
