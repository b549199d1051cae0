package vector

import "math"

// Convert sets dst[i] to a[i] in the type of dst. What that does to values is
// NumPy's meaning on amd64, the same on every platform:
//
//   - integers keep their low bits;
//   - integers and floats become the nearest float, and beyond its range ±Inf;
//   - floats become integers by cutting the fraction off. A value that the
//     integer cannot hold, or a NaN, becomes the least value of 32 bits (for
//     int8, int16, int32, uint8, uint16) or of 64 bits (for int64 and uint32),
//     cut to the width; for uint64 what is below 2⁶³ is converted as to int64,
//     and the rest becomes 2⁶³ more than its distance to 2⁶³ as int64.
func Convert[D, S Number](dst []D, a []S) {
	a = a[:len(dst)]
	i := convert(dst, a)
	dst, a = dst[i:], a[i:]
	switch src := any(a).(type) {
	case []float32:
		convertFloat(dst, src)
	case []float64:
		convertFloat(dst, src)
	default:
		for i, x := range a {
			dst[i] = D(x)
		}
	}
}

// FromBool sets dst[i] to 1 where a[i], else to 0.
func FromBool[D Number](dst []D, a []bool) { Convert(dst, asBytes(a)) }

// ToBool sets dst[i] to whether a[i] is other than zero. A NaN is.
func ToBool[S Number](dst []bool, a []S) { NotEqualScalar(dst, a, 0) }

func convertFloat[D Number, S Float](dst []D, a []S) {
	a = a[:len(dst)]
	switch d := any(dst).(type) {
	case []float32:
		for i, x := range a {
			d[i] = float32(x)
		}
	case []float64:
		for i, x := range a {
			d[i] = float64(x)
		}
	case []int8:
		convertNarrow(d, a)
	case []int16:
		convertNarrow(d, a)
	case []int32:
		convertNarrow(d, a)
	case []uint8:
		convertNarrow(d, a)
	case []uint16:
		convertNarrow(d, a)
	case []int64:
		for i, x := range a {
			d[i] = toInt64(float64(x))
		}
	case []uint32:
		for i, x := range a {
			d[i] = uint32(toInt64(float64(x)))
		}
	case []uint64:
		for i, x := range a {
			d[i] = toUint64(float64(x))
		}
	}
}

func convertNarrow[D int8 | int16 | int32 | uint8 | uint16, S Float](dst []D, a []S) {
	for i, x := range a[:len(dst)] {
		dst[i] = D(toInt32(float64(x)))
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
