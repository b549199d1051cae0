package vector

import "math"

// Neg sets dst[i] to -a[i]. Integers wrap around.
func Neg[T Number](dst, a []T) {
	a = a[:len(dst)]
	for i := unary(opNeg, dst, a); i < len(dst); i++ {
		dst[i] = -a[i]
	}
}

// Abs sets dst[i] to the absolute value of a[i]. The least signed integer stays
// as it is; a zero or NaN loses its sign.
func Abs[T Number](dst, a []T) {
	a = a[:len(dst)]
	i := unary(opAbs, dst, a)
	switch d := any(dst).(type) {
	case []float64:
		for s := any(a).([]float64); i < len(d); i++ {
			d[i] = math.Abs(s[i])
		}
	case []float32:
		for s := any(a).([]float32); i < len(d); i++ {
			d[i] = math.Float32frombits(math.Float32bits(s[i]) &^ (1 << 31))
		}
	default:
		for ; i < len(dst); i++ {
			x := a[i]
			if x < 0 {
				x = -x
			}
			dst[i] = x
		}
	}
}

// Square sets dst[i] to a[i] * a[i]. Integers wrap around.
func Square[T Number](dst, a []T) { Mul(dst, a, a) }

// Sqrt sets dst[i] to the square root of a[i], correctly rounded; NaN for a
// negative number.
func Sqrt[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := unary(opSqrt, dst, a); i < len(dst); i++ {
		dst[i] = T(math.Sqrt(float64(a[i])))
	}
}

// Floor sets dst[i] to the greatest whole number that is not above a[i].
func Floor[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := unary(opFloor, dst, a); i < len(dst); i++ {
		dst[i] = T(math.Floor(float64(a[i])))
	}
}

// Ceil sets dst[i] to the least whole number that is not below a[i].
func Ceil[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := unary(opCeil, dst, a); i < len(dst); i++ {
		dst[i] = T(math.Ceil(float64(a[i])))
	}
}

// Trunc sets dst[i] to a[i] without its fraction.
func Trunc[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := unary(opTrunc, dst, a); i < len(dst); i++ {
		dst[i] = T(math.Trunc(float64(a[i])))
	}
}

// Rint sets dst[i] to the whole number nearest to a[i], the even one of two.
func Rint[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := unary(opRint, dst, a); i < len(dst); i++ {
		dst[i] = T(math.RoundToEven(float64(a[i])))
	}
}
