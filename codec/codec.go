package codec

import (
	"fmt"
	"reflect"
	"sync"
)

// DefaultLimit is the greatest payload, in bytes, that [Decode] accepts: 4 GiB.
// Encoding has no limit but memory; [DecodeLimit] reads larger values.
const DefaultLimit int64 = 4 << 30

// Encode appends the encoding of v to dst and returns the extended slice. The
// encoding is chosen from T, as the package documentation says. On error dst
// comes back as it was; a type that cannot be encoded gives an
// [UnencodableError].
func Encode[T any](dst []byte, v T) ([]byte, error) {
	c, err := For(reflect.TypeFor[T]())
	if err != nil {
		return dst, err
	}
	return c.append(dst, reflect.ValueOf(&v).Elem())
}

// Decode reads the one value that src holds, written by [Encode] from the same
// type, or, for an interface type with its own codec, from a type with its own
// codec that implements it. The result shares no memory with src. Errors about the bytes wrap
// [ErrFormat].
func Decode[T any](src []byte) (T, error) { return DecodeLimit[T](src, DefaultLimit) }

// DecodeLimit is [Decode] with another limit on the payload, in bytes.
// A negative limit means none.
func DecodeLimit[T any](src []byte, limit int64) (T, error) {
	var v T
	c, err := For(reflect.TypeFor[T]())
	if err == nil {
		err = c.decode(src, reflect.ValueOf(&v).Elem(), limit)
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}

// Codec encodes and decodes the values of one Go type. It is for callers that
// learn the type at run time; [Encode] and [Decode] use the same codecs.
// A Codec is immutable and safe for concurrent use.
type Codec struct {
	typ  reflect.Type
	head header
	body body
}

// body is the payload's side of a codec. The value given to encode may or may
// not be addressable; the one given to decode is the zero value and settable.
type body interface {
	encode(dst []byte, v reflect.Value) ([]byte, error)
	decode(version uint16, src []byte, v reflect.Value) error
}

// codecs holds a found value for every type seen, until the next Register.
var codecs sync.Map // reflect.Type → found

type found struct {
	codec *Codec
	err   error
}

// For returns the codec of type t, or an [UnencodableError] that names the
// part of t that cannot be encoded. The answer is computed once per type.
func For(t reflect.Type) (*Codec, error) {
	if f, ok := codecs.Load(t); ok {
		return f.(found).codec, f.(found).err
	}
	return findCodec(t)
}

// findCodec holds the registry's lock while it decides and stores, so that a
// Register at the same moment cannot be overwritten by an older answer.
func findCodec(t reflect.Type) (*Codec, error) {
	if t == nil {
		return nil, fmt.Errorf("codec: a nil interface value has no type to encode: give For the type of a variable")
	}
	registry.Lock()
	defer registry.Unlock()
	c, err := choose(t)
	codecs.Store(t, found{c, err})
	return c, err
}

// choose decides the encoding of t. The registry's lock is held.
func choose(t reflect.Type) (*Codec, error) {
	if e := registry.byType[t]; e != nil {
		return &Codec{t, header{numberOwn, e.name, e.version}, e}, nil
	}
	if r, ok := rawFor(t); ok {
		return &Codec{t, header{number: numberRaw, version: rawVersion}, r}, nil
	}
	guarded, err := checkType(t)
	if err != nil {
		return nil, err
	}
	return &Codec{t, header{number: numberCBOR, version: cborVersion}, cborBody{guarded}}, nil
}

// Check returns nil if values of type T can be encoded, and otherwise an
// [UnencodableError] that names the field.
func Check[T any]() error {
	_, err := For(reflect.TypeFor[T]())
	return err
}

// Type returns the Go type that c encodes.
func (c *Codec) Type() reflect.Type { return c.typ }

// Name returns "raw/le", "cbor", or the name of the user's own codec.
func (c *Codec) Name() string { return c.head.codecName() }

// Version returns the version of the codec, which is part of every encoding.
func (c *Codec) Version() int { return int(c.head.version) }

// Append appends the encoding of v, whose dynamic type must be c's type (or,
// for an interface type with its own codec, implement it), to dst. On error
// dst comes back as it was.
func (c *Codec) Append(dst []byte, v any) ([]byte, error) {
	rv := reflect.ValueOf(v)
	if c.typ.Kind() == reflect.Interface {
		box := reflect.New(c.typ).Elem()
		if rv.IsValid() {
			if !rv.Type().Implements(c.typ) {
				return dst, fmt.Errorf("codec: a value of type %T given to the codec of %v, which it does not implement", v, c.typ)
			}
			box.Set(rv)
		}
		rv = box
	} else if !rv.IsValid() || rv.Type() != c.typ {
		return dst, fmt.Errorf("codec: a value of type %T given to the codec of %v: use For(reflect.TypeOf(v))", v, c.typ)
	}
	return c.append(dst, rv)
}

// Decode reads the one value that src holds and returns it with c's type as
// dynamic type. limit bounds the payload in bytes; a negative one means none.
func (c *Codec) Decode(src []byte, limit int64) (any, error) {
	v := reflect.New(c.typ).Elem()
	if err := c.decode(src, v, limit); err != nil {
		return nil, err
	}
	return v.Interface(), nil
}

func (c *Codec) append(dst []byte, v reflect.Value) ([]byte, error) {
	start := len(dst)
	out, err := c.body.encode(c.head.append(dst), v)
	if err != nil {
		return dst, fmt.Errorf("codec: encoding %v as %s: %w", c.typ, c.Name(), err)
	}
	n := len(out) - start - c.head.size()
	if n < 0 {
		return dst, fmt.Errorf("codec: encoding %v as %s: the codec returned fewer bytes than it was given: it must append to dst", c.typ, c.Name())
	}
	setLength(out[start:], n)
	return out, nil
}

func (c *Codec) decode(src []byte, v reflect.Value, limit int64) error {
	h, payload, err := parseHeader(src, limit)
	if err == nil {
		if behind := c.behind(h); behind != nil {
			return behind.decodeInto(v, src, limit)
		}
		err = c.accepts(h)
	}
	if err == nil {
		err = c.body.decode(h.version, payload, v)
	}
	if err != nil {
		return fmt.Errorf("codec: decoding %v: %w", c.typ, err)
	}
	return nil
}

// behind returns the codec that wrote a value of an interface type by the type that it has, or nil if that is c's own or none
// of a type that implements the interface.
func (c *Codec) behind(h header) *Codec {
	if c.typ.Kind() != reflect.Interface || h.number != numberOwn || h.name == c.head.name {
		return nil
	}
	registry.Lock()
	e := registry.byName[h.name]
	registry.Unlock()
	if e == nil || e.typ.Kind() == reflect.Interface || !e.typ.Implements(c.typ) {
		return nil
	}
	return &Codec{e.typ, header{numberOwn, e.name, e.version}, e}
}

// decodeInto decodes into a variable of an interface type.
func (c *Codec) decodeInto(v reflect.Value, src []byte, limit int64) error {
	box := reflect.New(c.typ).Elem()
	if err := c.decode(src, box, limit); err != nil {
		return err
	}
	v.Set(box)
	return nil
}

// accepts compares what was found with what c knows. A codec reads every
// version from 1 to its own.
func (c *Codec) accepts(h header) error {
	switch {
	case h.number == 0 || h.number > numberOwn:
		return formatErrorf("unknown codec %s; this program knows 1 (%s), 2 (%s) and 3 (registered: %s)",
			h.codecName(), nameRaw, nameCBOR, registeredNames())
	case h.number == numberOwn && !isRegistered(h.name):
		return formatErrorf("unknown codec %q; this program has registered: %s", h.name, registeredNames())
	case h.number != c.head.number || h.name != c.head.name:
		return formatErrorf("written by codec %s; this type uses %s: was it written from another type?", h.codecName(), c.Name())
	case h.version < 1 || h.version > c.head.version:
		return formatErrorf("version %d of codec %s; this program knows versions 1 to %d: use the program that wrote it", h.version, c.Name(), c.head.version)
	}
	return nil
}
