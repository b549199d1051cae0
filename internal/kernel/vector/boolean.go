package vector

import "bytes"

// And sets dst[i] to a[i] && b[i].
func And(dst, a, b []bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	d, x, y := asElements[uint64](dst), asElements[uint64](a), asElements[uint64](b)
	for i := range d {
		d[i] = x[i] & y[i]
	}
	for i := 8 * len(d); i < len(dst); i++ {
		dst[i] = a[i] && b[i]
	}
}

// Or sets dst[i] to a[i] || b[i].
func Or(dst, a, b []bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	d, x, y := asElements[uint64](dst), asElements[uint64](a), asElements[uint64](b)
	for i := range d {
		d[i] = x[i] | y[i]
	}
	for i := 8 * len(d); i < len(dst); i++ {
		dst[i] = a[i] || b[i]
	}
}

// Xor sets dst[i] to a[i] != b[i].
func Xor(dst, a, b []bool) {
	a, b = a[:len(dst)], b[:len(dst)]
	d, x, y := asElements[uint64](dst), asElements[uint64](a), asElements[uint64](b)
	for i := range d {
		d[i] = x[i] ^ y[i]
	}
	for i := 8 * len(d); i < len(dst); i++ {
		dst[i] = a[i] != b[i]
	}
}

// Not sets dst[i] to !a[i].
func Not(dst, a []bool) {
	a = a[:len(dst)]
	d, x := asElements[uint64](dst), asElements[uint64](a)
	for i := range d {
		d[i] = x[i] ^ 0x0101010101010101
	}
	for i := 8 * len(d); i < len(dst); i++ {
		dst[i] = !a[i]
	}
}

// All reports whether every element of a is true; of no elements, that is so.
func All(a []bool) bool { return bytes.IndexByte(asBytes(a), 0) < 0 }

// Any reports whether some element of a is true.
func Any(a []bool) bool { return bytes.IndexByte(asBytes(a), 1) >= 0 }

// CountTrue returns the number of elements of a that are true.
func CountTrue(a []bool) int { return bytes.Count(asBytes(a), []byte{1}) }

// CountNonzero returns the number of elements of a other than zero. A NaN counts.
func CountNonzero[T Number](a []T) int {
	n := 0
	for _, x := range a {
		if x != 0 {
			n++
		}
	}
	return n
}

// Where sets dst[i] to a[i] where cond[i], else to b[i].
func Where[T Element](dst []T, cond []bool, a, b []T) {
	cond, a, b = cond[:len(dst)], a[:len(dst)], b[:len(dst)]
	for i := choose(dst, cond, a, b); i < len(dst); i++ {
		x := b[i]
		if cond[i] {
			x = a[i]
		}
		dst[i] = x
	}
}

// asBytes returns the memory of a, in which false is 0 and true is 1.
func asBytes(a []bool) []byte { return asElements[byte](a) }
