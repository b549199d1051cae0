package tile

import (
	"math"
	"math/cmplx"
	"unsafe"

	"github.com/braid-compute/braid/internal/kernel/vector"
)

type complexNumber interface{ complex64 | complex128 }

// complexKernel are the operations on complex numbers, whose parts are of type F.
func complexKernel[C complexNumber, F vector.Float](o Op) kernel {
	switch o {
	case Add:
		return halves[F](vector.Add[F])
	case Subtract:
		return halves[F](vector.Sub[F])
	case Multiply:
		return each2(func(x, y C) C { return C(multiply(complex128(x), complex128(y))) })
	case Divide:
		return each2(func(x, y C) C { return C(quotient(complex128(x), complex128(y))) })
	case Power:
		return each2(func(x, y C) C { return C(powerComplex(complex128(x), complex128(y))) })
	case Equal:
		return each2(func(x, y C) bool { return x == y })
	case NotEqual:
		return each2(func(x, y C) bool { return x != y })
	case Negative:
		return each(func(x C) C { return -x })
	case Square:
		return each(func(x C) C { return C(multiply(complex128(x), complex128(x))) })
	case Reciprocal:
		return each(func(x C) C { return C(quotient(1, complex128(x))) })
	case Conj:
		return each(func(x C) C { return C(cmplx.Conj(complex128(x))) })
	case Abs:
		return each(func(x C) F { return F(math.Hypot(real(complex128(x)), imag(complex128(x)))) })
	case Real:
		return each(func(x C) F { return F(real(complex128(x))) })
	case Imag:
		return each(func(x C) F { return F(imag(complex128(x))) })
	case Angle:
		return each(func(x C) F { return F(math.Atan2(imag(complex128(x)), real(complex128(x)))) })
	case IsNaN:
		return each(func(x C) bool { return math.IsNaN(real(complex128(x))) || math.IsNaN(imag(complex128(x))) })
	case IsInf:
		return each(func(x C) bool { return cmplx.IsInf(complex128(x)) })
	case IsFinite:
		return each(func(x C) bool { return isFinite(real(complex128(x))) && isFinite(imag(complex128(x))) })
	}
	if f := elementaryComplex(o); f != nil {
		return each(func(x C) C { return C(f(complex128(x))) })
	}
	return nil
}

func isFinite(x float64) bool { return x-x == 0 }

// halves makes a kernel of complex numbers of one that works on their parts alike.
func halves[F vector.Float](f func(dst, a, b []F)) kernel {
	return func(d, a, b, _ unsafe.Pointer, n int) { f(at[F](d, 2*n), at[F](a, 2*n), at[F](b, 2*n)) }
}

func elementaryComplex(o Op) func(complex128) complex128 {
	switch o {
	case Sqrt:
		return cmplx.Sqrt
	case Exp:
		return cmplx.Exp
	case Log:
		return cmplx.Log
	case Log10:
		return cmplx.Log10
	case Sin:
		return cmplx.Sin
	case Cos:
		return cmplx.Cos
	case Tan:
		return cmplx.Tan
	case Asin:
		return cmplx.Asin
	case Acos:
		return cmplx.Acos
	case Atan:
		return cmplx.Atan
	case Sinh:
		return cmplx.Sinh
	case Cosh:
		return cmplx.Cosh
	case Tanh:
		return cmplx.Tanh
	case Asinh:
		return cmplx.Asinh
	case Acosh:
		return cmplx.Acosh
	case Atanh:
		return cmplx.Atanh
	}
	return nil
}

// multiply is the product by its definition, without the special cases of infinities.
func multiply(x, y complex128) complex128 {
	return complex(real(x)*real(y)-imag(x)*imag(y), real(x)*imag(y)+imag(x)*real(y))
}

// quotient divides by the greater part of y first, so that nothing overflows that need not (Smith 1962).
func quotient(x, y complex128) complex128 {
	a, b, c, d := real(x), imag(x), real(y), imag(y)
	if math.Abs(c) >= math.Abs(d) {
		if c == 0 && d == 0 {
			return complex(a/math.Abs(c), b/math.Abs(c))
		}
		r := d / c
		s := 1 / (c + d*r)
		return complex((a+b*r)*s, (b-a*r)*s)
	}
	r := c / d
	s := 1 / (d + c*r)
	return complex((a*r+b)*s, (b*r-a)*s)
}

// powerComplex multiplies for small whole powers, which is exact where the product is.
func powerComplex(x, y complex128) complex128 {
	n := int(real(y))
	if y != complex(float64(n), 0) || n < 0 || n > 64 {
		return cmplx.Pow(x, y)
	}
	r := complex(1, 0)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			r = multiply(r, x)
		}
		x = multiply(x, x)
	}
	return r
}
