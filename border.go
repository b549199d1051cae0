package braid

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// This file is about values that cross the border between processes.

// passOn is braid's own op, whose result is its argument: for values that are given to the cluster (Scatter), wanted as
// they are (Compute2), and for lists inside lists. It never looks at them, so it needs no type.
var passOn = &function{name: "braid/value", op: &exec.Op{
	Size:   sizeAny,
	Encode: encodeAny,
	Form:   formOf,
	Call: func(_ context.Context, in []any) (any, error) {
		if list, ok := in[0].(*exec.List); ok {
			return slices.Clone(*list), nil // the executor uses its own again
		}
		return in[0], nil
	},
}}

// encoder returns how results of type R become bytes. Where R is an interface type, its codec says which of the types behind it a
// value has; without one, values go by the type that they have.
func encoder[R any]() func(any) ([]byte, error) {
	return func(v any) ([]byte, error) {
		r, ok := v.(R)
		if ok && reflect.TypeFor[R]().Kind() == reflect.Interface {
			ok = codec.Check[R]() == nil
		}
		if ok {
			return codec.Encode(nil, r)
		}
		return encodeAny(v)
	}
}

// sizeAny returns the bytes that a value takes, and whether they are known.
func sizeAny(v any) (int64, bool) {
	if e, ok := v.(*exec.Encoded); ok {
		return int64(len(e.Data)), true
	}
	return codec.Size(v)
}

// encodeAny returns a value as bytes by the type that it has. nil is no bytes.
func encodeAny(v any) ([]byte, error) {
	switch v := v.(type) {
	case *exec.Encoded:
		return v.Data, nil
	case exec.List:
		return encodeList(v)
	}
	return encode(v)
}

// The bytes of a list whose members may have crossed a border one by one: two bytes that no encoding of package codec begins
// with, the number of members, and for each its length and bytes.
var listMagic = [2]byte{0xbd, 'L'}

const listHeader = len(listMagic) + 4

func encodeList(items exec.List) ([]byte, error) {
	out := append([]byte(nil), listMagic[:]...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(items)))
	for n, v := range items {
		data, err := encodeAny(v)
		if err != nil {
			return nil, fmt.Errorf("item %d of the list: %w", n, err)
		}
		if len(data) > math.MaxUint32 {
			return nil, fmt.Errorf("item %d of the list takes %d bytes: at most %d", n, len(data), uint32(math.MaxUint32))
		}
		out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
		out = append(out, data...)
	}
	return out, nil
}

var errList = errors.New("the bytes of a list are cut short or damaged")

func isListBytes(data []byte) bool {
	return len(data) >= listHeader && data[0] == listMagic[0] && data[1] == listMagic[1]
}

func decodeList(data []byte, lent bool) (exec.List, error) {
	n := binary.LittleEndian.Uint32(data[len(listMagic):])
	data = data[listHeader:]
	if uint64(n)*4 > uint64(len(data)) {
		return nil, errList
	}
	items := make(exec.List, n)
	for k := range items {
		if len(data) < 4 {
			return nil, errList
		}
		size := binary.LittleEndian.Uint32(data)
		if uint64(size) > uint64(len(data)-4) {
			return nil, errList
		}
		items[k] = &exec.Encoded{Data: data[4 : 4+size], Lent: lent}
		data = data[4+size:]
	}
	if len(data) > 0 {
		return nil, errList
	}
	return items, nil
}

// adopted is the number of bytes from which a value may stay in the memory in which it came.
const adopted = 64 << 10

// decoded returns the value of type A that came as bytes.
func decoded[A any](e *exec.Encoded, assemble func(exec.List) (any, error)) (A, error) {
	decode := func(data []byte) (any, error) {
		if isListBytes(data) && assemble != nil {
			items, err := decodeList(data, e.Lent)
			if err != nil {
				return nil, err
			}
			return assemble(items)
		}
		switch {
		case len(data) == 0:
			return nil, nil
		case len(data) >= adopted && !e.Lent:
			return codec.Adopt[A](data) // the bytes of an Encoded are its own, and nobody changes them
		}
		return codec.Decode[A](data)
	}
	v, err := e.Value(decode)
	if err != nil {
		var zero A
		return zero, err
	}
	if a, ok := v.(A); ok {
		return a, nil
	}
	if v != nil { // somebody else took it as another type
		if v, err = decode(e.Data); err != nil {
			var zero A
			return zero, err
		}
	}
	if v == nil {
		return take[A](nil, nil)
	}
	a, ok := v.(A)
	if !ok {
		return a, mismatch[A](v)
	}
	return a, nil
}

// decodeAs is decoded for a type known at run time.
func decodeAs(t reflect.Type, e *exec.Encoded) (any, error) {
	return e.Value(func(data []byte) (any, error) {
		switch {
		case len(data) == 0:
			return nil, nil
		case isListBytes(data):
			return decodeList(data, e.Lent)
		}
		c, err := codec.For(t)
		if err != nil {
			return nil, err
		}
		return c.Decode(data, codec.DefaultLimit)
	})
}

// encodable returns why the arguments and results of a function cannot leave the process, or nil if they can.
func (f *function) encodable() error {
	for n := 1; n < f.typ.NumIn(); n++ { // the first is the context
		t := f.typ.In(n)
		if v, ok := reflect.Zero(t).Interface().(interface{ elements() reflect.Type }); ok {
			t = reflect.SliceOf(v.elements())
		}
		if _, err := codec.For(t); err != nil {
			return fmt.Errorf("its argument %d cannot be sent to another process: %w", n, err)
		}
	}
	if _, err := codec.For(f.typ.Out(0)); err != nil {
		return fmt.Errorf("its result cannot be sent to another process: %w", err)
	}
	return nil
}

// lookup finds the function behind an op that another process named.
func lookup(op graph.Op) (*exec.Op, error) {
	if op.Name == passOn.name {
		return passOn.op, nil
	}
	name := shortName(op.Name)
	registry.mu.Lock()
	f := registry.byName[name]
	registry.mu.Unlock()
	kept, signature, err := unmark(op.Signature)
	if err != nil {
		return nil, fmt.Errorf("function %q: %w", name, err)
	}
	signature, isolated := strings.CutPrefix(signature, isolatedMark)
	signature, gang := strings.CutPrefix(signature, gangMark)
	switch {
	case f == nil || f.name != op.Name:
		return nil, fmt.Errorf("this worker has no function %q: register it in a package variable, so that every process of the program knows it", name)
	case f.signature != signature:
		return nil, fmt.Errorf("function %q is %s here (%s), and %s where it was called", name, f.signature, f.site, signature)
	case kept != nil && f.digests == nil:
		return nil, fmt.Errorf("function %q cannot have its results kept", name)
	case kept != nil:
		return kept.around(f, isolated).op, nil
	case isolated:
		return f.alone().op, nil
	case gang:
		return f.ganged().op, nil
	}
	return f.op, nil
}
