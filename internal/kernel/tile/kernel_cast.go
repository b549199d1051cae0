package tile

import (
	"unsafe"

	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

// whereOf returns the kernel that chooses between two values of a type.
func whereOf(d ndarray.DType) kernel {
	switch d {
	case ndarray.Bool:
		return choose[bool]()
	case ndarray.Int8, ndarray.Uint8:
		return choose[uint8]()
	case ndarray.Int16, ndarray.Uint16:
		return choose[uint16]()
	case ndarray.Int32, ndarray.Uint32, ndarray.Float32:
		return choose[uint32]()
	case ndarray.Int64, ndarray.Uint64, ndarray.Float64:
		return choose[uint64]()
	case ndarray.Complex64:
		return choose[complex64]()
	case ndarray.Complex128:
		return choose[complex128]()
	}
	return nil
}

func choose[T vector.Element]() kernel {
	return func(d, cond, a, b unsafe.Pointer, n int) {
		vector.Where(at[T](d, n), at[bool](cond, n), at[T](a, n), at[T](b, n))
	}
}

// castOf returns the kernel that converts elements, with the meaning of [ndarray.Cast].
func castOf(from, to ndarray.DType) kernel {
	switch {
	case !from.Valid() || !to.Valid():
		return nil
	case from == to:
		size := to.Size()
		return func(d, a, _, _ unsafe.Pointer, n int) { copy(at[byte](d, n*size), at[byte](a, n*size)) }
	case from == ndarray.Float32 && to == ndarray.Float64:
		return unary(vector.Convert[float64, float32])
	case from == ndarray.Float64 && to == ndarray.Float32:
		return unary(vector.Convert[float32, float64])
	case from == ndarray.Int64 && to == ndarray.Float64:
		return unary(vector.Convert[float64, int64])
	case from == ndarray.Bool && to == ndarray.Int64:
		return unary(vector.FromBool[int64])
	case from == ndarray.Bool && to == ndarray.Float64:
		return unary(vector.FromBool[float64])
	}
	return func(d, a, _, _ unsafe.Pointer, n int) {
		if err := ndarray.Assign(wrap(to, d, n), wrap(from, a, n), ndarray.Unsafe); err != nil {
			panic(err) // both have n elements, and every cast is allowed
		}
	}
}

// wrap returns the n elements at p as an array of one axis.
func wrap(d ndarray.DType, p unsafe.Pointer, n int) ndarray.Untyped {
	switch d {
	case ndarray.Bool:
		return wrapped[bool](p, n)
	case ndarray.Int8:
		return wrapped[int8](p, n)
	case ndarray.Int16:
		return wrapped[int16](p, n)
	case ndarray.Int32:
		return wrapped[int32](p, n)
	case ndarray.Int64:
		return wrapped[int64](p, n)
	case ndarray.Uint8:
		return wrapped[uint8](p, n)
	case ndarray.Uint16:
		return wrapped[uint16](p, n)
	case ndarray.Uint32:
		return wrapped[uint32](p, n)
	case ndarray.Uint64:
		return wrapped[uint64](p, n)
	case ndarray.Float32:
		return wrapped[float32](p, n)
	case ndarray.Float64:
		return wrapped[float64](p, n)
	case ndarray.Complex64:
		return wrapped[complex64](p, n)
	}
	return wrapped[complex128](p, n)
}

func wrapped[T ndarray.Element](p unsafe.Pointer, n int) ndarray.Untyped {
	return ndarray.Must(ndarray.FromSlice(at[T](p, n)))
}

// base returns the memory that an array's layout counts from; nil if there is none.
func base(u ndarray.Untyped) unsafe.Pointer {
	switch a := u.(type) {
	case *ndarray.Array[bool]:
		return first(a.Memory())
	case *ndarray.Array[int8]:
		return first(a.Memory())
	case *ndarray.Array[int16]:
		return first(a.Memory())
	case *ndarray.Array[int32]:
		return first(a.Memory())
	case *ndarray.Array[int64]:
		return first(a.Memory())
	case *ndarray.Array[uint8]:
		return first(a.Memory())
	case *ndarray.Array[uint16]:
		return first(a.Memory())
	case *ndarray.Array[uint32]:
		return first(a.Memory())
	case *ndarray.Array[uint64]:
		return first(a.Memory())
	case *ndarray.Array[float32]:
		return first(a.Memory())
	case *ndarray.Array[float64]:
		return first(a.Memory())
	case *ndarray.Array[complex64]:
		return first(a.Memory())
	case *ndarray.Array[complex128]:
		return first(a.Memory())
	}
	return nil
}

func first[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
