package ndarray

import (
	"encoding/binary"
	"slices"
	"strings"
	"unsafe"

	"github.com/braid-compute/braid/internal/invariants"
)

// This file holds every use of unsafe in the package. It looks at memory of
// numbers as memory of other numbers of the same or a smaller alignment, and
// never makes a bool from anything but 0 and 1.

// hostIsLittle is true where memory already has the order of the encoded form.
var hostIsLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// bytesOf returns the memory of s, in the host's byte order.
func bytesOf[T Element](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// elementsIn returns the elements that encoded memory holds, where they are; ok is false if they are in another order or not aligned
// there, or if there are none.
func elementsIn[T Element](mem []byte) (data []T, ok bool) {
	var zero T
	first := unsafe.Pointer(unsafe.SliceData(mem))
	if !hostIsLittle || len(mem) == 0 || uintptr(first)%unsafe.Alignof(zero) != 0 {
		return nil, false
	}
	return unsafe.Slice((*T)(first), len(mem)/int(unsafe.Sizeof(zero))), true
}

// bytes returns all memory of the array that a is a view of.
func (a *Array[T]) bytes() []byte { return bytesOf(a.data) }

// leastEmpty is the number of bytes from which memory is made without zeros. Less of it is in the cache when it is written.
const leastEmpty = 256 << 10

// emptySlice returns a slice of numbers that may be anything. A strings.Builder is the only thing in the standard library that makes
// memory without setting it to zero; its string is never seen.
func emptySlice[T Element](n int) []T {
	var zero T
	bytes := n * int(unsafe.Sizeof(zero))
	if _, isBool := any(zero).(bool); isBool || bytes < leastEmpty {
		return make([]T, n)
	}
	var b strings.Builder
	b.Grow(bytes)
	b.WriteByte(0)
	s := unsafe.Slice((*T)(unsafe.Pointer(unsafe.StringData(b.String()))), n)
	invariants.Mangle(bytesOf(s))
	return s
}

// overlap reports whether writing to dst may change src before it is read: they
// reach into the same memory, and not element for element.
func overlap(dst, src Untyped) bool {
	if dst.Size() == 0 || src.Size() == 0 {
		return false
	}
	dstLow, dstHigh := span(dst)
	srcLow, srcHigh := span(src)
	if dstHigh <= srcLow || srcHigh <= dstLow {
		return false
	}
	return dst.DType() != src.DType() || dstLow != srcLow || !slices.Equal(dst.Layout().Strides, src.Layout().Strides)
}

// span returns where u's elements begin and end in memory, to be compared only.
func span(u Untyped) (low, high uintptr) {
	base := uintptr(unsafe.Pointer(unsafe.SliceData(u.bytes())))
	first, last := u.Layout().bounds()
	size := uintptr(u.DType().Size())
	return base + uintptr(first)*size, base + uintptr(last+1)*size
}

// FromInts returns an array over data itself, which on the 64-bit platforms
// that braid runs on has the memory of int64; elsewhere it copies. The shape is
// that of [FromSlice].
func FromInts(data []int, shape ...int) (*Array[int64], error) {
	if unsafe.Sizeof(int(0)) == unsafe.Sizeof(int64(0)) {
		return FromSlice(unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(data))), len(data)), shape...)
	}
	wide := make([]int64, len(data))
	for i, v := range data {
		wide[i] = int64(v)
	}
	return FromSlice(wide, shape...)
}

// bits returns bools as the numbers 0 and 1 that they are in memory, to be read.
func bits(a *Array[bool]) *Array[uint8] {
	return &Array[uint8]{a.layout, unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(a.data))), len(a.data))}
}

// parts returns views of the real and imaginary parts of a;
// F is the float that C is made of.
func parts[C complex64 | complex128, F float](a *Array[C]) (re, im *Array[F]) {
	mem := unsafe.Slice((*F)(unsafe.Pointer(unsafe.SliceData(a.data))), 2*len(a.data))
	l := a.layout.clone()
	l.Offset *= 2
	for i := range l.Strides {
		l.Strides[i] *= 2
	}
	shifted := l
	shifted.Offset++
	return &Array[F]{l, mem}, &Array[F]{shifted, mem}
}

// Parts64 returns views of the real and imaginary parts of a.
func Parts64(a *Array[complex64]) (re, im *Array[float32]) { return parts[complex64, float32](a) }

// Parts128 returns views of the real and imaginary parts of a.
func Parts128(a *Array[complex128]) (re, im *Array[float64]) { return parts[complex128, float64](a) }

// swapWords turns the bytes of each word round, in place.
func swapWords(mem []byte, word int) {
	switch word {
	case 2:
		for i := 0; i+2 <= len(mem); i += 2 {
			binary.LittleEndian.PutUint16(mem[i:], binary.BigEndian.Uint16(mem[i:]))
		}
	case 4:
		for i := 0; i+4 <= len(mem); i += 4 {
			binary.LittleEndian.PutUint32(mem[i:], binary.BigEndian.Uint32(mem[i:]))
		}
	case 8:
		for i := 0; i+8 <= len(mem); i += 8 {
			binary.LittleEndian.PutUint64(mem[i:], binary.BigEndian.Uint64(mem[i:]))
		}
	}
}
