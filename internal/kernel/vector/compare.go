package vector

// Equal sets dst[i] to whether a[i] == b[i]. Nothing equals a NaN.
func Equal[T Number](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := compare(opEqual, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] == b[i]
	}
}

// NotEqual sets dst[i] to whether a[i] != b[i].
func NotEqual[T Number](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := compare(opNotEqual, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] != b[i]
	}
}

// Less sets dst[i] to whether a[i] < b[i].
func Less[T Number](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := compare(opLess, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] < b[i]
	}
}

// LessEqual sets dst[i] to whether a[i] <= b[i].
func LessEqual[T Number](dst []bool, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := compare(opLessEqual, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] <= b[i]
	}
}

// Greater sets dst[i] to whether a[i] > b[i].
func Greater[T Number](dst []bool, a, b []T) { Less(dst, b, a) }

// GreaterEqual sets dst[i] to whether a[i] >= b[i].
func GreaterEqual[T Number](dst []bool, a, b []T) { LessEqual(dst, b, a) }

// EqualScalar sets dst[i] to whether a[i] == s.
func EqualScalar[T Number](dst []bool, a []T, s T) {
	a = a[:len(dst)]
	for i := compareScalar(opEqual, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] == s
	}
}

// NotEqualScalar sets dst[i] to whether a[i] != s.
func NotEqualScalar[T Number](dst []bool, a []T, s T) {
	a = a[:len(dst)]
	for i := compareScalar(opNotEqual, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] != s
	}
}

// LessScalar sets dst[i] to whether a[i] < s.
func LessScalar[T Number](dst []bool, a []T, s T) {
	a = a[:len(dst)]
	for i := compareScalar(opLess, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] < s
	}
}

// LessEqualScalar sets dst[i] to whether a[i] <= s.
func LessEqualScalar[T Number](dst []bool, a []T, s T) {
	a = a[:len(dst)]
	for i := compareScalar(opLessEqual, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] <= s
	}
}

// GreaterScalar sets dst[i] to whether a[i] > s.
func GreaterScalar[T Number](dst []bool, a []T, s T) {
	a = a[:len(dst)]
	for i := compareScalar(opGreater, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] > s
	}
}

// GreaterEqualScalar sets dst[i] to whether a[i] >= s.
func GreaterEqualScalar[T Number](dst []bool, a []T, s T) {
	a = a[:len(dst)]
	for i := compareScalar(opGreaterEqual, dst, a, s); i < len(dst); i++ {
		dst[i] = a[i] >= s
	}
}

// IsNaN sets dst[i] to whether a[i] is a NaN.
func IsNaN[T Float](dst []bool, a []T) { NotEqual(dst, a, a) }

// IsInf sets dst[i] to whether a[i] is infinite, of either sign.
func IsInf[T Float](dst []bool, a []T) {
	for i, x := range a[:len(dst)] {
		dst[i] = x == x && x-x != 0
	}
}

// IsFinite sets dst[i] to whether a[i] is neither infinite nor a NaN.
func IsFinite[T Float](dst []bool, a []T) {
	for i, x := range a[:len(dst)] {
		dst[i] = x-x == 0
	}
}
