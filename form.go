package braid

import (
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

// former returns how results of type R are written: those of an interface type that has a codec as that says, as for [encoder].
func former[R any]() func(any) *block.Form {
	t := reflect.TypeFor[R]()
	if t.Kind() != reflect.Interface {
		return formOf
	}
	return func(v any) *block.Form {
		if _, ok := v.(R); !ok || codec.Check[R]() != nil {
			return formOf(v)
		}
		f, _ := forms.LoadOrStore(t, newForm(t))
		return f.(*block.Form)
	}
}

func newForm(t reflect.Type) *block.Form {
	if t == nil {
		return nil
	}
	if t == reflect.TypeFor[*exec.Encoded]() {
		return exec.EncodedForm
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
	if f.SliceForm(t) {
		f.Head = c.Head
	} else if c.Adopts() {
		f.Adopt = c.Adopt
	}
	return f
}
