package tile

import (
	"unsafe"

	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

// A kernel sets n elements at d to what an operation makes of those at a, b and c, as many as it takes.
type kernel func(d, a, b, c unsafe.Pointer, n int)

// at returns the n elements at p.
func at[T any](p unsafe.Pointer, n int) []T { return unsafe.Slice((*T)(p), n) }

func unary[R, T any](f func(dst []R, a []T)) kernel {
	return func(d, a, _, _ unsafe.Pointer, n int) { f(at[R](d, n), at[T](a, n)) }
}

func binary[R, T any](f func(dst []R, a, b []T)) kernel {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(at[R](d, n), at[T](a, n), at[T](b, n)) }
}

// each and each2 make kernels of functions of one element, for operations that package vector does not have.

func each[R, T any](f func(T) R) kernel {
	return unary(func(dst []R, a []T) {
		for i, x := range a {
			dst[i] = f(x)
		}
	})
}

func each2[R, T any](f func(x, y T) R) kernel {
	return binary(func(dst []R, a, b []T) {
		b = b[:len(a)]
		for i, x := range a {
			dst[i] = f(x, b[i])
		}
	})
}

// kernelOf returns the kernel of a step, or nil if there is none.
func kernelOf(s Step) kernel {
	if s.Op == Cast {
		return castOf(s.DType, s.To)
	}
	if s.Op == Where {
		return whereOf(s.DType)
	}
	switch s.DType {
	case ndarray.Bool:
		return boolKernel(s.Op)
	case ndarray.Int8:
		return signedKernel[int8](s.Op)
	case ndarray.Int16:
		return signedKernel[int16](s.Op)
	case ndarray.Int32:
		return signedKernel[int32](s.Op)
	case ndarray.Int64:
		return signedKernel[int64](s.Op)
	case ndarray.Uint8:
		return unsignedKernel[uint8](s.Op)
	case ndarray.Uint16:
		return unsignedKernel[uint16](s.Op)
	case ndarray.Uint32:
		return unsignedKernel[uint32](s.Op)
	case ndarray.Uint64:
		return unsignedKernel[uint64](s.Op)
	case ndarray.Float32:
		return floatKernel[float32](s.Op)
	case ndarray.Float64:
		return floatKernel[float64](s.Op)
	case ndarray.Complex64:
		return complexKernel[complex64, float32](s.Op)
	case ndarray.Complex128:
		return complexKernel[complex128, float64](s.Op)
	}
	return nil
}

// boolKernel takes bools as numbers where NumPy does: true is 1 and false is 0.
func boolKernel(o Op) kernel {
	switch o {
	case Add, Maximum, Fmax, BitOr:
		return binary(vector.Or)
	case Multiply, Minimum, Fmin, BitAnd:
		return binary(vector.And)
	case BitXor:
		return binary(vector.Xor)
	case Not:
		return unary(vector.Not)
	case Abs, Conj, Real, Floor, Ceil, Trunc:
		return unary(func(dst, a []bool) { copy(dst, a) })
	case Imag:
		return each(func(bool) bool { return false })
	case Equal, NotEqual, Less, LessEqual:
		return ordered[uint8](o) // a bool is a byte of 0 or 1
	}
	return nil
}

// ordered are the comparisons of numbers.
func ordered[T vector.Number](o Op) kernel {
	switch o {
	case Equal:
		return binary(vector.Equal[T])
	case NotEqual:
		return binary(vector.NotEqual[T])
	case Less:
		return binary(vector.Less[T])
	case LessEqual:
		return binary(vector.LessEqual[T])
	}
	return nil
}

// numberKernel are the operations that all real numbers share.
func numberKernel[T vector.Number](o Op) kernel {
	switch o {
	case Add:
		return binary(vector.Add[T])
	case Subtract:
		return binary(vector.Sub[T])
	case Multiply:
		return binary(vector.Mul[T])
	case Minimum:
		return binary(vector.Min[T])
	case Maximum:
		return binary(vector.Max[T])
	case Square:
		return unary(vector.Square[T])
	case Negative:
		return unary(vector.Neg[T])
	case Real, Conj:
		return unary(func(dst, a []T) { copy(dst, a) })
	case Imag:
		return each(func(T) T { return 0 })
	}
	return ordered[T](o)
}

func signedKernel[T vector.Signed](o Op) kernel {
	switch o {
	case Abs:
		return unary(vector.Abs[T])
	case Sign:
		return each(func(x T) T {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return 0
		})
	}
	return integerKernel[T](o)
}

func unsignedKernel[T vector.Unsigned](o Op) kernel {
	switch o {
	case Abs:
		return unary(func(dst, a []T) { copy(dst, a) })
	case Sign:
		return each(func(x T) T { return min(x, 1) })
	}
	return integerKernel[T](o)
}

func integerKernel[T vector.Integer](o Op) kernel {
	switch o {
	case FloorDivide:
		return each2(floorDivide[T])
	case Mod:
		return each2(modulo[T])
	case Power:
		return each2(power[T])
	case Fmin:
		return binary(vector.Min[T])
	case Fmax:
		return binary(vector.Max[T])
	case BitAnd:
		return each2(func(x, y T) T { return x & y })
	case BitOr:
		return each2(func(x, y T) T { return x | y })
	case BitXor:
		return each2(func(x, y T) T { return x ^ y })
	case ShiftLeft:
		return each2(func(x, y T) T { return x << uint64(y) })
	case ShiftRight:
		return each2(func(x, y T) T { return x >> uint64(y) })
	case Not:
		return each(func(x T) T { return ^x })
	case Floor, Ceil, Trunc:
		return unary(func(dst, a []T) { copy(dst, a) })
	}
	return numberKernel[T](o)
}

// floorDivide rounds down; by zero it gives 0, as NumPy does.
func floorDivide[T vector.Integer](x, y T) T {
	if y == 0 {
		return 0
	}
	q := x / y
	if (x%y != 0) && ((x < 0) != (y < 0)) {
		q--
	}
	return q
}

// modulo has the sign of the divisor; by zero it gives 0, as NumPy does.
func modulo[T vector.Integer](x, y T) T {
	if y == 0 {
		return 0
	}
	r := x % y
	if r != 0 && ((r < 0) != (y < 0)) {
		r += y
	}
	return r
}

// power multiplies with wrap-around. A negative power, which NumPy refuses, is the reciprocal without its fraction.
func power[T vector.Integer](x, y T) T {
	if y < 0 {
		switch {
		case x == 1:
			return 1
		case x+1 == 0:
			return 1 - 2*(y&1)
		}
		return 0
	}
	r := T(1)
	for ; y > 0; y >>= 1 {
		if y&1 == 1 {
			r *= x
		}
		x *= x
	}
	return r
}
