package ndarray

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/codec"
)

// The encoded form, which docs/format/ndarray.md draws.
const (
	encodedVersion = 1
	encodedFixed   = 4 // bytes before the lengths of the axes

	// Elements begin at a multiple of this in the whole encoded value, so that a
	// value placed on such an address can be looked at where it lies.
	encodedAlign = 16
	codecHeader  = 16 // of package codec, before the name
)

const untypedName = "ndarray/untyped"

func init() {
	register[bool]()
	register[int8]()
	register[int16]()
	register[int32]()
	register[int64]()
	register[uint8]()
	register[uint16]()
	register[uint32]()
	register[uint64]()
	register[float32]()
	register[float64]()
	register[complex64]()
	register[complex128]()
	codec.Register(untypedName, encodedVersion,
		func(dst []byte, u Untyped) ([]byte, error) { return appendEncoded(dst, untypedName, u) },
		func(_ uint16, src []byte) (Untyped, error) { return decode(untypedName, src) })
}

// register gives *Array[T] its codec.
func register[T Element]() {
	d := DTypeOf[T]()
	name := "ndarray/" + d.String()
	codec.Register(name, encodedVersion,
		func(dst []byte, a *Array[T]) ([]byte, error) {
			if a == nil {
				return dst, nil
			}
			return appendEncoded(dst, name, a)
		},
		func(_ uint16, src []byte) (*Array[T], error) {
			u, err := decode(name, src)
			if u == nil || err != nil {
				return nil, err
			}
			a, ok := u.(*Array[T])
			if !ok {
				return nil, malformed("elements of type %v in an array of %v", u.DType(), d)
			}
			return a, nil
		})
	codec.RegisterAdopter(func(_ uint16, src []byte) (*Array[T], error) { return adopt[T](name, src) })
}

// padding returns how many zero bytes stand before the elements.
func padding(name string, rank int) int {
	at := codecHeader + len(name) + encodedFixed + 8*rank
	return (encodedAlign - at%encodedAlign) % encodedAlign
}

// appendEncoded appends u's encoding; nothing for no array.
func appendEncoded(dst []byte, name string, u Untyped) ([]byte, error) {
	if u == nil {
		return dst, nil
	}
	if u.Size() > 0 && len(u.bytes()) == 0 {
		return dst, fmt.Errorf("ndarray: a zero Array holds no elements to encode: make arrays with New or a conversion")
	}
	pad := padding(name, u.Rank())
	dst = append(dst, byte(u.DType()), byte(u.Rank()), byte(pad), 0)
	for _, n := range u.Shape() {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	dst = append(dst, make([]byte, pad)...)
	return AppendRaw(dst, u), nil
}

// decode reads what appendEncoded wrote.
func decode(name string, src []byte) (Untyped, error) {
	d, shape, elements, err := parse(name, src)
	if err != nil || !d.Valid() {
		return nil, err
	}
	u, err := ReadRaw(bytes.NewReader(elements), binary.LittleEndian, d, shape...)
	if err != nil {
		return nil, malformed("%v", err)
	}
	return u, nil
}

// adopt is decode for who leaves src to the array, whose elements are in it if they can be.
func adopt[T Element](name string, src []byte) (*Array[T], error) {
	d, shape, elements, err := parse(name, src)
	if err != nil || !d.Valid() {
		return nil, err
	}
	if d != DTypeOf[T]() {
		return nil, malformed("elements of type %v in an array of %v", d, DTypeOf[T]())
	}
	data, ok := elementsIn[T](elements)
	if !ok {
		u, err := decode(name, src)
		if err != nil {
			return nil, err
		}
		return u.(*Array[T]), nil
	}
	if i := slices.IndexFunc(elements, func(b byte) bool { return b > 1 }); d == Bool && i >= 0 {
		return nil, malformed("a bool of %#02x; it must be 0 or 1 (element %d)", elements[i], i)
	}
	return &Array[T]{RowMajor(shape...), data}, nil
}

// parse splits what appendEncoded wrote. It returns the zero type for no array.
func parse(name string, src []byte) (d DType, shape []int, elements []byte, err error) {
	if len(src) == 0 {
		return 0, nil, nil, nil
	}
	if len(src) < encodedFixed {
		return 0, nil, nil, malformed("%d bytes are too few for an array", len(src))
	}
	d, rank, pad := DType(src[0]), int(src[1]), int(src[2])
	body := encodedFixed + 8*rank + padding(name, rank)
	switch {
	case !d.Valid():
		err = malformed("unknown element type %d", src[0])
	case rank > MaxRank:
		err = malformed("%d axes; an array has at most %d", rank, MaxRank)
	case pad != padding(name, rank) || src[3] != 0:
		err = malformed("padding of %d and a reserved byte of %d; they must be %d and 0", pad, src[3], padding(name, rank))
	case len(src) < body:
		err = malformed("truncated inside the shape: %d of %d bytes", len(src), body)
	case bytes.Count(src[body-pad:body], []byte{0}) != pad:
		err = malformed("padding that is not zero")
	}
	if err != nil {
		return 0, nil, nil, err
	}
	shape = make([]int, rank)
	for i := range shape {
		shape[i] = int(binary.LittleEndian.Uint64(src[encodedFixed+8*i:]))
	}
	n, err := Size(shape...)
	if err != nil {
		return 0, nil, nil, malformed("%v", err)
	}
	if src = src[body:]; len(src) != n*d.Size() {
		return 0, nil, nil, malformed("shape %s of %v needs %d bytes of elements, and %d follow", FormatShape(shape), d, n*d.Size(), len(src))
	}
	return d, shape, src, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{codec.ErrFormat}, args...)...)
}
