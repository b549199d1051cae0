package braid

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"

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

// FuncView is [Func] for a function of a slice that only looks at it during the call, so that it need not be given a
// copy of its own. In this process nothing is ever copied, and a View costs one allocation.
func FuncView[E, R any](name string, fn func(context.Context, View[E]) (R, error)) *Func1[[]E, R] {
	a := assembler[[]E]()
	f := register(name, fn == nil, fn, &exec.Op{
		Size: sizer[R](), Encode: encoder[R](), Form: formOf,
		Call: func(ctx context.Context, in []any) (any, error) {
			items, err := take[[]E](in[0], a)
			if err != nil {
				return nil, fmt.Errorf("view: %w", err)
			}
			l := &lent[E]{items: items}
			defer l.over.Store(true)
			return fn(ctx, View[E]{l})
		},
	})
	f.digests, f.readable = []func(any) ([]byte, error){argumentBytes[[]E]()}, readable[R]()
	return &Func1[[]E, R]{f: f}
}
