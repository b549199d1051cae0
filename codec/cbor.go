package codec

import (
	"bytes"
	"fmt"
	"math"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

const cborVersion = 1

// MaxDepth is how deep a value may nest: maps, slices, arrays and structs
// inside one another, as in a linked list or a tree.
const MaxDepth = 10_000

// encMode is the core deterministic encoding with two choices that RFC 8949
// leaves to the protocol: NaNs keep their width and bits, and times carry tag 0.
var encMode = mustMode(func() (cbor.UserBufferEncMode, error) {
	o := cbor.CoreDetEncOptions()
	o.NaNConvert = cbor.NaNConvertNone
	o.Time = cbor.TimeRFC3339Nano
	o.TimeTag = cbor.EncTagRequired
	return o.UserBufferEncMode()
})

// decMode is strict about form. Its limits on elements are off because the
// payload's length bounds them already; text may hold any bytes because a Go
// string may. Tags count as levels, so its depth has room for a tagged leaf.
var decMode = mustMode(func() (cbor.DecMode, error) {
	return cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		TimeTag:           cbor.DecTagRequired,
		IndefLength:       cbor.IndefLengthForbidden,
		MaxNestedLevels:   MaxDepth + 2,
		MaxArrayElements:  math.MaxInt32,
		MaxMapPairs:       math.MaxInt32,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8DecodeInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode()
})

// mustMode panics on options that contradict each other, a mistake in this file.
func mustMode[M any](build func() (M, error)) M {
	m, err := build()
	if err != nil {
		panic(fmt.Sprintf("codec: cbor options: %v", err))
	}
	return m
}

// cborBody encodes everything that is not raw and has no codec of its own.
type cborBody struct{ guards guards }

func (b cborBody) encode(dst []byte, v reflect.Value) ([]byte, error) {
	if !v.CanAddr() {
		v = addressable(v)
	}
	if err := b.guards.check(v, 0); err != nil {
		return dst, err
	}
	buf := bytes.NewBuffer(dst)
	if err := encMode.MarshalToBuffer(v.Addr().Interface(), buf); err != nil {
		return dst, err
	}
	return buf.Bytes(), nil
}

func (b cborBody) decode(_ uint16, src []byte, v reflect.Value) error {
	if err := decMode.Unmarshal(src, v.Addr().Interface()); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}
