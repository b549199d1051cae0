package codec

import (
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// Nested holds a field of a struct, or an element of a map or slice, in the
// encoding that T has alone, inside a CBOR byte string:
//
//	type Frame struct {
//		Name   string
//		Pixels codec.Nested[[]float32] // raw: copied, not encoded one by one
//		Shape  codec.Nested[Shape]     // the codec registered for Shape
//	}
//
// A type may not contain itself through Nested, because the depth of such
// input would have no bound.
type Nested[T any] struct{ Value T }

// MarshalCBOR implements [cbor.Marshaler].
func (n Nested[T]) MarshalCBOR() ([]byte, error) {
	inner, err := Encode(nil, n.Value)
	if err != nil {
		return nil, err
	}
	return encMode.Marshal(inner)
}

// UnmarshalCBOR implements [cbor.Unmarshaler].
func (n *Nested[T]) UnmarshalCBOR(src []byte) error {
	var inner []byte
	if err := decMode.Unmarshal(src, &inner); err != nil {
		return err
	}
	v, err := DecodeLimit[T](inner, -1) // the outer limit bounds it
	if err == nil {
		n.Value = v
	}
	return err
}

func (Nested[T]) nestedType() reflect.Type { return reflect.TypeFor[T]() }

// nestedIn returns T if t is Nested[T].
func nestedIn(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || t.PkgPath() != nestedPackage {
		return nil, false
	}
	n, ok := reflect.Zero(t).Interface().(interface{ nestedType() reflect.Type })
	if !ok {
		return nil, false
	}
	return n.nestedType(), true
}

var nestedPackage = reflect.TypeFor[Nested[int]]().PkgPath()

var (
	_ cbor.Marshaler   = Nested[int]{}
	_ cbor.Unmarshaler = (*Nested[int])(nil)
)
