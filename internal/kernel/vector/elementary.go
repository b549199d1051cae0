package vector

// each applies f to all elements: the kernel does what it can, and what it leaves
// is done by Go, a little at a time.
func each[T Float](o op, dst, a []T, f func(float64) float64) {
	a = a[:len(dst)]
	for i := 0; i < len(dst); {
		i += unary(o, dst[i:], a[i:])
		for end := min(len(dst), i+left); i < end; i++ {
			dst[i] = T(f(float64(a[i])))
		}
	}
}

// each2 is each for functions of two numbers.
func each2[T Float](o op, dst, a, b []T, f func(_, _ float64) float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := 0; i < len(dst); {
		i += pairwise(o, dst[i:], a[i:], b[i:])
		for end := min(len(dst), i+left); i < end; i++ {
			dst[i] = T(f(float64(a[i]), float64(b[i])))
		}
	}
}

// left is how many elements Go does where a kernel stopped: the longest vector.
const left = 8

// Exp sets dst[i] to e to the power a[i].
func Exp[T Float](dst, a []T) { each(opExp, dst, a, exp) }

// Exp2 sets dst[i] to 2 to the power a[i].
func Exp2[T Float](dst, a []T) { each(opExp2, dst, a, exp2) }

// Expm1 sets dst[i] to e to the power a[i], less 1, exact for small a[i] too.
func Expm1[T Float](dst, a []T) { each(opExpm1, dst, a, expm1) }

// Log sets dst[i] to the natural logarithm of a[i].
func Log[T Float](dst, a []T) { each(opLog, dst, a, log) }

// Log2 sets dst[i] to the logarithm of a[i] to base 2.
func Log2[T Float](dst, a []T) { each(opLog2, dst, a, log2) }

// Log10 sets dst[i] to the logarithm of a[i] to base 10.
func Log10[T Float](dst, a []T) { each(opLog10, dst, a, log10) }

// Log1p sets dst[i] to the natural logarithm of 1 + a[i], exact for small a[i] too.
func Log1p[T Float](dst, a []T) { each(opLog1p, dst, a, log1p) }

// Sin sets dst[i] to the sine of a[i].
func Sin[T Float](dst, a []T) { each(opSin, dst, a, sin) }

// Cos sets dst[i] to the cosine of a[i].
func Cos[T Float](dst, a []T) { each(opCos, dst, a, cos) }

// Tan sets dst[i] to the tangent of a[i].
func Tan[T Float](dst, a []T) { each(opTan, dst, a, tan) }

// Asin sets dst[i] to the inverse sine of a[i].
func Asin[T Float](dst, a []T) { each(opAsin, dst, a, asin) }

// Acos sets dst[i] to the inverse cosine of a[i].
func Acos[T Float](dst, a []T) { each(opAcos, dst, a, acos) }

// Atan sets dst[i] to the inverse tangent of a[i].
func Atan[T Float](dst, a []T) { each(opAtan, dst, a, atan) }

// Sinh sets dst[i] to the hyperbolic sine of a[i].
func Sinh[T Float](dst, a []T) { each(opSinh, dst, a, sinh) }

// Cosh sets dst[i] to the hyperbolic cosine of a[i].
func Cosh[T Float](dst, a []T) { each(opCosh, dst, a, cosh) }

// Tanh sets dst[i] to the hyperbolic tangent of a[i].
func Tanh[T Float](dst, a []T) { each(opTanh, dst, a, tanh) }

// Cbrt sets dst[i] to the cube root of a[i].
func Cbrt[T Float](dst, a []T) { each(opCbrt, dst, a, cbrt) }

// Atan2 sets dst[i] to the angle of the point (x[i], y[i]).
func Atan2[T Float](dst, y, x []T) { each2(opAtan2, dst, y, x, atan2) }

// Pow sets dst[i] to a[i] to the power b[i].
func Pow[T Float](dst, a, b []T) { each2(opPow, dst, a, b, pow) }

// Hypot sets dst[i] to the square root of a[i]² + b[i]², without overflow on
// the way.
func Hypot[T Float](dst, a, b []T) { each2(opHypot, dst, a, b, hypot) }
