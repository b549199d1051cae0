package braid

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/braid-compute/braid/internal/exec"
)

// View lends a function the memory of a slice for the time of the call. See [FuncView].
type View[E any] struct{ lent *lent[E] }

type lent[E any] struct {
	items []E
	over  atomic.Bool
}

// Slice returns the slice. It must be treated as read-only and not be kept: it panics after the function has returned,
// because the memory may by then serve something else.
func (v View[E]) Slice() []E {
	if v.lent.over.Load() {
		panic("braid: a View was used after the call it was lent to: copy what is to be kept")
	}
	return v.lent.items
}

func (View[E]) elements() reflect.Type { return reflect.TypeFor[E]() }

// Len returns the length of the slice.
func (v View[E]) Len() int { return len(v.lent.items) }

// FuncView is [Func] for a function of a slice that only looks at it during the call, so that it need not be given a copy of its
// own. What is on disk is read for it into memory that is used again and again, and a large slice of numbers that another worker
// of the machine holds is not copied at all: the function reads it where it is.
//
// The function must not keep the slice, nor a part of it, beyond the call, in what it returns neither: a result that is a part of
// the slice is copied, and one that holds a part of it somewhere inside is wrong later. A build with the tag "invariants" stops a
// program that reads lent memory after it was given back.
func FuncView[E, R any](name string, fn func(context.Context, View[E]) (R, error)) *Func1[[]E, R] {
	a := assembler[[]E]()
	f := register(name, fn == nil, fn, &exec.Op{
		Size: sizer[R](), Encode: encoder[R](), Form: former[R](), Looks: true,
		Call: func(ctx context.Context, in []any) (any, error) {
			items, err := take[[]E](in[0], a)
			if err != nil {
				return nil, fmt.Errorf("view: %w", err)
			}
			l := &lent[E]{items: items}
			defer l.over.Store(true)
			r, err := fn(ctx, View[E]{l})
			if err != nil {
				return nil, err
			}
			return apart(r, items), nil
		},
	})
	f.digests, f.readable = []func(any) ([]byte, error){argumentBytes[[]E]()}, readable[R]()
	return &Func1[[]E, R]{f: f}
}

// apart returns a result that is in no memory that was lent: a copy, if it is a part of the items.
func apart[E any](result any, items []E) any {
	s := reflect.ValueOf(result)
	if len(items) == 0 || s.Kind() != reflect.Slice || s.Len() == 0 {
		return result
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(items)))
	size := uintptr(len(items)) * reflect.TypeFor[E]().Size()
	if at := s.Pointer(); at-first >= size {
		return result
	}
	c := reflect.MakeSlice(s.Type(), s.Len(), s.Len())
	reflect.Copy(c, s)
	return c.Interface()
}
