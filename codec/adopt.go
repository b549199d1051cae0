package codec

import (
	"encoding/binary"
	"fmt"
	"reflect"
)

// Head returns the bytes that stand before the memory of a slice in its encoding, for who sends that memory from where it is:
// the encoding of a slice whose elements take n bytes, n being above 0, is Head(n) and then these bytes as they are. ok is false if
// values of the type are encoded in another way on this machine.
func (c *Codec) Head(n int64) (head []byte, ok bool) {
	r, raw := c.body.(rawBody)
	if !raw || !r.slice || !hostIsLittle || n <= 0 || uint64(n)%r.elementSize() != 0 {
		return nil, false
	}
	head = c.head.append(nil)
	setLength(head, rawHeaderSize+int(n))
	head = append(head, uint8(r.kind), uint8(formSlice), 0, 0)
	head = binary.LittleEndian.AppendUint32(head, r.lanes)
	return binary.LittleEndian.AppendUint64(head, uint64(n)/r.elementSize()), true
}

// Adopt is [Decode] for a caller that gives src away: what it returns may be in the memory of src, which must not be changed from
// then on. That saves the copy of a long slice of numbers, and what else Decode would allocate for it.
func Adopt[T any](src []byte) (T, error) {
	var v T
	c, err := For(reflect.TypeFor[T]())
	if err != nil {
		return v, err
	}
	if r, raw := c.body.(rawBody); raw && r.slice {
		h, payload, err := parseHeader(src, DefaultLimit)
		if err == nil && c.accepts(h) == nil {
			f, count, data, err := r.parse(payload)
			if err == nil && f == formSlice && adopt(reflect.ValueOf(&v).Elem(), data, count, r.kind.word()) {
				return v, nil
			}
		}
	}
	return Decode[T](src) // which says what is wrong, too
}

// adopter returns the second decode of a codec of one's own, or nil. A value of an interface type may have been written by another codec.
func (c *Codec) adopter() func(version uint16, src []byte) (any, error) {
	o, own := c.body.(*ownBody)
	if !own || c.typ.Kind() == reflect.Interface {
		return nil
	}
	return o.adopt
}

// Adopts reports whether values may be in the memory that they are decoded from, by [Codec.Adopt].
func (c *Codec) Adopts() bool { return c.adopter() != nil }

// Adopt is [Codec.Decode] for a caller that gives src away: what it returns may be in the memory of src, which must not be changed
// from then on. There is no limit.
func (c *Codec) Adopt(src []byte) (any, error) {
	decode := c.adopter()
	if decode == nil {
		return c.Decode(src, -1)
	}
	h, payload, err := parseHeader(src, -1)
	if err == nil {
		err = c.accepts(h)
	}
	var v any
	if err == nil {
		v, err = decode(h.version, payload)
	}
	if err != nil {
		return nil, fmt.Errorf("codec: decoding %v: %w", c.typ, err)
	}
	return v, nil
}
