package ndarray

import "math"

// Cast returns u with elements of type T: a copy in row-major order, also if u
// has that type already. What a cast does to values is NumPy's meaning, the
// same on every platform:
//
//   - integers keep their low bits;
//   - integers and floats become the nearest float, and beyond its range ±Inf;
//   - floats become integers by cutting the fraction off. A value that the
//     integer cannot hold, or a NaN, has no meaning; it gives what NumPy gives on
//     amd64, which is mostly the least value of 32 or 64 bits, cut to the width;
//   - complex numbers lose their imaginary part on the way to a real type;
//   - everything but zero is true, NaN too.
func Cast[T Element](u Untyped, rule Casting) (*Array[T], error) {
	out := New[T](u.Shape()...)
	if err := Assign(out, u, rule); err != nil {
		return nil, err
	}
	return out, nil
}

// CastTo is [Cast] to a type known at run time.
func CastTo(u Untyped, d DType, rule Casting) (Untyped, error) {
	if err := rule.check(u.DType(), d); err != nil {
		return nil, err
	}
	out, err := NewUntyped(d, u.Shape()...)
	if err != nil {
		return nil, err
	}
	return out, Assign(out, u, rule)
}

// convertFrom casts src, of a's shape and another type, into a. What has parts
// or is a bool in memory is looked at as the numbers that it is made of.
func (a *Array[T]) convertFrom(src Untyped) {
	switch dst := any(a).(type) {
	case *Array[complex64]:
		convertToComplex(dst, src, Parts64)
		return
	case *Array[complex128]:
		convertToComplex(dst, src, Parts128)
		return
	}
	switch s := src.(type) {
	case *Array[bool]:
		convertReal(a, bits(s))
	case *Array[complex64]:
		convertFromComplex(a, s, Parts64)
	case *Array[complex128]:
		convertFromComplex(a, s, Parts128)
	default:
		convertReal(a, src)
	}
}

func convertToComplex[C complex64 | complex128, F float](dst *Array[C], src Untyped, parts func(*Array[C]) (re, im *Array[F])) {
	re, im := parts(dst)
	switch s := src.(type) {
	case *Array[complex64]:
		sre, sim := Parts64(s)
		convertPart(re, sre)
		convertPart(im, sim)
	case *Array[complex128]:
		sre, sim := Parts128(s)
		convertPart(re, sre)
		convertPart(im, sim)
	default:
		convertPart(re, src)
		im.Fill(0)
	}
}

// convertPart casts src to the part of a complex number, which may have its
// type already.
func convertPart[F float](dst *Array[F], src Untyped) {
	if src.DType() == dst.DType() {
		dst.copyFrom(src)
		return
	}
	dst.convertFrom(src)
}

// convertFromComplex casts the real part; to be true, either part will do.
func convertFromComplex[T Element, C complex64 | complex128, F float](dst *Array[T], src *Array[C], parts func(*Array[C]) (re, im *Array[F])) {
	if d, ok := any(dst).(*Array[bool]); ok {
		convertToBool(d, src)
		return
	}
	re, _ := parts(src)
	if d, ok := any(dst).(*Array[F]); ok {
		copyElements(d, re)
		return
	}
	convertReal(dst, re)
}

// convertReal casts numbers without parts.
func convertReal[T Element](dst *Array[T], src Untyped) {
	switch s := src.(type) {
	case *Array[int8]:
		convertInteger(dst, s)
	case *Array[int16]:
		convertInteger(dst, s)
	case *Array[int32]:
		convertInteger(dst, s)
	case *Array[int64]:
		convertInteger(dst, s)
	case *Array[uint8]:
		convertInteger(dst, s)
	case *Array[uint16]:
		convertInteger(dst, s)
	case *Array[uint32]:
		convertInteger(dst, s)
	case *Array[uint64]:
		convertInteger(dst, s)
	case *Array[float32]:
		convertFloat(dst, s)
	case *Array[float64]:
		convertFloat(dst, s)
	}
}

func convertInteger[T Element, S signed | unsigned](dst *Array[T], src *Array[S]) {
	switch d := any(dst).(type) {
	case *Array[bool]:
		convertToBool(d, src)
	case *Array[int8]:
		convertNumbers(d, src)
	case *Array[int16]:
		convertNumbers(d, src)
	case *Array[int32]:
		convertNumbers(d, src)
	case *Array[int64]:
		convertNumbers(d, src)
	case *Array[uint8]:
		convertNumbers(d, src)
	case *Array[uint16]:
		convertNumbers(d, src)
	case *Array[uint32]:
		convertNumbers(d, src)
	case *Array[uint64]:
		convertNumbers(d, src)
	case *Array[float32]:
		convertNumbers(d, src)
	case *Array[float64]:
		convertNumbers(d, src)
	}
}

func convertFloat[T Element, S float](dst *Array[T], src *Array[S]) {
	switch d := any(dst).(type) {
	case *Array[bool]:
		convertToBool(d, src)
	case *Array[int8]:
		convertEach(d, src, func(x S) int8 { return int8(toInt32(float64(x))) })
	case *Array[int16]:
		convertEach(d, src, func(x S) int16 { return int16(toInt32(float64(x))) })
	case *Array[int32]:
		convertEach(d, src, func(x S) int32 { return toInt32(float64(x)) })
	case *Array[int64]:
		convertEach(d, src, func(x S) int64 { return toInt64(float64(x)) })
	case *Array[uint8]:
		convertEach(d, src, func(x S) uint8 { return uint8(toInt32(float64(x))) })
	case *Array[uint16]:
		convertEach(d, src, func(x S) uint16 { return uint16(toInt32(float64(x))) })
	case *Array[uint32]:
		convertEach(d, src, func(x S) uint32 { return uint32(toInt64(float64(x))) })
	case *Array[uint64]:
		convertEach(d, src, func(x S) uint64 { return toUint64(float64(x)) })
	case *Array[float32]:
		convertNumbers(d, src)
	case *Array[float64]:
		convertNumbers(d, src)
	}
}

// The conversions of Go leave the platform to choose what a float outside the
// integer's range becomes; these choose.

func toInt32(x float64) int32 {
	if x > math.MinInt32-1 && x < math.MaxInt32+1 {
		return int32(x)
	}
	return math.MinInt32
}

func toInt64(x float64) int64 {
	if x >= -1<<63 && x < 1<<63 {
		return int64(x)
	}
	return math.MinInt64
}

func toUint64(x float64) uint64 {
	if x >= 1<<63 {
		return uint64(toInt64(x-1<<63)) ^ 1<<63
	}
	return uint64(toInt64(x))
}

func convertNumbers[T, S signed | unsigned | float](dst *Array[T], src *Array[S]) {
	l := mustLoop(AnyOrder, dst.layout, src.layout)
	d, s := l.Strides[0], l.Strides[1]
	for at := range l.All() {
		if d == 1 && s == 1 {
			to, from := dst.data[at[0]:at[0]+l.N], src.data[at[1]:at[1]+l.N]
			for i, x := range from {
				to[i] = T(x)
			}
			continue
		}
		p, q := at[0], at[1]
		for range l.N {
			dst.data[p] = T(src.data[q])
			p, q = p+d, q+s
		}
	}
}

func convertToBool[S Element](dst *Array[bool], src *Array[S]) {
	var zero S
	convertEach(dst, src, func(x S) bool { return x != zero })
}

func convertEach[T, S Element](dst *Array[T], src *Array[S], f func(S) T) {
	l := mustLoop(AnyOrder, dst.layout, src.layout)
	d, s := l.Strides[0], l.Strides[1]
	for at := range l.All() {
		p, q := at[0], at[1]
		for range l.N {
			dst.data[p] = f(src.data[q])
			p, q = p+d, q+s
		}
	}
}
