package codec

import (
	"encoding/binary"
	"reflect"
	"slices"
	"unsafe"
)

// This file holds every use of unsafe in the package. It looks at numbers in
// memory as bytes, and never at types that hold pointers.

// hostIsLittle is true where memory already has the order of the format.
var hostIsLittle = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// memoryOf returns the memory of v's numbers in the host's byte order. v is a
// slice of numbers or of arrays of numbers, or an addressable number or array.
// The result shares memory with v and must not outlive its caller's use of v.
func memoryOf(v reflect.Value) []byte {
	if v.Kind() == reflect.Slice {
		n := uintptr(v.Len()) * v.Type().Elem().Size()
		return unsafe.Slice((*byte)(v.UnsafePointer()), n)
	}
	return unsafe.Slice((*byte)(v.Addr().UnsafePointer()), v.Type().Size())
}

// setSlice makes v, a settable slice of numbers, hold count elements read from
// data. The new memory is allocated as bytes, because append does not clear
// what it is about to overwrite, while making a slice would touch it twice.
// An allocation of n bytes is aligned for every power of two up to 8 that
// divides n, and no number needs more.
func setSlice(v reflect.Value, data []byte, count, word int) {
	if len(data) == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		return
	}
	var mem []byte
	if hostIsLittle {
		mem = append([]byte(nil), data...)
	} else {
		mem = make([]byte, len(data))
		copyWords(mem, data, word)
	}
	s := reflect.SliceAt(v.Type().Elem(), unsafe.Pointer(unsafe.SliceData(mem)), count)
	v.Set(s.Convert(v.Type()))
}

// adopt makes v, a settable slice of numbers, hold count elements of data itself, and reports whether that is possible: on hosts of
// the format's byte order, and where data is aligned for them.
func adopt(v reflect.Value, data []byte, count, word int) bool {
	if !hostIsLittle || len(data) == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(data)))%uintptr(word) != 0 {
		return false
	}
	v.Set(reflect.SliceAt(v.Type().Elem(), unsafe.Pointer(unsafe.SliceData(data)), count).Convert(v.Type()))
	return true
}

// appendLittle appends the words in mem, which are in the host's order, in
// little-endian order.
func appendLittle(dst, mem []byte, word int) []byte {
	if hostIsLittle {
		return append(dst, mem...)
	}
	dst = slices.Grow(dst, len(mem))
	n := len(dst)
	dst = dst[:n+len(mem)]
	copyWords(dst[n:], mem, word)
	return dst
}

// copyLittle fills mem, in the host's order, from little-endian data of the
// same length.
func copyLittle(mem, data []byte, word int) {
	if hostIsLittle {
		copy(mem, data)
		return
	}
	copyWords(mem, data, word)
}

// copyWords is the portable way between the two orders, in either direction.
// It is right on every host: on a little-endian one it copies.
func copyWords(dst, src []byte, word int) {
	host, wire := binary.NativeEndian, binary.LittleEndian
	switch word {
	case 1:
		copy(dst, src)
	case 2:
		for i := 0; i+2 <= len(src); i += 2 {
			wire.PutUint16(dst[i:], host.Uint16(src[i:]))
		}
	case 4:
		for i := 0; i+4 <= len(src); i += 4 {
			wire.PutUint32(dst[i:], host.Uint32(src[i:]))
		}
	case 8:
		for i := 0; i+8 <= len(src); i += 8 {
			wire.PutUint64(dst[i:], host.Uint64(src[i:]))
		}
	}
}
