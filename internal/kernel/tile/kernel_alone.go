package tile

import (
	"unsafe"

	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

// aloneOf returns the kernels of a step that take one element as their first, or as their second argument. They give the
// same values, and go through less memory.
func aloneOf(s Step) [2]kernel {
	switch s.DType {
	case ndarray.Int8:
		return aloneNumber[int8](s.Op)
	case ndarray.Int16:
		return aloneNumber[int16](s.Op)
	case ndarray.Int32:
		return aloneNumber[int32](s.Op)
	case ndarray.Int64:
		return aloneNumber[int64](s.Op)
	case ndarray.Uint8:
		return aloneNumber[uint8](s.Op)
	case ndarray.Uint16:
		return aloneNumber[uint16](s.Op)
	case ndarray.Uint32:
		return aloneNumber[uint32](s.Op)
	case ndarray.Uint64:
		return aloneNumber[uint64](s.Op)
	case ndarray.Float32:
		return aloneFloat[float32](s.Op)
	case ndarray.Float64:
		return aloneFloat[float64](s.Op)
	}
	return [2]kernel{}
}

func aloneFloat[T vector.Float](o Op) [2]kernel {
	if o == Divide {
		return [2]kernel{left(vector.ScalarDiv[T]), right(vector.DivScalar[T])}
	}
	return aloneNumber[T](o)
}

func aloneNumber[T vector.Number](o Op) [2]kernel {
	switch o {
	case Add:
		return either(vector.AddScalar[T])
	case Multiply:
		return either(vector.MulScalar[T])
	case Subtract:
		return [2]kernel{left(vector.ScalarSub[T]), right(vector.SubScalar[T])}
	case Minimum: // of zeros it is the first, so the places count
		return [2]kernel{1: right(vector.MinScalar[T])}
	case Maximum:
		return [2]kernel{1: right(vector.MaxScalar[T])}
	case Equal:
		return either(vector.EqualScalar[T])
	case NotEqual:
		return either(vector.NotEqualScalar[T])
	case Less:
		return [2]kernel{leftLast(vector.GreaterScalar[T]), right(vector.LessScalar[T])}
	case LessEqual:
		return [2]kernel{leftLast(vector.GreaterEqualScalar[T]), right(vector.LessEqualScalar[T])}
	}
	return [2]kernel{}
}

// either makes the kernels of a function whose arguments can be exchanged.
func either[R, T any](f func(dst []R, a []T, s T)) [2]kernel { return [2]kernel{leftLast(f), right(f)} }

// right makes a kernel whose second argument is one element, leftLast one whose first argument is, of a function that takes
// it last; left one whose first argument is, of a function that takes it first.

func right[R, T any](f func(dst []R, a []T, s T)) kernel {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(at[R](d, n), at[T](a, n), *(*T)(b)) }
}

func leftLast[R, T any](f func(dst []R, a []T, s T)) kernel {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(at[R](d, n), at[T](b, n), *(*T)(a)) }
}

func left[R, T any](f func(dst []R, s T, b []T)) kernel {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(at[R](d, n), *(*T)(a), at[T](b, n)) }
}
