package tile

import (
	"math"

	"github.com/braid-compute/braid/internal/kernel/vector"
)

func floatKernel[T vector.Float](o Op) kernel {
	switch o {
	case Divide:
		return binary(vector.Div[T])
	case FloorDivide:
		return each2(func(x, y T) T { return T(floorDivideFloat(float64(x), float64(y))) })
	case Mod:
		return each2(func(x, y T) T { return T(moduloFloat(float64(x), float64(y))) })
	case Power:
		return binary(vector.Pow[T])
	case Fmin:
		return each2(func(x, y T) T {
			if x <= y || y != y {
				return x
			}
			return y
		})
	case Fmax:
		return each2(func(x, y T) T {
			if x >= y || y != y {
				return x
			}
			return y
		})
	case Atan2:
		return binary(vector.Atan2[T])
	case Hypot:
		return binary(vector.Hypot[T])
	case Copysign:
		return each2(func(x, y T) T { return T(math.Copysign(float64(x), float64(y))) })
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
			return x + 0 // a NaN, or a zero, which becomes positive
		})
	case Reciprocal:
		return unary(func(dst, a []T) { vector.ScalarDiv(dst, 1, a) })
	case Angle:
		return each(func(x T) T {
			switch {
			case x < 0:
				return math.Pi
			case x != x:
				return x
			}
			return 0
		})
	case IsNaN:
		return unary(vector.IsNaN[T])
	case IsInf:
		return unary(vector.IsInf[T])
	case IsFinite:
		return unary(vector.IsFinite[T])
	}
	if f := elementary[T](o); f != nil {
		return unary(f)
	}
	return numberKernel[T](o)
}

// elementary are the functions of one real number.
func elementary[T vector.Float](o Op) func(dst, a []T) {
	switch o {
	case Sqrt:
		return vector.Sqrt[T]
	case Cbrt:
		return vector.Cbrt[T]
	case Exp:
		return vector.Exp[T]
	case Exp2:
		return vector.Exp2[T]
	case Expm1:
		return vector.Expm1[T]
	case Log:
		return vector.Log[T]
	case Log2:
		return vector.Log2[T]
	case Log10:
		return vector.Log10[T]
	case Log1p:
		return vector.Log1p[T]
	case Sin:
		return vector.Sin[T]
	case Cos:
		return vector.Cos[T]
	case Tan:
		return vector.Tan[T]
	case Asin:
		return vector.Asin[T]
	case Acos:
		return vector.Acos[T]
	case Atan:
		return vector.Atan[T]
	case Sinh:
		return vector.Sinh[T]
	case Cosh:
		return vector.Cosh[T]
	case Tanh:
		return vector.Tanh[T]
	case Asinh:
		return eachFloat[T](math.Asinh)
	case Acosh:
		return eachFloat[T](math.Acosh)
	case Atanh:
		return eachFloat[T](math.Atanh)
	case Floor:
		return vector.Floor[T]
	case Ceil:
		return vector.Ceil[T]
	case Trunc:
		return vector.Trunc[T]
	case Rint:
		return vector.Rint[T]
	}
	return nil
}

func eachFloat[T vector.Float](f func(float64) float64) func(dst, a []T) {
	return func(dst, a []T) {
		for i, x := range a {
			dst[i] = T(f(float64(x)))
		}
	}
}

// floorDivideFloat is x divided by y and rounded down, such that together with moduloFloat it makes x again.
func floorDivideFloat(x, y float64) float64 {
	if y == 0 {
		return x / y
	}
	r := math.Mod(x, y)
	q := (x - r) / y
	if r != 0 && (y < 0) != (r < 0) {
		q--
	}
	if q == 0 {
		return math.Copysign(0, x/y)
	}
	f := math.Floor(q)
	if q-f > 0.5 {
		f++
	}
	return f
}

// moduloFloat is what remains of x, with the sign of y.
func moduloFloat(x, y float64) float64 {
	r := math.Mod(x, y)
	switch {
	case y == 0:
		return r
	case r == 0:
		return math.Copysign(0, y)
	case (y < 0) != (r < 0):
		return r + y
	}
	return r
}
