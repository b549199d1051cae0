package braid

import (
	"bytes"
	"reflect"
	"sync"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
)

// forms holds how values of a type leave memory for a file and come back: reflect.Type → *block.Form, nil for types that cannot.
var forms sync.Map

// formOf returns how a value is written to a file. Slices of what holds no pointers are written as they are in memory, all else
// as package codec encodes it.
func formOf(v any) *block.Form {
	t := reflect.TypeOf(v)
	if f, ok := forms.Load(t); ok {
		return f.(*block.Form)
	}
	f, _ := forms.LoadOrStore(t, newForm(t))
	return f.(*block.Form)
}

func newForm(t reflect.Type) *block.Form {
	if t == nil {
		return nil
	}
	if t == reflect.TypeFor[*exec.Encoded]() {
		return encodedForm()
	}
	c, err := codec.For(t)
	if err != nil {
		return nil
	}
	f := &block.Form{
		Name:   t.String(),
		Encode: c.Append,
		Decode: func(data []byte) (any, error) { return c.Decode(data, -1) },
	}
	f.SliceForm(t)
	return f
}

// encodedForm is the form of values that came as bytes.
func encodedForm() *block.Form {
	return &block.Form{
		Name:   "bytes of another process",
		Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.(*exec.Encoded).Data...), nil },
		Decode: func(data []byte) (any, error) { return &exec.Encoded{Data: bytes.Clone(data)}, nil },
		Lend: func(v any) ([]byte, bool) {
			data := v.(*exec.Encoded).Data
			return data, len(data) > 0
		},
		Make: func(n int64) (any, []byte) {
			data := make([]byte, n)
			return &exec.Encoded{Data: data}, data
		},
	}
}
