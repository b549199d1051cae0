package ndarray

import (
	"bytes"
	"encoding/binary"
	"fmt"

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
	if len(src) == 0 {
		return nil, nil
	}
	if len(src) < encodedFixed {
		return nil, malformed("%d bytes are too few for an array", len(src))
	}
	d, rank, pad := DType(src[0]), int(src[1]), int(src[2])
	body := encodedFixed + 8*rank + padding(name, rank)
	switch {
	case !d.Valid():
		return nil, malformed("unknown element type %d", src[0])
	case rank > MaxRank:
		return nil, malformed("%d axes; an array has at most %d", rank, MaxRank)
	case pad != padding(name, rank) || src[3] != 0:
		return nil, malformed("padding of %d and a reserved byte of %d; they must be %d and 0", pad, src[3], padding(name, rank))
	case len(src) < body:
		return nil, malformed("truncated inside the shape: %d of %d bytes", len(src), body)
	case bytes.Count(src[body-pad:body], []byte{0}) != pad:
		return nil, malformed("padding that is not zero")
	}
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = int(binary.LittleEndian.Uint64(src[encodedFixed+8*i:]))
	}
	n, err := Size(shape...)
	if err != nil {
		return nil, malformed("%v", err)
	}
	if src = src[body:]; len(src) != n*d.Size() {
		return nil, malformed("shape %s of %v needs %d bytes of elements, and %d follow", FormatShape(shape), d, n*d.Size(), len(src))
	}
	u, err := ReadRaw(bytes.NewReader(src), binary.LittleEndian, d, shape...)
	if err != nil {
		return nil, malformed("%v", err)
	}
	return u, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{codec.ErrFormat}, args...)...)
}
