package vector

// Add sets dst[i] to a[i] + b[i]. Integers wrap around.
func Add[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := pairwise(opAdd, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] + b[i]
	}
}

// Sub sets dst[i] to a[i] - b[i]. Integers wrap around.
func Sub[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := pairwise(opSub, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] - b[i]
	}
}

// Mul sets dst[i] to a[i] * b[i]. Integers wrap around.
func Mul[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := pairwise(opMul, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

// Div sets dst[i] to a[i] / b[i].
func Div[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := pairwise(opDiv, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] / b[i]
	}
}

// Min sets dst[i] to the lesser of a[i] and b[i]. If either is a NaN, so is the
// result; of zeros with different signs it is a[i].
func Min[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := pairwise(opMin, dst, a, b); i < len(dst); i++ {
		dst[i] = lesser(a[i], b[i])
	}
}

// Max sets dst[i] to the greater of a[i] and b[i]. If either is a NaN, so is the
// result; of zeros with different signs it is a[i].
func Max[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := pairwise(opMax, dst, a, b); i < len(dst); i++ {
		dst[i] = greater(a[i], b[i])
	}
}

// lesser and greater are what Min and Max do to one pair. A NaN is what differs
// from itself.

func lesser[T Number](a, b T) T {
	if b < a || b != b {
		return b
	}
	return a
}

func greater[T Number](a, b T) T {
	if b > a || b != b {
		return b
	}
	return a
}

// AddScalar sets dst[i] to a[i] + s.
func AddScalar[T Number](dst, a []T, s T) {
	a = a[:len(dst)]
	for i := withScalar(opAdd, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] + s
	}
}

// SubScalar sets dst[i] to a[i] - s.
func SubScalar[T Number](dst, a []T, s T) {
	a = a[:len(dst)]
	for i := withScalar(opSub, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] - s
	}
}

// ScalarSub sets dst[i] to s - a[i].
func ScalarSub[T Number](dst []T, s T, a []T) {
	a = a[:len(dst)]
	for i := withScalar(opSubFrom, dst, a, s); i < len(dst); i++ {
		dst[i] = s - a[i]
	}
}

// MulScalar sets dst[i] to a[i] * s.
func MulScalar[T Number](dst, a []T, s T) {
	a = a[:len(dst)]
	for i := withScalar(opMul, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] * s
	}
}

// DivScalar sets dst[i] to a[i] / s.
func DivScalar[T Float](dst, a []T, s T) {
	a = a[:len(dst)]
	for i := withScalar(opDiv, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] / s
	}
}

// ScalarDiv sets dst[i] to s / a[i].
func ScalarDiv[T Float](dst []T, s T, a []T) {
	a = a[:len(dst)]
	for i := withScalar(opDivInto, dst, a, s); i < len(dst); i++ {
		dst[i] = s / a[i]
	}
}

// MinScalar sets dst[i] to what [Min] makes of a[i] and s.
func MinScalar[T Number](dst, a []T, s T) {
	a = a[:len(dst)]
	for i := withScalar(opMin, dst, a, s); i < len(dst); i++ {
		dst[i] = lesser(a[i], s)
	}
}

// MaxScalar sets dst[i] to what [Max] makes of a[i] and s.
func MaxScalar[T Number](dst, a []T, s T) {
	a = a[:len(dst)]
	for i := withScalar(opMax, dst, a, s); i < len(dst); i++ {
		dst[i] = greater(a[i], s)
	}
}
